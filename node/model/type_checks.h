// TypeChecks: what is to be checked of each type, made ready: its definition beside its compiled
// constraints.
//
// Made once by Validator::compile. Immutable; any thread.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "node/model/app.h"
#include "node/model/constraint.h"

namespace syncline {

struct FieldCheck {
  const FieldDef* def = nullptr;
  // Null: nothing beyond what the definition says. Of the field; of each element or value of a
  // collection.
  const Constraint* constraint = nullptr;
  const Constraint* element = nullptr;
  bool takes_null = false;  // App::null_elsewhere
};

struct TypeCheck {
  const TypeDef* def = nullptr;
  ConstraintPointer constraint;    // null: the app says nothing of the type but its definition
  std::vector<FieldCheck> fields;  // as def->fields: sorted by number
  // A GeoJSON point: an embedded type with a text `type` and a list of numbers `coordinates`. Both
  // or neither.
  const FieldDef* geo_type = nullptr;
  const FieldDef* geo_coordinates = nullptr;

  const FieldCheck* field(FieldNumber number) const;
};

class TypeChecks {
 public:
  static Result<std::unique_ptr<const TypeChecks>> make(const App& app);

  const Schema& schema() const { return schema_; }
  const TypeCheck* type(TypeNumber number) const;

 private:
  TypeChecks() = default;

  Schema schema_;  // own copy: the checks point into it
  std::map<TypeNumber, TypeCheck> types_;
};

}  // namespace syncline
