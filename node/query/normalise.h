// One form for queries that are the same, so that equal views are recognised: chains of AND and OR
// are flat, without doubles and in one order; what is constant is decided; constants stand on the
// right; lists of constants that are looked into are sorted. Used by bind(). Pure; any thread.
#pragma once

#include "node/query/bound.h"

namespace syncline::query {

Predicate normalised(const Schema& schema, Predicate predicate);
// Arithmetic on constants alone, done.
Expression fold_constants(Expression arithmetic);

}  // namespace syncline::query
