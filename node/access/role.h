// CompiledRole: one role of rules.json or default_rule.json, its expressions compiled.
//
// A role under sync says with document_filters which documents it is about, so its own `read` and
// `write` are true or false (spec 5.3); one that is not so grants nothing, as App Services has it,
// and later roles are not tried. document_filters, insert, delete and the permissions of fields may
// depend on the user and the document; those of fields could not there.
//
// Called by policy.cc. Immutable after compile; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/access/expression.h"
#include "node/access/policy.h"

namespace syncline {

// Granted, denied, or as a condition says.
struct Permission {
  bool granted = false;
  std::optional<size_t> condition;  // in CompiledRole::field_conditions
};

// To somebody, of some object.
inline bool may_grant(const std::optional<Permission>& said) {
  return said && (said->granted || said->condition);
}

// What a role says of a field. Nothing said: the fields inside decide, and what is not listed there
// is denied.
struct FieldPermission {
  std::optional<Permission> read;
  std::optional<Permission> write;
  std::map<std::string, FieldPermission> fields;
};

struct CompiledRole {
  std::string name;
  std::string file;
  std::string pointer;
  Expression apply_when;
  // Why the role grants nothing under sync, for a person; empty if it may.
  std::string incompatible;
  std::string incompatible_code;
  Expression read_filter;
  Expression write_filter;
  Expression insert;
  Expression remove;
  FieldPermission document;    // the role's own read, write and fields
  FieldPermission additional;  // of fields that are not in document.fields
  // That the permissions of fields name, ObjectMask::kConditionsMax at most; and where they stand.
  std::vector<Expression> field_conditions;
  std::vector<ObjectMask::Places> field_condition_places;
};

// Compiles one role. Errors and warnings are added to `problems`; with an error the role must not
// be used.
CompiledRole compile_role(const RoleSource& source, RolesWithoutFilters setting,
                          const Constants& constants, std::vector<AppMessage>* problems);

}  // namespace syncline
