// The canonical text of what is bound: names from the schema, arguments inlined, literals exact. It
// parses and binds to the same again. Pure; any thread.
#pragma once

#include <string>

#include "node/query/bound.h"

namespace syncline::query {

std::string to_text(const BoundQuery& query);
std::string to_text(const Schema& schema, const Predicate& predicate);
// A value as a query spells it; strings in double quotes with all that is not printable escaped.
std::string to_text(const Value& value);

}  // namespace syncline::query
