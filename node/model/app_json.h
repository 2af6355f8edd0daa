// JSON as apps are written in: read strictly, with the place of what is wrong, and never with a
// guess. Who calls it: the app loader (node/model/app_*.cc), for every file that sync uses. Pure;
// any thread.
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace syncline::app {

using Json = nlohmann::json;

// Deeper files are refused. An embedded object costs two levels ("properties" and the field), and
// objects may nest limits::kDepthMax deep.
inline constexpr int kJsonDepthMax = 250;

struct JsonFault {
  std::string code;     // "not_json", "duplicate_key", "too_deep"
  std::string pointer;  // empty for not_json: its place is the line and column in the text
  std::string text;
  std::string remedy;
};

struct ParsedJson {
  Json value;
  std::vector<JsonFault> faults;  // not empty: the value must not be used
};

// One JSON value and nothing after it; UTF-8, a byte order mark is skipped. At most 16 faults are
// kept.
ParsedJson parse_json(std::string_view text);

// JSON pointers: the pointer of a key or an element below `parent`.
std::string below(const std::string& parent, std::string_view key);
std::string below(const std::string& parent, size_t index);

// The known name that `name` was probably meant to be, or "" if none is close: differs in case
// only, or by at most a third of its characters.
std::string nearest(std::string_view name, std::span<const std::string_view> known);

// A value as it stands in a message: at most 80 bytes, cut at a character with "...".
std::string shown(std::string_view text);
std::string shown_json(const Json& value);
template <class T>
  requires std::same_as<T, Json>  // not what merely converts to JSON, as strings do
std::string shown(const T& value) {
  return shown_json(value);
}
// What kind of JSON a value is, with its article: "a string", "an object".
std::string_view kind_of(const Json& value);
// Valid UTF-8 without control characters, whatever came in: other bytes become %XX.
std::string printable(std::string_view text);

}  // namespace syncline::app
