#include "node/model/development.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "node/model/schema_comparison.h"
#include "node/model/type_table.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

// Keys stay where they were written.
using OrderedJson = nlohmann::ordered_json;

constexpr int kIndent = 4;
constexpr const char* kDefaultService = "mongodb-atlas";
constexpr const char* kDefaultDatabase = "app";

// Where a collection's schema stands: a file of its own, or a part of an older layout's.
struct SchemaPlace {
  std::string path;
  OrderedJson file;
  bool nested = false;  // under "schema" of the file
  bool changed = false;
  OrderedJson& schema() { return nested ? file["schema"] : file; }
};

std::string text_of(const OrderedJson& json) { return json.dump(kIndent) + "\n"; }

OrderedJson json_of_value(const Value& value) {
  return OrderedJson::parse(print_extended_json(value, JsonForm::relaxed), nullptr, false);
}

class Extender {
 public:
  Extender(const AppFiles& files, const App& app, const DeclaredSchema& declared)
      : app_(app), declared_(declared) {
    extension_.files = files;
    read_schemas();
  }

  Result<Extension> run() {
    SYNCLINE_TRY(check_declared(declared_));
    for (const DeclaredType& type : declared_.types)
      if (!type.embedded) SYNCLINE_TRY(type_of_objects(type));
    for (const DeclaredType& type : declared_.types)
      if (type.embedded) embedded_type(type);
    for (SchemaPlace& place : schemas_)
      if (place.changed) extension_.files[place.path] = text_of(place.file);
    for (auto& [path, json] : relationships_) extension_.files[path] = text_of(json);
    return std::move(extension_);
  }

 private:
  void read_schemas() {
    for (const auto& [path, text] : extension_.files) {
      const bool own = path.ends_with("/schema.json");
      const bool older = path.find("/rules/") != std::string::npos && path.ends_with(".json");
      if (!own && !older) continue;
      OrderedJson file = OrderedJson::parse(text, nullptr, false);
      if (!file.is_object() || (older && !file.contains("schema"))) continue;
      schemas_.push_back({path, std::move(file), older, false});
    }
  }

  // The place of the type's own schema. Null: it is not in a file that can be extended.
  SchemaPlace* place_of(const TypeDef& type) {
    for (SchemaPlace& place : schemas_) {
      const OrderedJson& schema = place.schema();
      const auto title = schema.find("title");
      if (title != schema.end()
              ? *title == type.name
              : place.path.ends_with("/" + collection_of(type) + "/schema.json") ||
                    place.path.ends_with("." + collection_of(type) + ".json"))
        return &place;
    }
    return nullptr;
  }

  static std::string collection_of(const TypeDef& type) {
    return type.collection.substr(type.collection.find('.') + 1);
  }
  static std::string database_of(const TypeDef& type) {
    return type.collection.substr(0, type.collection.find('.'));
  }

  Status type_of_objects(const DeclaredType& type) {
    const TypeDef* known = app_.schema.type(type.name);
    if (known == nullptr) return new_type(type);
    if (known->embedded) return {};  // told as a difference
    std::vector<const DeclaredField*> missing;
    for (const DeclaredField& field : type.fields)
      if (known->field(field.name) == nullptr) missing.push_back(&field);
    if (missing.empty()) return {};
    SchemaPlace* place = place_of(*known);
    if (place == nullptr)
      return fail(ErrorCode::kBadApp,
                  fmt::format("the schema of {} is in no file that can be extended", type.name));
    for (const DeclaredField* field : missing) {
      add_field(&place->schema(), *field);
      relate(*field, field->name, relationships_of(*place));
      extension_.added.push_back(type.name + "." + field->name);
    }
    place->changed = true;
    return {};
  }

