#include "node/generate/emitter.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "node/generate/limits.h"
#include "proto/extended_json.h"

namespace syncline::generate {
namespace {

void append(std::vector<std::string>& lines, std::vector<std::string> more) {
  lines.insert(lines.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

std::string_view spoken(ScalarType type) {
  switch (type) {
    case ScalarType::timestamp:
      return "timestamp";
    case ScalarType::regex:
      return "regex";
    case ScalarType::number:
      return "number (int, long, double or decimal)";
    case ScalarType::null:
      return "null";
    default:
      return "";
  }
}

}  // namespace

std::vector<const Class*> Emitter::order(const Models& models) const {
  std::vector<const Class*> out;
  for (const Class& one : models.classes) out.push_back(&one);
  return out;
}

std::string Emitter::head(const FileContext& file, const std::set<std::string>& imports) const {
  std::string out;
  if (file.imports)
    for (const std::string& one : imports) out += one + "\n";
  return out;
}

bool only_mixed(ScalarType type) { return type == ScalarType::mixed || !spoken(type).empty(); }

std::vector<std::string> notes_of(const Models& models, const Property& property, Notes notes,
                                  size_t indent) {
  std::vector<std::string> lines = comment_lines(property.description, indent);
  if (!property.allowed.empty())
    append(lines, comment_lines("One of: " + property.allowed, indent));
  if (property.default_value && !notes.default_is_code)
    append(lines, comment_lines(
                      "Default: " + print_extended_json(*property.default_value, JsonForm::relaxed),
                      indent));
  if (notes.tells_stored && !spoken(property.type).empty())
    append(lines, comment_lines(fmt::format("Stored as {}.", spoken(property.type)), indent));
  return lines;
}

std::vector<std::string> notes_of(const Class& one, size_t indent) {
  std::vector<std::string> lines = comment_lines(one.description, indent);
  if (one.geo_point)
    lines.emplace_back(
        "A GeoJSON Point: coordinates are longitude, latitude and, if there is one, altitude.");
  if (one.asymmetric)
    lines.emplace_back("Asymmetric: it is inserted only, and leaves the device once acknowledged.");
  return lines;
}

const Value* simple_default(const Property& property) {
  if (!property.default_value || property.collection != Collection::none) return nullptr;
  const Value& value = *property.default_value;
  switch (property.type) {
    case ScalarType::boolean:
      return value.is<bool>() ? &value : nullptr;
    // The least 64-bit integer is a literal in none of the languages: they read a minus and a
    // number.
    case ScalarType::int32:
    case ScalarType::int64:
      return value.is_integer() && value.as_integer() != INT64_MIN &&
                     (property.type == ScalarType::int64 ||
                      value.as_integer() == static_cast<int32_t>(value.as_integer()))
                 ? &value
                 : nullptr;
    case ScalarType::floating:
      return value.is_integer() || (value.is<double>() && std::isfinite(value.get<double>()))
                 ? &value
                 : nullptr;
    case ScalarType::string: {
      const auto* text = value.get_if<std::string>();
      return text != nullptr && text->size() <= limits::kDefaultBytesMax ? &value : nullptr;
    }
    default:
      return nullptr;
  }
}

std::string literal(const Property& property, Quoting quoting) {
  const Value& value = *simple_default(property);
  if (const bool* flag = value.get_if<bool>()) return *flag ? "true" : "false";
  if (value.is_integer())
    return fmt::format("{}{}", value.as_integer(),
                       property.type == ScalarType::floating ? ".0" : "");
  if (const double* number = value.get_if<double>()) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, *number).ptr;
    std::string text(buffer, end);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
  }
  return quoted(value.get<std::string>(), quoting);
}

}  // namespace syncline::generate
