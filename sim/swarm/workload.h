// Workload: what the people in front of the devices do. Few objects, so that they collide.
#pragma once

#include "sim/world/fleet.h"

namespace syncline::sim {

// One transaction of one to four operations on few objects; some of them not allowed to the node's
// user.
Status write_something(Fleet* fleet, NodeProcess* node, Random* random, Draft* draft);

}  // namespace syncline::sim
