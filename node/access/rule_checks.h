// What in rules is allowed, and hardly meant: roles that nobody can have, conditions that nothing
// can fulfil, roles that grant nothing. Warnings, for `rules check` and `app check`: an authority
// starts all the same.
//
// Called by policy.cc. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "node/access/role.h"
#include "proto/schema.h"

namespace syncline {

// Of roles in the order in which they are tried; `problems` has a list for each.
void check_role_order(const std::vector<CompiledRole>& roles,
                      std::vector<std::vector<AppMessage>>* problems);
// Of the conditions of one role alone. `source`: as it stands, to tell a literal false from a
// condition that comes to nothing.
void check_conditions(const CompiledRole& role, const nlohmann::json& source,
                      std::vector<AppMessage>* problems);
// Of a role's conditions about objects of the type: comparisons of a declared field with what it
// can never hold.
void check_comparisons(const CompiledRole& role, const Schema& schema, const TypeDef& type,
                       std::vector<AppMessage>* problems);

}  // namespace syncline
