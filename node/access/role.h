// CompiledRole: one role of rules.json or default_rule.json, its expressions compiled and its
// permissions literal.
//
// A role under sync is literal where it speaks of reading and writing (spec 5.3): `read`, `write`
// and field permissions are true or false; document_filters, insert and delete may for now depend
// on the user, not on the document. A role that App Services would call not sync-compatible grants
// nothing here, as there, and later roles are not tried.
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

// What a role says of a field. Nothing said: the fields inside decide, and what is not listed there
// is denied.
struct FieldPermission {
  std::optional<bool> read;
  std::optional<bool> write;
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
};

// Compiles one role. Errors and warnings are added to `problems`; with an error the role must not
// be used.
CompiledRole compile_role(const RoleSource& source, RolesWithoutFilters setting,
                          const Constants& constants, std::vector<AppMessage>* problems);

}  // namespace syncline
