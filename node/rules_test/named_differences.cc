#include "node/rules_test/named_differences.h"

#include <algorithm>

namespace syncline::rules_test {
namespace {

bool mentions(const Json& json, std::string_view expansion) {
  if (json.is_string())
    return json.get_ref<const std::string&>().find(expansion) != std::string::npos;
  if (json.is_array())
    return std::ranges::any_of(json, [&](const Json& one) { return mentions(one, expansion); });
  if (!json.is_object()) return false;
  for (const auto& [key, value] : json.items())
    if (key.find(expansion) != std::string::npos || mentions(value, expansion)) return true;
  return false;
}

bool is_literal(const Json& json) {
  return json.is_boolean() || json == "%%true" || json == "%%false" ||
         (json.is_object() && json.empty());
}

// A permission of a field, or of all, that is not true or false.
bool has_expression(const Json& json) {
  if (!json.is_object()) return false;
  for (const char* key : {"read", "write"})
    if (json.contains(key) && !is_literal(json[key])) return true;
  for (const char* key : {"fields", "additional_fields"}) {
    if (!json.contains(key) || !json[key].is_object()) continue;
    if (std::string_view(key) == "additional_fields") {
      if (has_expression(json[key])) return true;
      continue;
    }
    for (const auto& [name, inside] : json[key].items())
      if (has_expression(inside)) return true;
  }
  return false;
}

bool is_queryable(const CaseConfig& config, std::string field) {
  if (field.starts_with("%%root.")) field = field.substr(7);
  if (field == "_id") return true;
  const Json& sync = config.legacy_sync.is_object() ? config.legacy_sync : config.sync;
  if (!sync.is_object()) return true;
  const auto among = [&](const Json& names) {
    return names.is_array() && std::ranges::find(names, Json(field)) != names.end();
  };
  if (sync.contains("queryable_fields_names") && among(sync["queryable_fields_names"])) return true;
  for (const char* key : {"collection_queryable_fields_names", "indexed_queryable_fields_names"}) {
    if (!sync.contains(key)) continue;
    if (among(sync[key])) return true;
    if (sync[key].is_object())
      for (const auto& [name, names] : sync[key].items())
        if (among(names)) return true;
  }
  return false;
}

// Some field in the condition is not declared queryable.
bool asks_other_fields(const Json& json, const CaseConfig& config) {
  if (json.is_array())
    return std::ranges::any_of(json,
                               [&](const Json& one) { return asks_other_fields(one, config); });
  if (!json.is_object()) return false;
  for (const auto& [key, value] : json.items()) {
    const bool field =
        (!key.starts_with("$") && !key.starts_with("%")) || key.starts_with("%%root.");
    if (field && !is_queryable(config, key)) return true;
    if (!field && asks_other_fields(value, config)) return true;
  }
  return false;
}

}  // namespace

std::string better_than_there(const Json& role, const CaseConfig& config) {
  if (!role.is_object()) return {};
  for (const char* expansion : {"%%root", "%%prevRoot", "%%this", "%%prev"})
    if (mentions(role, expansion)) return kImages;
  if (has_expression(role)) return kExpressions;
  const auto asks = [&](const Json& json) { return asks_other_fields(json, config); };
  if (role.contains("document_filters") && role["document_filters"].is_object())
    for (const auto& [key, filter] : role["document_filters"].items())
      if (asks(filter)) return kAnyField;
  for (const char* key : {"insert", "delete"})
    if (role.contains(key) && asks(role[key])) return kAnyField;
  return {};
}

}  // namespace syncline::rules_test
