// ConstraintChecker: whether what stands in an object holds a Constraint.
//
// Used by Validator. Reads scopes as they are: objects' fields by name through the schema,
// documents and arrays inside mixed values as dictionaries and lists. One thread; lives as long as
// one check.
#pragma once

#include "node/model/constraint.h"
#include "node/model/findings.h"

namespace syncline {

// Something in an object, and what the schema says of it.
struct Instance {
  const Item* item = nullptr;       // null: the scope alone (the object's root has no item)
  const Scope* scope = nullptr;     // null: a scalar
  const TypeDef* type = nullptr;    // of an object scope
  const FieldDef* field = nullptr;  // of a declared collection: what its elements are

  const Value& value() const { return item->value(); }  // Requires: scope is null
  bool is_array() const {
    return scope != nullptr && (scope->kind == ScopeKind::list || scope->kind == ScopeKind::set);
  }
  bool is_object() const { return scope != nullptr && !is_array(); }
};

class ConstraintChecker {
 public:
  ConstraintChecker(const Schema& schema, Findings* findings)
      : schema_(schema), findings_(findings) {}

  // All keywords.
  void check(const Constraint& constraint, const Instance& instance);
  // All but the type and what the walk along the declarations does itself: items, properties,
  // required, patternProperties and additionalProperties.
  void check_declared(const Constraint& constraint, const Instance& instance);
  // What the schema says of fields that are not declared: patternProperties and
  // additionalProperties. False if the field is not allowed at all.
  bool check_undeclared(const Constraint& constraint, const std::string& name,
                        const Instance& instance);

  Instance child_of(const Instance& parent, const Child& child) const;

 private:
  void check_values(const Constraint& constraint, const Instance& instance);
  void check_scalar(const Constraint& constraint, const Value& value);
  void check_number(const Constraint& constraint, const Value& value);
  void check_string(const Constraint& constraint, const std::string& text);
  void check_array(const Constraint& constraint, const Instance& instance, bool declared);
  void check_elements(const Constraint& constraint, const Instance& instance,
                      const Constraint* items);
  void check_unique(const Instance& instance);
  void check_object(const Constraint& constraint, const Instance& instance, bool declared);
  void check_dependencies(const Constraint& constraint, const Instance& instance);
  void check_combinations(const Constraint& constraint, const Instance& instance);
  bool holds(const Constraint& constraint, const Instance& instance) const;

  // An object's name of a child; nothing for a field that the schema does not know.
  bool is_of_another_version(const Instance& object, const Child& child) const;
  std::string_view name_of(const Instance& object, const Child& child) const;
  bool has(const Instance& object, std::string_view name) const;
  Step step_of(const Instance& object, const std::string& name) const;
  Value value_of_instance(const Instance& instance) const;
  std::string shown_of(const Instance& instance) const;

  const Schema& schema_;
  Findings* findings_;
};

}  // namespace syncline
