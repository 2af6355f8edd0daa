// Which values a declared type takes, and how messages call the type. Pure; any thread.
#pragma once

#include <string_view>

#include "proto/schema.h"

namespace syncline {

// What a message says was expected: "an int of 32 bits", "a date".
std::string_view describe(ScalarType type);

// Whether the scalar is of the type. int takes what fits 32 bits of either width, long takes both,
// double takes integers too that a double holds exactly: programs and exports write 5.0 as 5. What
// is taken stays as it came. null is no type's but its own and mixed's: nullability is the field's.
// Link: what the target's _id takes.
bool is_of_type(const Schema& schema, ScalarType type, TypeNumber target, const Value& value);

// Whether the value can be an _id declared as one of these.
bool is_of_key_type(const std::vector<ScalarType>& key_types, const Value& id);

}  // namespace syncline
