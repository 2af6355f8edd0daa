// The queries that the swarm's nodes subscribe with: every reach that a view can have, over the
// fields that the workload writes; now and then one that the authority refuses.
#pragma once

#include <string>

#include "sim/world/random.h"

namespace syncline::sim {

// Of the sample fleet's Thing, or Rule.
std::string draw_query(bool of_things, Random* random);

}  // namespace syncline::sim
