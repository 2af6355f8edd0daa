// What a value of one type is as a value of another. Called by migrations. Pure; any thread.
//
//   converted(ScalarType::int64, "42")      // 42
//   converted(ScalarType::int64, "forty")   // nothing
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "proto/schema.h"

namespace syncline {

// Nothing where the value has no counterpart. A number becomes the nearest that the type has; for
// integers its whole part. Booleans are 0 and 1, dates milliseconds since 1970, and texts what
// Extended JSON writes within its quotes. `to` is no link (but the type of its target's _id).
std::optional<Value> converted(ScalarType to, const Value& value);
// Into the first of the types that it fits: a link's are those of its target's _id.
std::optional<Value> converted(std::span<const ScalarType> to, const Value& value);

enum class Convertible : uint8_t { never, sometimes, always };
// Whether every value of one type has a counterpart in the other.
Convertible convertible(ScalarType from, ScalarType to);
Convertible convertible(std::span<const ScalarType> from, std::span<const ScalarType> to);
// What a value does not find again that goes there and comes back; empty: it is the same again.
std::string_view loss_between(ScalarType from, ScalarType to);

// The value as the type holds it, if it is one: 5 is 5.0 where a double is declared. Whatever
// numbers Extended JSON was written with.
std::optional<Value> held_as(std::span<const ScalarType> types, const Value& value);

// By number where both are numbers.
bool same_value(const Value& a, const Value& b);

}  // namespace syncline
