// How rules compare values: by number across the numeric types, otherwise within one type only.
// Pure; any thread.
#pragma once

#include <compare>

#include "syncline/value.h"

namespace syncline {

// 1, 1.0 and decimal 1 are equal; lists and documents compare their parts so; NaN equals NaN.
// Values of different types are not equal.
bool rule_equal(const Value& a, const Value& b);
// unordered: of different types, or of a type that has no order (lists, documents and the rarer
// BSON types are only ever equal or not).
std::partial_ordering rule_order(const Value& a, const Value& b);

}  // namespace syncline
