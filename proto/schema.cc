#include "proto/schema.h"

#include <algorithm>

namespace syncline {
namespace {

template <class T, class Number>
const T* find_by_number(const std::vector<T>& sorted, Number number) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), number,
                                   [](const T& one, Number wanted) { return one.number < wanted; });
  return at != sorted.end() && at->number == number ? &*at : nullptr;
}

template <class T>
const T* find_by_name(const std::vector<T>& all, std::string_view name) {
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const T& one) { return one.name == name; });
  return at != all.end() ? &*at : nullptr;
}

FieldDef optional_field(FieldNumber number, std::string name, ScalarType type) {
  FieldDef field;
  field.number = number;
  field.name = std::move(name);
  field.type = type;
  return field;
}

FieldDef required_field(FieldNumber number, std::string name, ScalarType type) {
  FieldDef field = optional_field(number, std::move(name), type);
  field.required = true;
  field.nullable = false;
  return field;
}

// The fields after _id, which is a string in every system type.
TypeDef system_type_def(TypeNumber number, std::string name, std::vector<FieldDef> fields) {
  TypeDef type;
  type.number = number;
  type.name = "syncline." + name;  // the dot keeps it apart from every title
  type.collection = "__syncline." + name;
  type.open = false;
  type.key_types = {ScalarType::string};
  type.fields.push_back(required_field(system_field::kId, "_id", ScalarType::string));
  for (FieldDef& field : fields) type.fields.push_back(std::move(field));
  return type;
}

std::vector<TypeDef> make_system_types() {
  namespace f = system_field;
  FieldDef files = required_field(f::app::kFiles, "files", ScalarType::string);
  files.collection = Collection::dictionary;
  return {
      system_type_def(system_type::kNode, "node",
                      {required_field(f::node::kName, "name", ScalarType::string),
                       required_field(f::node::kUser, "user", ScalarType::string),
                       required_field(f::node::kNodeKey, "node_key", ScalarType::string),
                       required_field(f::node::kIdentityKey, "identity_key", ScalarType::string),
                       optional_field(f::node::kRemoved, "removed", ScalarType::boolean),
                       optional_field(f::node::kVersion, "version", ScalarType::int32)}),
      system_type_def(system_type::kUser, "user",
                      {optional_field(f::user::kData, "data", ScalarType::mixed),
                       optional_field(f::user::kCustomData, "custom_data", ScalarType::mixed),
                       optional_field(f::user::kType, "type", ScalarType::string)}),
      system_type_def(system_type::kSubscription, "subscription",
                      {required_field(f::subscription::kNode, "node", ScalarType::string),
                       optional_field(f::subscription::kName, "name", ScalarType::string),
                       required_field(f::subscription::kType, "type", ScalarType::string),
                       optional_field(f::subscription::kQuery, "query", ScalarType::string)}),
      system_type_def(
          system_type::kApp, "app",
          {std::move(files), optional_field(f::app::kSchema, "schema", ScalarType::binary),
           optional_field(f::app::kDeployments, "deployments", ScalarType::int64)}),
      system_type_def(system_type::kSetting, "setting",
                      {optional_field(f::setting::kValue, "value", ScalarType::mixed)}),
  };
}

}  // namespace

const Value* value_when_missing(const FieldDef& field) {
  return field.required && field.default_value ? &*field.default_value : nullptr;
}

const FieldDef* TypeDef::field(FieldNumber wanted) const { return find_by_number(fields, wanted); }
const FieldDef* TypeDef::field(std::string_view wanted) const {
  return find_by_name(fields, wanted);
}
bool reads_as_missing(const FieldDef& field, const Item* item) {
  if (item == nullptr) return true;
  return !field.nullable && field.required && field.default_value &&
         field.collection == Collection::none && !item->is_scope() && item->value().is_null();
}

bool TypeDef::is_retired(FieldNumber wanted) const {
  return find_by_number(retired, wanted) != nullptr;
}
const TypeDef* Schema::type(TypeNumber wanted) const { return find_by_number(types, wanted); }
const TypeDef* Schema::type(std::string_view wanted) const { return find_by_name(types, wanted); }

const std::vector<TypeDef>& system_types() {
  static const std::vector<TypeDef> kTypes = make_system_types();
  return kTypes;
}

bool is_system(TypeNumber type) { return type.value < system_type::kFirstUser; }

}  // namespace syncline
