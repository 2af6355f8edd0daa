#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "proto/base64.h"
#include "proto/bytes.h"
#include "proto/extended_json.h"
#include "proto/iso_date.h"
#include "proto/number_text.h"

namespace syncline {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

template <size_t N>
BytesView view_of(const std::array<uint8_t, N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Printer {
 public:
  Printer(JsonForm form, bool sort_keys) : form_(form), sort_keys_(sort_keys) {}

  void print(const Value& value) {
    std::visit([this](const auto& v) { put(v); }, value.data());
  }
  std::string take() { return std::move(out_); }

 private:
  // {"key":"text"} of a text that needs no escaping.
  void put_wrapped(std::string_view key, std::string_view text) {
    out_ += "{\"";
    out_ += key;
    out_ += "\":\"";
    out_ += text;
    out_ += "\"}";
  }

  void put_string(std::string_view text) {
    out_ += '"';
    for (const char c : text) {
      switch (c) {
        case '"':
          out_ += "\\\"";
          break;
        case '\\':
          out_ += "\\\\";
          break;
        case '\b':
          out_ += "\\b";
          break;
        case '\f':
          out_ += "\\f";
          break;
        case '\n':
          out_ += "\\n";
          break;
        case '\r':
          out_ += "\\r";
          break;
        case '\t':
          out_ += "\\t";
          break;
        default:
          if (static_cast<uint8_t>(c) < 0x20) {
            out_ += "\\u00";
            out_ += kHexDigits[c >> 4];
            out_ += kHexDigits[c & 15];
          } else {
            out_ += c;
          }
      }
    }
    out_ += '"';
  }

  void put(Null) { out_ += "null"; }
  void put(bool v) { out_ += v ? "true" : "false"; }
  void put(int32_t v) { put_integer("$numberInt", v); }
  void put(int64_t v) { put_integer("$numberLong", v); }
  void put_integer(std::string_view key, int64_t v) {
    if (form_ == JsonForm::relaxed) {
      out_ += std::to_string(v);
    } else {
      put_wrapped(key, std::to_string(v));
    }
  }
  void put(double v) {
    if (form_ == JsonForm::relaxed && std::isfinite(v)) {
      out_ += print_double_text(v);
    } else {
      put_wrapped("$numberDouble", print_double_text(v));
    }
  }
  void put(const std::string& v) { put_string(v); }
  void put(const Date& v) {
    if (form_ == JsonForm::exact) {
      out_ += "{\"$timestampNs\":[" + std::to_string(v.seconds) + "," +
              std::to_string(v.nanoseconds) + "]}";
      return;
    }
    constexpr int64_t kYear10000 = 253'402'300'800;  // its first second
    out_ += "{\"$date\":";
    if (form_ == JsonForm::relaxed && v.seconds >= 0 && v.seconds < kYear10000) {
      put_string(print_iso_date(v));
    } else {
      put_wrapped("$numberLong", std::to_string(milliseconds_of(v)));
    }
    out_ += '}';
  }
  void put(const ObjectId& v) { put_wrapped("$oid", to_hex(view_of(v.bytes))); }
  void put(const Uuid& v) { put_binary(4, view_of(v.bytes)); }
  void put(const Decimal128& v) { put_wrapped("$numberDecimal", print_decimal128(v)); }
  void put(const Binary& v) { put_binary(v.subtype, v.bytes); }
  void put_binary(uint8_t subtype, BytesView bytes) {
    out_ += "{\"$binary\":{\"base64\":\"";
    out_ += to_base64(bytes);
    out_ += "\",\"subType\":\"";
    out_ += kHexDigits[subtype >> 4];
    out_ += kHexDigits[subtype & 15];
    out_ += "\"}}";
  }
  void put(const List& v) {
    out_ += '[';
    for (size_t i = 0; i < v.elements.size(); ++i) {
      if (i != 0) out_ += ',';
      print(v.elements[i]);
    }
    out_ += ']';
  }
  void put(const Document& v) {
    std::vector<const DocumentField*> order;
    order.reserve(v.fields.size());
    for (const DocumentField& field : v.fields) order.push_back(&field);
    if (sort_keys_) {
      std::stable_sort(
          order.begin(), order.end(),
          [](const DocumentField* a, const DocumentField* b) { return a->name < b->name; });
    }
    out_ += '{';
    for (size_t i = 0; i < order.size(); ++i) {
      if (i != 0) out_ += ',';
      put_string(order[i]->name);
      out_ += ':';
      print(order[i]->value);
    }
    out_ += '}';
  }
  void put(const Timestamp& v) {
    out_ += "{\"$timestamp\":{\"t\":" + std::to_string(v.seconds) +
            ",\"i\":" + std::to_string(v.increment) + "}}";
  }
  void put(const Regex& v) {
    out_ += "{\"$regularExpression\":{\"pattern\":";
    put_string(v.pattern);
    out_ += ",\"options\":";
    put_string(v.options);
    out_ += "}}";
  }
  void put(const Code& v) {
    out_ += "{\"$code\":";
    put_string(v.text);
    if (v.scope) {
      out_ += ",\"$scope\":";
      put(*v.scope);
    }
    out_ += '}';
  }
  void put(const DbPointer& v) {
    out_ += "{\"$dbPointer\":{\"$ref\":";
    put_string(v.collection);
    out_ += ",\"$id\":";
    put(v.id);
    out_ += "}}";
  }
  void put(const Symbol& v) {
    out_ += "{\"$symbol\":";
    put_string(v.text);
    out_ += '}';
  }
  void put(Undefined) { out_ += "{\"$undefined\":true}"; }
  void put(MinKey) { out_ += "{\"$minKey\":1}"; }
  void put(MaxKey) { out_ += "{\"$maxKey\":1}"; }

  const JsonForm form_;
  const bool sort_keys_;
  std::string out_;
};

}  // namespace

std::string print_extended_json(const Value& value, JsonForm form, bool sort_keys) {
  Printer printer(form, sort_keys);
  printer.print(value);
  return printer.take();
}

}  // namespace syncline
