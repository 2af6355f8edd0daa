// What a user may read of an object: by the role's condition, through its mask.
//
// The one place for whoever answers a user about an object outside a view: guards (admission.h) are
// asked of this and nothing else, so that they tell nobody what is hidden. Pure; any thread.
#pragma once

#include <optional>

#include "node/access/policy.h"

namespace syncline {

// The row as the user may read it; nullopt: not at all, which is to look like an absent one. A
// hidden field is missing.
std::optional<Row> shown_to(const Access& access, TypeNumber type, const Value& id, const Row& row);

}  // namespace syncline
