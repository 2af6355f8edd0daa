#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "proto/extended_json.h"
#include "proto/extended_json_wrappers.h"
#include "proto/json_scanner.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// Recursive descent. `depth` counts the documents and lists around a value. Wrappers are scalars,
// so their braces do not count; but what is one is known only at its closing brace, so two levels
// more are read before judging.
class Parser {
 public:
  Parser(std::string_view text, JsonDialect dialect) : scanner_(text), dialect_(dialect) {}

  Result<Value> parse_text() {
    scanner_.skip_space();
    if (scanner_.take_word("\xEF\xBB\xBF")) {
      return scanner_.error_at(0, "a byte order mark; save the text as UTF-8 without one");
    }
    JsonField root;
    SYNCLINE_TRY(parse_value(0, false, &root));
    scanner_.skip_space();
    if (!scanner_.at_end()) return scanner_.expected("the end of the text after the value");
    return std::move(root.value);
  }

 private:
  // Into out->value, out->wrapped and, for an object that belongs to a wrapper, out->inner.
  Status parse_value(int depth, bool inner, JsonField* out) {
    out->value_offset = scanner_.offset();
    switch (scanner_.peek()) {
      case '{':
        return parse_object(depth + (inner ? 0 : 1), inner, out);
      case '[':
        return parse_list(depth + (inner ? 0 : 1), inner, out);
      case '"': {
        SYNCLINE_ASSIGN(std::string text, scanner_.read_string());
        out->value = Value(std::move(text));
        return {};
      }
      case 't':
        if (!scanner_.take_word("true")) break;
        out->value = Value(true);
        return {};
      case 'f':
        if (!scanner_.take_word("false")) break;
        out->value = Value(false);
        return {};
      case 'n':
        if (!scanner_.take_word("null")) break;
        out->value = Value();
        return {};
      case '-':
      case '0' ... '9': {
        SYNCLINE_ASSIGN(out->value, scanner_.read_number());
        return {};
      }
      case 'N':
      case 'I':
        return scanner_.expected(
            "a value; NaN and infinity are written {\"$numberDouble\":\"NaN\"}");
      default:
        break;
    }
    return scanner_.expected("a value");
  }

  Status parse_list(int depth, bool inner, JsonField* out) {
    if (depth > limits::kDepthMax + (inner ? kWrapperDepth : 0)) return too_deep(out->value_offset);
    scanner_.take('[');
    List list;
    scanner_.skip_space();
    if (!scanner_.take(']')) {
      do {
        JsonField element;
        scanner_.skip_space();
        SYNCLINE_TRY(parse_value(depth, false, &element));
        list.elements.push_back(std::move(element.value));
        scanner_.skip_space();
      } while (scanner_.take(','));
      if (!scanner_.take(']')) return scanner_.expected("',' or ']' after a list's element");
    }
    out->value = Value(std::move(list));
    return {};
  }

  Status parse_object(int depth, bool inner, JsonField* out) {
    if (depth > limits::kDepthMax + kWrapperDepth) return too_deep(out->value_offset);
    auto object = std::make_unique<JsonObject>();
    object->offset = out->value_offset;
    scanner_.take('{');
    scanner_.skip_space();
    if (!scanner_.take('}')) {
      do {
        SYNCLINE_TRY(parse_field(depth, inner, object.get()));
        scanner_.skip_space();
      } while (scanner_.take(','));
      if (!scanner_.take('}')) return scanner_.expected("',' or '}' after a field's value");
    }
    SYNCLINE_TRY(refuse_duplicates(*object));
    SYNCLINE_ASSIGN(std::optional<Value> wrapped, value_of_wrapper(scanner_, *object, dialect_));
    if (wrapped) {
      out->value = std::move(*wrapped);
      out->wrapped = true;
      return {};
    }
    if (inner) {
      out->inner = std::move(object);
      return {};
    }
    if (depth > limits::kDepthMax) return too_deep(out->value_offset);
    Document document;
    document.fields.reserve(object->fields.size());
    for (JsonField& field : object->fields) {
      document.fields.push_back({std::move(field.name), std::move(field.value)});
    }
    out->value = Value(std::move(document));
    return {};
  }

  Status parse_field(int depth, bool inner, JsonObject* object) {
    scanner_.skip_space();
    JsonField field;
    field.name_offset = scanner_.offset();
    if (scanner_.peek() != '"') {
      return scanner_.expected(object->fields.empty() ? "a field's name in quotes or '}'"
                                                      : "a field's name in quotes");
    }
    SYNCLINE_ASSIGN(field.name, scanner_.read_string());
    if (field.name.contains('\0')) {
      return scanner_.error_at(field.name_offset, "a field's name may not hold U+0000");
    }
    scanner_.skip_space();
    if (!scanner_.take(':')) return scanner_.expected("':' after a field's name");
    scanner_.skip_space();
    // Inside a wrapper's own object nothing is free again, so nesting stays bounded.
    SYNCLINE_TRY(parse_value(depth, !inner && holds_inner(field.name, dialect_), &field));
    object->fields.push_back(std::move(field));
    return {};
  }

  Status refuse_duplicates(const JsonObject& object) const {
    const std::vector<JsonField>& fields = object.fields;
    std::vector<size_t> order(fields.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return std::tie(fields[a].name, a) < std::tie(fields[b].name, b);
    });
    const auto twice = std::adjacent_find(order.begin(), order.end(), [&](size_t a, size_t b) {
      return fields[a].name == fields[b].name;
    });
    if (twice == order.end()) return {};
    const JsonField& second = fields[*(twice + 1)];
    return scanner_.error_at(
        second.name_offset, fmt::format("the field \"{}\" is there twice; leave one", second.name));
  }

  std::unexpected<Error> too_deep(size_t offset) const {
    return scanner_.error_at(
        offset, fmt::format("nested deeper than {} documents and lists", limits::kDepthMax),
        ErrorCode::kTooLarge);
  }

  // A wrapper's braces and those of a wrapper in it: {"$dbPointer":{"$id":{"$oid":...}}}.
  static constexpr int kWrapperDepth = 2;

  JsonScanner scanner_;
  JsonDialect dialect_;
};

}  // namespace

Result<Value> parse_extended_json(std::string_view text, JsonDialect dialect) {
  return Parser(text, dialect).parse_text();
}

}  // namespace syncline
