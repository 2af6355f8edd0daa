// One value against another: what an operator says of them. Pure; any thread.
#pragma once

#include "node/query/bound.h"

namespace syncline::query {

// `compare` gives the operator, its folding and its search; constants are folded already.
bool test_values(const Predicate& compare, const Value& left, const Value& right);
// Sets of kinds, of @type: equal if they have one in common.
bool test_kinds(Comparison comparison, const Value& left, const Value& right);
bool are_equal(const Value& left, const Value& right, bool fold);

}  // namespace syncline::query
