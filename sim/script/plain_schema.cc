#include "sim/script/plain_schema.h"

#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/script/limits.h"
#include "sim/script/object_reader.h"

namespace syncline::sim {
namespace {

using Json = nlohmann::json;

constexpr const char* kSource = "data_sources/mongodb-atlas/";
constexpr const char* kDatabase = "plain";

struct PlainProperty {
  std::string name;
  std::string type;
  bool nullable = false;
  std::string collection;  // list, set, dictionary; empty: a single value
  std::string target;
  std::string pointer;
};

struct PlainType {
  std::string name;
  bool embedded = false;
  bool asymmetric = false;
  std::vector<PlainProperty> properties;
  std::string collection;
};

// The plain name of a type, and the schema language's.
const std::map<std::string, std::string>& scalars() {
  static const std::map<std::string, std::string> table = {
      {"bool", "bool"},       {"int", "long"},          {"float", "double"},   {"double", "double"},
      {"decimal", "decimal"}, {"string", "string"},     {"binary", "binData"}, {"date", "date"},
      {"timestamp", "date"},  {"objectId", "objectId"}, {"uuid", "uuid"},      {"mixed", "mixed"}};
  return table;
}

class PlainApp {
 public:
  Status read(const Value& types, const std::string& pointer) {
    const Document wrapped{{"types", types}};
    const Value whole(wrapped);
    ObjectReader reader(whole, pointer.substr(0, pointer.rfind('/')), "the app");
    reader.each("types", script::kTypesMax,
                [&](const Value& value, const std::string& at) { return read_type(value, at); });
    SYNCLINE_TRY(reader.done());
    for (const auto& [name, type] : types_) SYNCLINE_TRY(check(type));
    return {};
  }