  Status new_type(const DeclaredType& type) {
    const std::string service = app_.service.empty() ? kDefaultService : app_.service;
    const std::string folder = fmt::format("data_sources/{}/{}/{}", service, database(), type.name);
    if (type.name.find('/') != std::string::npos || type.name.find('.') != std::string::npos)
      return fail(ErrorCode::kUsage,
                  fmt::format("{} cannot be the name of a collection: rename the type", type.name));
    SchemaPlace place{folder + "/schema.json", schema_of(type), false, true};
    schemas_.push_back(std::move(place));
    for (const DeclaredField& field : type.fields)
      relate(field, field.name, folder + "/relationships.json");
    if (!extension_.files.contains(fmt::format("data_sources/{}/config.json", service)) &&
        !extension_.files.contains(fmt::format("services/{}/config.json", service)))
      extension_.files[fmt::format("data_sources/{}/config.json", service)] = text_of(OrderedJson{
          {"name", service}, {"type", "mongodb-atlas"}, {"config", {{"clusterName", "app"}}}});
    extension_.added.push_back(type.name);
    return {};
  }

  // Of the app's setting; else that of most of its collections.
  std::string database() const {
    if (!app_.development_database.empty()) return app_.development_database;
    for (const TypeDef& type : app_.schema.types)
      if (!type.embedded && !is_system(type.number)) return database_of(type);
    return kDefaultDatabase;
  }

  OrderedJson schema_of(const DeclaredType& type) {
    OrderedJson schema{{"title", type.name}, {"bsonType", "object"}};
    schema["required"] = OrderedJson::array();
    schema["properties"] = OrderedJson::object();
    for (const DeclaredField& field : type.fields) add_field(&schema, field);
    if (schema["required"].empty()) schema.erase("required");
    return schema;
  }

  void add_field(OrderedJson* schema, const DeclaredField& field) {
    (*schema)["properties"][field.name] = property_of(field);
    const bool always = !field.nullable && field.collection == Collection::none &&
                        field.type != ScalarType::link && field.type != ScalarType::mixed;
    if (always || field.name == "_id") (*schema)["required"].push_back(field.name);
  }

  OrderedJson property_of(const DeclaredField& field) {
    OrderedJson one = OrderedJson::object();
    if (field.type == ScalarType::embedded) {
      const DeclaredType* target = declared_.type(field.target);
      // Written once; elsewhere, also where it recurs, its title says which it is.
      const TypeDef* known = app_.schema.type(field.target);
      if (target == nullptr || (known != nullptr && known->embedded) ||
          !written_.insert(field.target).second)
        one = OrderedJson{{"bsonType", "object"}, {"title", field.target}};
      else
        one = schema_of(*target);
    } else if (field.type == ScalarType::link) {
      one["bsonType"] = row_of(key_type_of(field.target)).bson;
    } else {
      one["bsonType"] = row_of(field.type).bson;
    }
    switch (field.collection) {
      case Collection::none:
        if (field.default_value) one["default"] = json_of_value(*field.default_value);
        return one;
      case Collection::list:
        return OrderedJson{{"bsonType", "array"}, {"items", std::move(one)}};
      case Collection::set:
        return OrderedJson{{"bsonType", "array"}, {"uniqueItems", true}, {"items", std::move(one)}};
      case Collection::dictionary:
        break;
    }
    return OrderedJson{{"bsonType", "object"}, {"additionalProperties", std::move(one)}};
  }

  ScalarType key_type_of(const std::string& type) const {
    if (const TypeDef* known = app_.schema.type(type);
        known != nullptr && !known->key_types.empty())
      return known->key_types.size() == 1 ? known->key_types.front() : ScalarType::mixed;
    const DeclaredType* declared = declared_.type(type);
    const DeclaredField* id = declared == nullptr ? nullptr : declared->field("_id");
    return id == nullptr ? ScalarType::object_id : id->type;
  }

  std::string relationships_of(const SchemaPlace& place) const {
    return place.path.substr(0, place.path.rfind('/')) + "/relationships.json";
  }

