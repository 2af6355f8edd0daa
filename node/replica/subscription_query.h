// A subscription's query, as its author gives it and as it is written: checked against the schema,
// with the arguments in their places. The one door between subscriptions and the query language.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/schema.h"

namespace syncline {

// What a subscription to a whole type says.
inline constexpr std::string_view kEverything = "TRUEPREDICATE";

// The text that the authority is sent; two that mean the same by their form have one. kBadQuery:
// where it is wrong and what was expected, that it is too long, or none for subscriptions.
Result<std::string> subscription_query(const Schema& schema, const TypeDef& type,
                                       std::string_view query, const std::vector<Value>& arguments);

}  // namespace syncline