  AppFiles files() {
    AppFiles files;
    files["realm_config.json"] = R"({"config_version": 20210101, "name": "plain"})";
    files["sync/config.json"] = Json{
        {"type", "flexible"},
        {"state", "enabled"},
        {"service_name", "mongodb-atlas"},
        {"database_name",
         kDatabase}}.dump();
    files[std::string(kSource) + "config.json"] =
        R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "plain"}})";
    files[std::string(kSource) + "default_rule.json"] = R"({"roles": [{"name": "everything",
      "apply_when": {}, "document_filters": {"read": true, "write": true},
      "read": true, "write": true, "insert": true, "delete": true, "search": true}]})";
    for (auto& [name, type] : types_) {
      if (type.embedded) continue;
      relationships_ = Json::object();
      Json schema = object_of(type, "");
      const std::string folder = fmt::format("{}{}/{}/", kSource, kDatabase, type.collection);
      files[folder + "schema.json"] = schema.dump();
      files[folder + "relationships.json"] = relationships_.dump();
    }
    return files;
  }

 private:
  Status read_type(const Value& value, const std::string& at) {
    PlainType type;
    ObjectReader reader(value, at, "a type");
    type.name = reader.text("name");
    type.embedded = reader.boolean("embedded", false);
    type.asymmetric = reader.boolean("asymmetric", false);
    if (reader.text("primary_key", "_id") != "_id")
      reader.wrong("primary_key", "\"_id\": objects are known by it");
    reader.each("properties", script::kPropertiesMax,
                [&](const Value& property, const std::string& place) {
                  return read_property(property, place, &type);
                });
    SYNCLINE_TRY(reader.done());
    type.collection = collection_of(type.name);
    if (!types_.emplace(type.name, std::move(type)).second)
      return fail(ErrorCode::kBadData, fmt::format("{}: another type has this name", at));
    return {};
  }

  Status read_property(const Value& value, const std::string& at, PlainType* type) {
    PlainProperty property;
    property.pointer = at;
    ObjectReader reader(value, at, "a property");
    property.name = reader.text("name");
    std::vector<std::string> words = {"link", "embedded"};
    for (const auto& [word, bson] : scalars()) words.push_back(word);
    if (!reader.has("type")) reader.wrong("type", "a type's name");
    property.type = reader.word("type", words, "");
    property.nullable = reader.boolean("nullable", false);
    property.collection = reader.word("collection", {"single", "list", "set", "dictionary"}, "");
    if (property.collection == "single") property.collection.clear();
    property.target = reader.text("target", "");
    SYNCLINE_TRY(reader.done());
    type->properties.push_back(std::move(property));
    return {};
  }

  Status check(const PlainType& type) {
    for (const PlainProperty& property : type.properties) {
      if (property.type != "link" && property.type != "embedded") continue;
      auto target = types_.find(property.target);
      if (target == types_.end())
        return fail(ErrorCode::kBadData, property.pointer +
                                             "/target: expected the name of the type that the "
                                             "property holds or links to");
      if (!target->second.embedded && property.type == "embedded")
        return fail(ErrorCode::kBadData,
                    property.pointer + "/target: expected a type with \"embedded\": true");
      if (!target->second.embedded && key_of(target->second) == nullptr)
        return fail(ErrorCode::kBadData,
                    property.pointer + "/target: the type has no property _id to link to");
    }
    return {};
  }

  // In paths and messages; unlike names of types it cannot hold everything.
  std::string collection_of(const std::string& name) const {
    const bool plain =
        !name.empty() && name.find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
    return plain ? name : fmt::format("type-{}", types_.size() + 1);
  }

  static const PlainProperty* key_of(const PlainType& type) {
    for (const PlainProperty& property : type.properties)
      if (property.name == "_id") return &property;
    return nullptr;
  }

  // `path`: to the object, as relationships spell it, with a dot at its end.
  Json object_of(const PlainType& type, const std::string& path) {
    Json schema{{"title", type.name}, {"bsonType", "object"}, {"properties", Json::object()}};
    // An embedded type is told once; in itself, and elsewhere, its name refers to it.
    if (type.embedded && !told_.insert(type.name).second) {
      schema.erase("properties");
      return schema;
    }
    if (!type.embedded) schema["required"] = {"_id"};
    // Without properties it would be a dictionary.
    if (type.properties.empty()) schema["additionalProperties"] = false;
    for (const PlainProperty& property : type.properties)
      schema["properties"][property.name] = field_of(property, path + property.name);
    return schema;
  }

  Json field_of(const PlainProperty& property, const std::string& path) {
    const bool many = !property.collection.empty();
    Json one = element_of(property, path + (many ? ".[]" : ""));
    if (property.collection == "dictionary")
      return {{"bsonType", "object"}, {"additionalProperties", std::move(one)}};
    if (!many) return one;
    Json list{{"bsonType", "array"}, {"items", std::move(one)}};
    if (property.collection == "set") list["uniqueItems"] = true;
    return list;
  }

  Json element_of(const PlainProperty& property, const std::string& path) {
    std::string bson;
    if (property.type == "link" || property.type == "embedded") {
      const PlainType& target = types_.at(property.target);
      if (target.embedded) return object_of(target, path + ".");
      relationships_[path] = {
          {"ref", fmt::format("#/relationship/mongodb-atlas/{}/{}", kDatabase, target.collection)},
          {"foreign_key", "_id"},
          {"is_list", !property.collection.empty()}};
      bson = scalars().at(key_of(target)->type);
    } else {
      bson = scalars().at(property.type);
    }
    if (property.nullable && !property.collection.empty() && bson != "mixed")
      return {{"bsonType", {bson, "null"}}};
    return {{"bsonType", bson}};
  }

  std::map<std::string, PlainType> types_;
  std::set<std::string> told_;
  Json relationships_;  // of the type that is being told
};

}  // namespace

Result<AppFiles> app_of_plain_types(const Value& types, const std::string& pointer) {
  PlainApp app;
  SYNCLINE_TRY(app.read(types, pointer));
  return app.files();
}

}  // namespace syncline::sim
