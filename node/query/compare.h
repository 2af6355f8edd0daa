// How queries compare values. Within a kind there is an order: booleans, numbers of all types,
// strings and binaries (by bytes), dates, objectIds, uuids. Across kinds nothing is equal, less or
// greater; sorting puts the kinds after each other, null first. Pure; any thread.
#pragma once

#include <compare>

#include "proto/bytes.h"
#include "syncline/value.h"

namespace syncline::query {

// In sorting order. Kept in keys of indexes: never renumber.
enum class ValueKind : uint8_t {
  null = 0x10,
  boolean = 0x20,
  number = 0x30,
  bytes = 0x40,  // strings and binaries
  date = 0x50,
  object_id = 0x60,
  uuid = 0x70,
  other = 0x80,      // BSON's rarer types: equal to the very same alone
  composite = 0x90,  // lists and documents
};
ValueKind kind_of(const Value& value);

// Of all values: kinds in their order, within a kind by value. NaN is the least number.
std::strong_ordering order(const Value& a, const Value& b);
// The same as bytes: keys compare as the values do, and values that are equal, such as 1, 1.0 and
// decimal 1, have one key. Begins with the kind's byte. Ready for hashes and ordered indexes.
Bytes comparison_key(const Value& value);

}  // namespace syncline::query
