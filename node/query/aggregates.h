// @min, @max, @sum and @avg. Pure; any thread.
#pragma once

#include "node/query/bound.h"
#include "node/query/walker.h"

namespace syncline::query {

// Of the values, declared of that type. Nulls, NaN decimals and what is no number do not count;
// over nothing a sum is 0 and the others are null. Mixed numbers are summed as decimals, exactly as
// they are written. A sum of integers beyond 64 bits is null.
Value aggregated(Operand::Aggregate aggregate, const ValueType& type, const Values& values);

}  // namespace syncline::query
