// An app made by hand: one synced type Alert with an embedded place, and roles as JSON texts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "node/access/policy.h"

namespace syncline {

inline constexpr TypeNumber kAlert{16};
inline constexpr TypeNumber kPlace{17};
inline constexpr TypeNumber kNote{18};
// Alert's fields.
inline constexpr FieldNumber kId{1}, kTitle{2}, kThreshold{3}, kSpot{4}, kSpots{5}, kShelves{6},
    kTags{7};
// Place's fields.
inline constexpr FieldNumber kRoom{1}, kCode{2};

inline constexpr const char* kRulesFile = "data_sources/mongodb-atlas/cold/alerts/rules.json";
inline constexpr const char* kDefaultFile = "data_sources/mongodb-atlas/default_rule.json";

inline FieldDef field_def(FieldNumber number, std::string name, ScalarType type,
                          Collection collection = Collection::none, TypeNumber target = {}) {
  FieldDef field;
  field.number = number;
  field.name = std::move(name);
  field.type = type;
  field.collection = collection;
  field.target = target;
  return field;
}

inline Schema alert_schema() {
  Schema schema;
  schema.types = system_types();
  TypeDef alert;
  alert.number = kAlert;
  alert.name = "Alert";
  alert.collection = "cold.alerts";
  alert.key_types = {ScalarType::string};
  alert.fields = {
      field_def(kId, "_id", ScalarType::string),
      field_def(kTitle, "title", ScalarType::string),
      field_def(kThreshold, "threshold", ScalarType::floating),
      field_def(kSpot, "spot", ScalarType::embedded, Collection::none, kPlace),
      field_def(kSpots, "spots", ScalarType::embedded, Collection::list, kPlace),
      field_def(kShelves, "shelves", ScalarType::embedded, Collection::dictionary, kPlace),
      field_def(kTags, "tags", ScalarType::string, Collection::set)};
  TypeDef place;
  place.number = kPlace;
  place.name = "Place";
  place.embedded = true;
  place.fields = {field_def(kRoom, "room", ScalarType::string),
                  field_def(kCode, "code", ScalarType::string)};
  TypeDef note;
  note.number = kNote;
  note.name = "Note";
  note.collection = "cold.notes";
  note.key_types = {ScalarType::string};
  note.fields = {field_def(kId, "_id", ScalarType::string),
                 field_def(FieldNumber{2}, "text", ScalarType::string)};
  schema.types.push_back(alert);
  schema.types.push_back(place);
  schema.types.push_back(note);
  return schema;
}

inline std::vector<RoleSource> role_sources(const char* file, const std::string& roles) {
  std::vector<RoleSource> sources;
  const nlohmann::json list = nlohmann::json::parse(roles);
  for (size_t i = 0; i < list.size(); ++i)
    sources.push_back(
        {file, "/roles/" + std::to_string(i), std::make_shared<nlohmann::json>(list[i])});
  return sources;
}

// `roles`: a JSON list for cold.alerts; `defaults`: the default roles.
inline std::shared_ptr<App> alert_app(const std::string& roles,
                                      const std::string& defaults = "[]") {
  auto app = std::make_shared<App>();
  app->name = "cold";
  app->schema = alert_schema();
  app->rules.push_back({"cold.alerts", role_sources(kRulesFile, roles)});
  app->default_rules = {"", role_sources(kDefaultFile, defaults)};
  return app;
}

inline std::shared_ptr<const Policy> compiled(
    std::shared_ptr<const App> app, RolesWithoutFilters setting = RolesWithoutFilters::deny) {
  auto policy = Policy::compile(std::move(app), setting);
  if (!policy) {
    ADD_FAILURE() << policy.error().message;
    return nullptr;
  }
  return *policy;
}

inline std::string compile_error(std::shared_ptr<const App> app,
                                 RolesWithoutFilters setting = RolesWithoutFilters::deny) {
  auto policy = Policy::compile(std::move(app), setting);
  if (policy) return "compiled";
  EXPECT_EQ(policy.error().code, ErrorCode::kBadApp);
  return policy.error().message;
}

inline User user_of(std::string id, Document custom_data = {}) {
  User user;
  user.id = std::move(id);
  user.custom_data = std::move(custom_data);
  return user;
}

// Everything is granted but what `rest` changes: `rest` is added to the role's keys.
inline std::string role_text(const std::string& name, const std::string& rest) {
  return R"([{"name": ")" + name +
         R"(", "apply_when": {}, "document_filters": {"read": true, "write": true}, )" + rest +
         "}]";
}

inline Item place(const char* room, const char* code) {
  Scope scope;
  if (room) scope.put(kRoom, Value(room));
  if (code) scope.put(kCode, Value(code));
  return scope;
}

inline ElementId element(uint32_t n) { return {{NodeId{1}, Epoch{1}, 1}, n}; }

}  // namespace syncline
