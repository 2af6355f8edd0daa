// From a role's permissions to the masks of one type: names become field numbers once, at compile.
#pragma once

#include "node/access/role.h"
#include "proto/schema.h"

namespace syncline {

// Empty masks if the role grants nothing. Document filters are not looked at.
FieldMask readable_mask(const CompiledRole& role, const Schema& schema, const TypeDef& type);
FieldMask writable_mask(const CompiledRole& role, const Schema& schema, const TypeDef& type);

}  // namespace syncline
