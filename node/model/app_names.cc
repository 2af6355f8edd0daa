#include "node/model/app_names.h"

#include <algorithm>

#include <fmt/format.h>

#include "proto/limits.h"

namespace syncline::app {
namespace {

// Words of the query language, in any case and in this case only (docs of App Services, "reserved
// names").
constexpr std::string_view kReserved[] = {
    "and",          "asc",      "ascending", "beginswith",     "between", "contains", "desc",
    "descending",   "distinct", "endswith",  "falsepredicate", "inf",     "infinity", "like",
    "limit",        "nan",      "nil",       "null",           "or",      "sort",     "subquery",
    "truepredicate"};
constexpr std::string_view kReservedExact[] = {
    "ALL", "ANY",   "B64", "FALSE", "IN",  "NONE", "NOT",  "SOME", "TRUE", "all",
    "any", "false", "in",  "none",  "not", "oid",  "some", "true", "uuid"};

bool is_reserved(std::string_view name) {
  std::string low(name);
  for (char& c : low)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::ranges::find(kReserved, low) != std::end(kReserved) ||
         std::ranges::find(kReservedExact, name) != std::end(kReservedExact);
}

bool has_control(std::string_view name) {
  return std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

uint64_t fingerprint(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

}  // namespace

bool check_type_name(Notes& notes, const std::string& pointer, std::string_view name) {
  auto error = [&](std::string text, std::string remedy) {
    notes.error("bad_type_name", pointer, std::move(text), std::move(remedy));
    return false;
  };
  if (name.empty()) return error("the title is empty", "name the type, as \"title\": \"Fridge\"");
  if (name.size() > limits::kTypeNameBytesMax)
    return error(fmt::format("the name {} has {} bytes; a type's name may have {}", shown(name),
                             name.size(), limits::kTypeNameBytesMax),
                 "choose a shorter \"title\"");
  if (has_control(name))
    return error(fmt::format("the name {} has control characters", shown(name)),
                 "choose a \"title\" of letters and digits");
  if (name.starts_with("syncline."))
    return error(
        fmt::format("{}: names that begin with \"syncline.\" are Syncline's own", shown(name)),
        "choose another \"title\"");
  return true;
}

bool check_field_name(Notes& notes, const std::string& pointer, std::string_view name) {
  auto error = [&](std::string text, std::string remedy) {
    notes.error("bad_field_name", pointer, std::move(text), std::move(remedy));
    return false;
  };
  if (name.empty()) return error("a property has an empty name", "name it, or remove it");
  if (name.size() > limits::kFieldNameBytesMax)
    return error(fmt::format("the name {} has {} bytes; a field's name may have {}", shown(name),
                             name.size(), limits::kFieldNameBytesMax),
                 "choose a shorter name");
  if (name.starts_with('$') || name.find('.') != std::string_view::npos || has_control(name))
    return error(
        fmt::format("{} cannot be a field's name: \"$\" in front, \".\" and control characters "
                    "mean other things in paths",
                    shown(name)),
        "choose another name");
  if (is_reserved(name))
    notes.warning("reserved_name", pointer,
                  fmt::format("{} is a word of the query language: queries name this field in "
                              "backquotes, `{}`",
                              shown(name), name),
                  "rename the field if that is in the way");
  return true;
}

std::string embedded_name(std::string_view parent, std::string_view field) {
  std::string name = fmt::format("{}_{}", parent, field);
  if (name.size() <= limits::kTypeNameBytesMax) return name;
  constexpr size_t kMarkBytes = 9;  // "_" and eight digits
  size_t end = limits::kTypeNameBytesMax - kMarkBytes;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
  return fmt::format("{}_{:08x}", name.substr(0, end), static_cast<uint32_t>(fingerprint(name)));
}

}  // namespace syncline::app
