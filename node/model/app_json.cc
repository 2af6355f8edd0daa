#include "node/model/app_json.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "proto/utf8.h"

namespace syncline::app {
namespace {

constexpr size_t kFaultsMax = 16;

// Builds the value from the parser's events, which is where duplicate keys and depth can be seen.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(std::string_view text, ParsedJson* out) : text_(text), out_(out) {}

  bool null() override { return scalar(Json(nullptr)); }
  bool boolean(bool value) override { return scalar(Json(value)); }
  bool number_integer(number_integer_t value) override { return scalar(Json(value)); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(Json(value)); }
  bool number_float(number_float_t value, const string_t&) override { return scalar(Json(value)); }
  bool string(string_t& value) override { return scalar(Json(std::move(value))); }
  bool binary(binary_t&) override { return false; }

  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    Level& level = levels_.back();
    if (level.value->contains(name)) {
      fault({"duplicate_key", below(level.pointer, name),
             fmt::format("the key {} stands here more than once", shown(name)),
             "keep one of them: readers disagree on which one counts"});
      level.target = &discarded_.emplace_back();
    } else {
      level.target = &(*level.value)[name];
    }
    level.child_pointer = below(level.pointer, name);
    return true;
  }

  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    size_t end = std::min(position > 0 ? position - 1 : 0, text_.size());
    size_t line = 1 + std::count(text_.begin(), text_.begin() + end, '\n');
    size_t start = text_.substr(0, end).rfind('\n');
    size_t column = end - (start == std::string_view::npos ? 0 : start + 1) + 1;
    fault({"not_json", "",
           fmt::format("not JSON: line {}, column {}: {}", line, column, cause(error.what())),
           "correct the file at that place, or export the app again"});
    return false;
  }

 private:
  struct Level {
    Json* value = nullptr;
    std::string pointer;
    Json* target = nullptr;  // where an object's next value goes
    std::string child_pointer;
  };

  // The parser's own sentence without its prefixes: "syntax error while parsing value - unexpected
  // ']'".
  static std::string cause(std::string_view what) {
    for (std::string_view mark : {"syntax error", "invalid string", "number overflow"}) {
      size_t at = what.find(mark);
      if (at != std::string_view::npos) return printable(what.substr(at, 200));
    }
    return printable(what.substr(0, 200));
  }

  void fault(JsonFault fault) {
    if (out_->faults.size() < kFaultsMax) out_->faults.push_back(std::move(fault));
  }

  // Where the next value goes, and the pointer it has there.
  Json* place(std::string* pointer) {
    if (levels_.empty()) return &out_->value;
    Level& level = levels_.back();
    if (level.value->is_array()) {
      *pointer = below(level.pointer, level.value->size());
      level.value->push_back(nullptr);
      return &level.value->back();
    }
    *pointer = level.child_pointer;
    return level.target;
  }

  bool scalar(Json value) {
    std::string pointer;
    *place(&pointer) = std::move(value);
    return true;
  }

  bool open(Json value) {
    if (levels_.size() >= kJsonDepthMax) {
      fault({"too_deep", levels_.back().pointer.substr(0, 200),
             fmt::format("nested more than {} levels deep", kJsonDepthMax),
             "flatten the structure"});
      return false;
    }
    std::string pointer;
    Json* at = place(&pointer);
    *at = std::move(value);
    levels_.push_back({at, std::move(pointer), nullptr, {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  std::string_view text_;
  ParsedJson* out_;
  std::vector<Level> levels_;
  std::deque<Json> discarded_;  // the values of duplicate keys; each stays where levels above point
};

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t substitute = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// The length of the UTF-8 character at the front, or 0 if there is no valid one.
size_t character(std::string_view text) {
  for (size_t length = 1; length <= 4 && length <= text.size(); ++length)
    if (is_utf8(text.substr(0, length))) return length;
  return 0;
}

std::string cut(std::string text) {
  constexpr size_t kShownMax = 80;
  if (text.size() <= kShownMax) return text;
  size_t end = kShownMax - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

ParsedJson parse_json(std::string_view text) {
  ParsedJson out;
  Builder builder(text, &out);
  try {
    bool parsed = Json::sax_parse(text.begin(), text.end(), &builder);
    if (!parsed && out.faults.empty())
      out.faults.push_back({"not_json", "", "not JSON", "export the app again"});
  } catch (const std::exception& error) {  // the library's, such as no memory for a number
    out.faults.push_back({"not_json", "", printable(error.what()), "export the app again"});
  }
  if (!out.faults.empty()) out.value = nullptr;
  return out;
}

std::string below(const std::string& parent, std::string_view key) {
  std::string out = parent;
  out.reserve(parent.size() + key.size() + 1);
  out += '/';
  for (char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

std::string below(const std::string& parent, size_t index) {
  return fmt::format("{}/{}", parent, index);
}

std::string nearest(std::string_view name, std::span<const std::string_view> known) {
  constexpr size_t kNameMax = 100;  // bounds the work: no known name is longer
  if (name.size() > kNameMax) return "";
  std::string_view best;
  size_t best_distance = std::max<size_t>(1, name.size() / 3) + 1;
  for (std::string_view candidate : known) {
    if (candidate.size() > kNameMax) continue;
    size_t distance = edit_distance(lower(name), lower(candidate));
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return std::string(best);
}

std::string shown(std::string_view text) { return fmt::format("\"{}\"", cut(printable(text))); }

std::string shown_json(const Json& value) {
  if (value.is_string()) return shown(value.get_ref<const std::string&>());
  return cut(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string_view kind_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "a boolean";
    default:
      return "a number";
  }
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    size_t length = character(text);
    unsigned char first = static_cast<unsigned char>(text[0]);
    if (length == 0 || first < 0x20 || first == 0x7f) {
      out += fmt::format("%{:02X}", first);
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace syncline::app
