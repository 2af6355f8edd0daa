// Workload: what the people in front of the devices do. Few objects, so that they collide.
#pragma once

#include "sim/world/fleet.h"

namespace syncline::sim {

// One transaction of one to four operations, now and then of many, on few objects; some of them not
// allowed to the node's user, some not fitting the schema. growing: some to fields that the schema
// may come to know.
Status write_something(Fleet* fleet, bool growing, Random* random, Draft* draft);

// The node's user looks into the journal, and retries or discards what stands there. Requires: the
// node runs.
void look_at_journal(NodeProcess* node, Random* random);

// The operator changes what the workers may do, or removes a node. What was done, for a person;
// nothing if nothing was, or the authority is down.
std::optional<std::string> operate_fleet(Fleet* fleet, bool filtering, Random* random);

}  // namespace syncline::sim