  // Links in the field, and in what is embedded in it.
  void relate(const DeclaredField& field, const std::string& path, const std::string& file) {
    if (field.type == ScalarType::embedded) {
      const DeclaredType* target = declared_.type(field.target);
      // One way to an embedded type is enough: a link in it is the type's, wherever it stands.
      if (target == nullptr || !related_.insert(field.target).second) return;
      const std::string below = field.collection == Collection::none ? path : path + ".[]";
      for (const DeclaredField& one : target->fields) relate(one, below + "." + one.name, file);
      return;
    }
    if (field.type != ScalarType::link) return;
    const TypeDef* known = app_.schema.type(field.target);
    const std::string collection =
        known == nullptr ? database() + "." + field.target : known->collection;
    const std::string service = app_.service.empty() ? kDefaultService : app_.service;
    auto at = relationships_.find(file);
    if (at == relationships_.end()) {
      const auto text = extension_.files.find(file);
      OrderedJson was = text == extension_.files.end()
                            ? OrderedJson::object()
                            : OrderedJson::parse(text->second, nullptr, false);
      at = relationships_.emplace(file, was.is_object() ? std::move(was) : OrderedJson::object())
               .first;
    }
    const size_t dot = collection.find('.');
    at->second[path] =
        OrderedJson{{"ref", fmt::format("#/relationship/{}/{}/{}", service,
                                        collection.substr(0, dot), collection.substr(dot + 1))},
                    {"foreign_key", "_id"},
                    {"is_list", field.collection != Collection::none}};
  }

  // Fields that an embedded type lacks, wherever it stands.
  void embedded_type(const DeclaredType& type) {
    const TypeDef* known = app_.schema.type(type.name);
    if (known == nullptr || !known->embedded) return;
    for (const DeclaredField& field : type.fields) {
      if (known->field(field.name) != nullptr) continue;
      bool added = false;
      for (SchemaPlace& place : schemas_)
        if (add_where_titled(&place.schema(), type.name, field, "", place))
          place.changed = added = true;
      if (added) extension_.added.push_back(type.name + "." + field.name);
    }
  }

  // `path`: of relationships; empty: the collection's own schema.
  bool add_where_titled(OrderedJson* schema, const std::string& title, const DeclaredField& field,
                        const std::string& path, const SchemaPlace& place) {
    if (!schema->is_object()) return false;
    bool added = false;
    if (!path.empty() && schema->value("title", "") == title && schema->contains("properties") &&
        !(*schema)["properties"].contains(field.name)) {
      add_field(schema, field);
      relate(field, path + "." + field.name, relationships_of(place));
      added = true;
    }
    if (schema->contains("properties") && (*schema)["properties"].is_object())
      for (auto& [name, inside] : (*schema)["properties"].items())
        added = add_where_titled(&inside, title, field, path.empty() ? name : path + "." + name,
                                 place) ||
                added;
    for (const char* key : {"items", "additionalProperties"})
      if (schema->contains(key) && !path.empty())
        added = add_where_titled(&(*schema)[key], title, field, path + ".[]", place) || added;
    return added;
  }

  const App& app_;
  const DeclaredSchema& declared_;
  std::vector<SchemaPlace> schemas_;
  std::map<std::string, OrderedJson> relationships_;  // by path
  std::set<std::string> written_;                     // embedded types that stand in a schema
  std::set<std::string> related_;                     // ... whose links are in relationships_
  Extension extension_;
};

}  // namespace

Result<Extension> extend_app(const AppFiles& files, const App& app,
                             const DeclaredSchema& declared) {
  return Extender(files, app, declared).run();
}

AppFiles declare_queryable(const AppFiles& files, const App& app, const std::string& type,
                           const std::string& field) {
  const TypeDef* def = app.schema.type(type);
  const FieldDef* known = def == nullptr ? nullptr : def->field(field);
  if (known == nullptr || app.is_queryable(def->number, known->number)) return files;
  AppFiles out = files;
  std::string& text = out["sync/config.json"];
  OrderedJson config =
      text.empty() ? OrderedJson::object() : OrderedJson::parse(text, nullptr, false);
  if (!config.is_object()) return files;
  OrderedJson& names = config["collection_queryable_fields_names"][type];
  if (!names.is_array()) names = OrderedJson::array();
  names.push_back(field);
  text = text_of(config);
  return out;
}

}  // namespace syncline
