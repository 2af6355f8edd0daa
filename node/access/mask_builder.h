// From a role's permissions to the masks of one type: names become field numbers once, not for each
// operation.
#pragma once

#include "node/access/role.h"
#include "proto/schema.h"

namespace syncline {

// Empty masks if the role grants nothing. Document filters are not looked at. `conditions`: the
// role's field_conditions, bound to a user; or as they are, of which then only most() tells
// something: what the role may grant to somebody.
ObjectMask readable_mask(const CompiledRole& role, const Schema& schema, const TypeDef& type,
                         const std::vector<Expression>& conditions);
ObjectMask writable_mask(const CompiledRole& role, const Schema& schema, const TypeDef& type,
                         const std::vector<Expression>& conditions);

}  // namespace syncline
