// A node whose pending queue is full: what ingest and fan-out begin with. Private to this folder.
#pragma once

#include "node/bench/fleet.h"

namespace syncline::bench {

// Offline, with count / objects_each changesets of new Items from number `from` on, all durable.
Result<Node> node_with_pending(Fleet* fleet, const Enrolled& enrolled, uint64_t from,
                               uint64_t count, uint64_t objects_each);

}  // namespace syncline::bench
