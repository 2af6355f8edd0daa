// Why a condition held or did not: the comparisons that decided, with the values on both sides.
//
//   owner_id is "alice", the rule wants "bob"
//
// What may not be told decides the text as little as it is told: comparisons of such fields count
// as unknown, and a text is made of what is known without them. So two objects that differ only in
// hidden fields, and of which the condition has the same answer, have the same text.
//
// Bounded: kComparisonsToldMax comparisons, values cut at kValueBytesToldMax. Made for a refusal or
// a person who asks, never on the way of a write that is allowed. Pure; any thread.
#pragma once

#include <string>

#include <absl/functional/function_ref.h>

#include "node/access/expression.h"

namespace syncline {

// More would not be read; the first are those that stand first in the rule.
inline constexpr size_t kComparisonsToldMax = 3;
inline constexpr size_t kValueBytesToldMax = 64;
// Longer lists are told by their length.
inline constexpr size_t kListToldMax = 5;

// May the value of the field Expression::fields()[index] be told?
using MayTell = absl::FunctionRef<bool(size_t index)>;

// Requires: unsupported() is empty.
std::string explain(const Expression& condition, const Resolver& resolver, MayTell may_tell);
// All of it may be told.
std::string explain(const Expression& condition, const Resolver& resolver);

// A value for a message: relaxed Extended JSON, cut.
std::string value_told(const Value& value);

}  // namespace syncline
