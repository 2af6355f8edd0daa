// Apps written as strings, and their reports searched.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "node/model/app.h"

namespace syncline::test {

struct LoadedApp {
  std::shared_ptr<const App> app;
  AppReport report;

  // The first message of the code, or null.
  const AppMessage* message(std::string_view code) const {
    for (const AppFileReport& file : report.files)
      for (const AppMessage& message : file.messages)
        if (message.code == code) return &message;
    return nullptr;
  }
  // "error /properties/x", or "" if there is none of the code.
  std::string place(std::string_view code) const {
    const AppMessage* found = message(code);
    if (!found) return "";
    const char* severity = found->severity == AppMessage::Severity::error     ? "error"
                           : found->severity == AppMessage::Severity::warning ? "warning"
                                                                              : "info";
    return std::string(severity) + " " + found->pointer;
  }
  const AppFileReport* file(std::string_view path) const {
    for (const AppFileReport& one : report.files)
      if (one.path == path) return &one;
    return nullptr;
  }
  const TypeDef& type(std::string_view name) const { return *app->schema.type(name); }
  const FieldDef& field(std::string_view type_name, std::string_view name) const {
    return *type(type_name).field(name);
  }
};

inline LoadedApp load(const AppFiles& files, const Schema* previous = nullptr) {
  LoadedApp out;
  out.app = load_app(files, &out.report, previous);
  return out;
}

inline const std::string kSchemaPath = "data_sources/mongodb-atlas/shop/Item/schema.json";
inline const std::string kRulesPath = "data_sources/mongodb-atlas/shop/Item/rules.json";
inline const std::string kLinksPath = "data_sources/mongodb-atlas/shop/Item/relationships.json";
inline const std::string kDefaultRulesPath = "data_sources/mongodb-atlas/default_rule.json";

inline const std::string kEveryoneReads = R"({"roles": [{"name": "everyone", "apply_when": {},
  "document_filters": {"read": true, "write": true}, "read": true, "write": true}]})";

// An app of one collection, shop.Item, with these properties beside _id.
inline AppFiles shop(const std::string& properties, const std::string& more = "") {
  return {
      {"realm_config.json", R"({"name": "shop"})"},
      {"sync/config.json", R"({"type": "flexible", "state": "enabled"})"},
      {"data_sources/mongodb-atlas/config.json",
       R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "C"}})"},
      {kDefaultRulesPath, kEveryoneReads},
      {kSchemaPath, R"({"title": "Item", "bsonType": "object", "required": ["_id"], "properties": {
             "_id": {"bsonType": "objectId"})" +
                        (properties.empty() ? "" : ", " + properties) + "}" + more + "}"}};
}

// The same with rules for shop.Item.
inline AppFiles shop_with_roles(const std::string& roles) {
  AppFiles files = shop(R"("owner_id": {"bsonType": "string"})");
  files[kRulesPath] = R"({"database": "shop", "collection": "Item", "roles": )" + roles + "}";
  return files;
}

}  // namespace syncline::test
