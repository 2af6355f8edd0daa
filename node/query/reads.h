// What a bound query looks at. Used by bind(). Pure; any thread.
#pragma once

#include "node/query/bound.h"

namespace syncline::query {

// Requires: all of the query but `reads` and `text`.
Reads reads_of(const BoundQuery& query);

}  // namespace syncline::query
