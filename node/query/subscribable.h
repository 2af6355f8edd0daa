// Which queries a subscription may ask: those whose answer can be kept up to date object by object
// (docs/queries.md). Both ends go by it: a node when it is asked to subscribe, the authority when
// it is told.
//
// Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "node/query/bound.h"

namespace syncline::query {

// Why not, for a person; nullopt: it may.
std::optional<std::string> object_to_subscribing(const BoundQuery& query);

}  // namespace syncline::query
