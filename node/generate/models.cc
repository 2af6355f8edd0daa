#include "node/generate/models.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "node/generate/limits.h"
#include "node/model/app_json.h"
#include "proto/check.h"

namespace syncline::generate {
namespace {

using Json = nlohmann::json;

const Json* constraints_of(const App& app, TypeNumber type) {
  const auto found = app.constraints.find(type.value);
  return found == app.constraints.end() ? nullptr : found->second.get();
}

const Json* child(const Json* parent, std::string_view key) {
  if (parent == nullptr || !parent->is_object()) return nullptr;
  const auto found = parent->find(key);
  return found == parent->end() ? nullptr : &*found;
}

std::string text_of(const Json* parent, std::string_view key) {
  const Json* value = child(parent, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

// The values of "enum", of the field or of the elements of a collection, as JSON.
std::string allowed_in(const Json* schema) {
  for (const Json* at : {schema, child(schema, "items"), child(schema, "additionalProperties")}) {
    const Json* values = child(at, "enum");
    if (values == nullptr || !values->is_array()) continue;
    std::string out;
    for (const Json& value : *values) {
      const std::string one = value.dump();
      if (out.size() + one.size() + 2 > limits::kAllowedBytesMax) return out + ", ...";
      out += (out.empty() ? "" : ", ") + one;
    }
    return out;
  }
  return {};
}

bool is_geo_point(const TypeDef& type) {
  const FieldDef* kind = type.field("type");
  const FieldDef* place = type.field("coordinates");
  return type.embedded && kind != nullptr && place != nullptr && kind->required &&
         kind->type == ScalarType::string && kind->collection == Collection::none &&
         place->collection == Collection::list && place->type == ScalarType::floating;
}

Property property_of(const TypeDef& type, const FieldDef& field, const Json* schema) {
  Property property;
  property.name = field.name;
  property.type = field.type;
  property.collection = field.collection;
  property.primary_key = !type.embedded && field.name == "_id";
  if (property.primary_key && type.key_types.size() == 1) property.type = type.key_types[0];
  property.required = field.required || property.primary_key;
  const bool objects = field.type == ScalarType::embedded || field.type == ScalarType::link;
  if (field.collection == Collection::none) {
    property.optional = !property.primary_key && (objects || !field.required || field.nullable);
  } else {
    property.optional = false;
    property.element_optional =
        field.nullable || (objects && field.collection == Collection::dictionary);
  }
  property.default_value = field.default_value;
  property.description = text_of(schema, "description");
  property.allowed = allowed_in(schema);
  return property;
}

Class class_of(const App& app, const TypeDef& type) {
  Class out;
  out.name = type.name;
  out.collection = type.collection;
  out.embedded = type.embedded;
  out.asymmetric = type.asymmetric;
  out.geo_point = is_geo_point(type);
  const Json* schema = constraints_of(app, type.number);
  out.description = text_of(schema, "description");
  const Json* properties = child(schema, "properties");
  for (const FieldDef& field : type.fields)
    out.properties.push_back(property_of(type, field, child(properties, field.name)));
  std::stable_partition(out.properties.begin(), out.properties.end(),
                        [](const Property& property) { return property.primary_key; });
  if (out.geo_point) {
    for (Property& property : out.properties)
      if (property.name == "type" && !property.default_value) property.default_value = "Point";
  }
  return out;
}

using Chosen = std::set<uint32_t>;

Chosen reached_from(const Schema& schema, std::vector<TypeNumber> open) {
  Chosen chosen;
  while (!open.empty()) {
    const TypeNumber next = open.back();
    open.pop_back();
    if (!chosen.insert(next.value).second) continue;
    for (const FieldDef& field : schema.type(next)->fields)
      if (field.type == ScalarType::embedded || field.type == ScalarType::link)
        open.push_back(field.target);
  }
  return chosen;
}

Result<Chosen> choose(const Schema& schema, const std::vector<std::string>& names) {
  std::vector<TypeNumber> open;
  std::vector<std::string_view> known;
  for (const TypeDef& type : schema.types) {
    if (is_system(type.number)) continue;
    known.push_back(type.name);
    if (names.empty()) open.push_back(type.number);
  }
  for (const std::string& name : names) {
    const TypeDef* type = schema.type(name);
    if (type == nullptr || is_system(type->number)) {
      const std::string near = app::nearest(name, known);
      return fail(ErrorCode::kUsage,
                  fmt::format("--name: the app has no type {}{}", app::shown(name),
                              near.empty() ? "; `syncline app check` lists what it has"
                                           : "; did you mean \"" + near + "\"?"));
    }
    open.push_back(type->number);
  }
  return reached_from(schema, std::move(open));
}

}  // namespace

const Property* Class::primary_key() const {
  return !properties.empty() && properties[0].primary_key ? properties.data() : nullptr;
}

ScalarType Models::key_type(const Property& link) const {
  const Property* key = target(link).primary_key();
  return key == nullptr ? ScalarType::mixed : key->type;
}

Result<Models> models_of(const App& app, const std::vector<std::string>& names) {
  SYNCLINE_ASSIGN(const Chosen chosen, choose(app.schema, names));
  std::vector<const TypeDef*> types;
  for (const TypeDef& type : app.schema.types)
    if (chosen.contains(type.number.value)) types.push_back(&type);
  std::ranges::sort(types, {}, &TypeDef::name);
  Models models;
  models.app = app.name;
  std::map<uint32_t, size_t> places;
  for (const TypeDef* type : types) {
    places[type->number.value] = models.classes.size();
    models.classes.push_back(class_of(app, *type));
  }
  for (size_t i = 0; i < types.size(); ++i) {
    for (Property& property : models.classes[i].properties) {
      if (!property.names_class()) continue;
      const auto found = places.find(types[i]->field(property.name)->target.value);
      CHECK(found != places.end());  // all that is reached was chosen
      property.target = found->second;
    }
  }
  return models;
}

}  // namespace syncline::generate
