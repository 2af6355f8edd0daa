#include "node/model/type_checks.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace syncline {
namespace {

using Json = nlohmann::json;

const Json* find(const Json* json, const char* key) {
  if (json == nullptr || !json->is_object()) return nullptr;
  const auto at = json->find(key);
  return at == json->end() ? nullptr : &*at;
}

// Makes one type's check.
class TypeCheckMaker {
 public:
  TypeCheckMaker(const App& app, const TypeDef& def)
      : app_(app), json_(constraints_of(def.number)) {
    check_.def = &def;
  }

  Result<TypeCheck> make() {
    if (json_ != nullptr) {
      Result<ConstraintPointer> compiled = compile_constraint(*json_, "");
      if (!compiled)
        return std::unexpected(compiled.error().within("the schema of " + check_.def->name));
      check_.constraint = std::move(*compiled);
    }
    for (const FieldDef& field : check_.def->fields) add(field);
    if (check_.def->embedded) find_point();
    return std::move(check_);
  }

 private:
  const Json* constraints_of(TypeNumber number) const {
    const auto at = app_.constraints.find(number.value);
    return at == app_.constraints.end() ? nullptr : at->second.get();
  }

  void add(const FieldDef& field) {
    FieldCheck check{&field, nullptr, nullptr,
                     app_.null_elsewhere.contains({check_.def->number, field.number})};
    const Constraint* whole = check_.constraint ? check_.constraint->property(field.name) : nullptr;
    const Json* json = find(find(json_, "properties"), field.name.c_str());
    const Constraint* element = nullptr;
    const Json* element_json = nullptr;
    if (whole != nullptr &&
        (field.collection == Collection::list || field.collection == Collection::set)) {
      element = whole->items.get();
      element_json = find(json, "items");
    } else if (whole != nullptr && field.collection == Collection::dictionary) {
      element = whole->additional_properties.get();
      element_json = find(json, "additionalProperties");
    }
    const bool leaf = field.collection == Collection::none;
    if (says_more(field, whole, json, leaf)) check.constraint = whole;
    if (says_more(field, element, element_json, true)) check.element = element;
    check_.fields.push_back(check);
  }

  // Whether the constraint says more than the definition. `leaf`: it is of what the field's type is
  // of.
  bool says_more(const FieldDef& field, const Constraint* constraint, const Json* json,
                 bool leaf) const {
    if (constraint == nullptr) return false;
    // A mixed leaf's types are said by the constraint alone.
    const bool typed = leaf && field.type == ScalarType::mixed && constraint->types != kTypeAny;
    // That a whole collection may be null, too.
    const bool nullable =
        !leaf && constraint->types != kTypeAny && (constraint->types & kTypeNull) != 0;
    if (constraint->is_empty() && !typed && !nullable) return false;
    if (!leaf || field.type != ScalarType::embedded) return true;
    // An embedded object is checked against its type, whose constraints these usually are.
    const Json* own = constraints_of(field.target);
    return own == nullptr || json == nullptr || *own != *json;
  }

  void find_point() {
    const FieldDef* type = check_.def->field(std::string_view("type"));
    const FieldDef* coordinates = check_.def->field(std::string_view("coordinates"));
    if (type == nullptr || coordinates == nullptr) return;
    if (type->type != ScalarType::string || type->collection != Collection::none) return;
    if (coordinates->collection != Collection::list) return;
    if (coordinates->type != ScalarType::floating && coordinates->type != ScalarType::number)
      return;
    check_.geo_type = type;
    check_.geo_coordinates = coordinates;
  }

  const App& app_;
  const Json* json_;
  TypeCheck check_;
};

}  // namespace

const FieldCheck* TypeCheck::field(FieldNumber number) const {
  const auto at = std::lower_bound(
      fields.begin(), fields.end(), number,
      [](const FieldCheck& check, FieldNumber wanted) { return check.def->number < wanted; });
  return at != fields.end() && at->def->number == number ? &*at : nullptr;
}

Result<std::unique_ptr<const TypeChecks>> TypeChecks::make(const App& app) {
  std::unique_ptr<TypeChecks> checks(new TypeChecks());
  checks->schema_ = app.schema;
  for (const TypeDef& def : checks->schema_.types) {
    SYNCLINE_ASSIGN(TypeCheck check, TypeCheckMaker(app, def).make());
    checks->types_.emplace(def.number, std::move(check));
  }
  return checks;
}

const TypeCheck* TypeChecks::type(TypeNumber number) const {
  const auto at = types_.find(number);
  return at == types_.end() ? nullptr : &at->second;
}

}  // namespace syncline
