// Guards: does what a transaction expects of an object stand? Asked by the node that writes, of
// what it shows; and by the authority, of what the author may read.
//
// Values compare as stored, by type: the integer 1 is not the string "1". Numbers compare by value,
// whatever their width and kind, as in queries; lists in their order, sets and dictionaries by what
// is in them. What is missing reads as the default that people are shown for it, else as null.
// Pure; any thread.
#pragma once

#include <string>

#include "proto/operation.h"
#include "proto/schema.h"

namespace syncline::query {

// shown: the object as whoever expects it may see it; null: there is none, or it is hidden.
bool holds(const Schema& schema, const Guard& guard, const Row* shown);
// What is expected and what stands there, for a person: Item "x": count is expected to be 5, and is
// 4. Requires: it does not hold.
std::string why_not(const Schema& schema, const Guard& guard, const Row* shown);

// The _id of an object as texts name it: Item "x".
std::string title_of(const Schema& schema, TypeNumber type, const Value& id);

}  // namespace syncline::query
