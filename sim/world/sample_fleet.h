// The fleet that the swarm runs: an app with something of everything, one manager and workers.
#pragma once

#include "sim/world/fleet_plan.h"

namespace syncline::sim {

// Workers may not write Rule objects, nor the field `checked` of Thing; they do not see `secret`.
inline constexpr const char* kManager = "manager";
inline constexpr const char* kWorker = "worker";

// filtered: which things and rules a worker sees, and which it may change, goes by what is in them.
// grown: things have come to have more fields, one of them required.
AppFiles sample_app(bool filtered = false, bool grown = false);
// Schema version 1, which is sample_app(), 2 or 3, with the migrations that lead to it.
AppFiles sample_app_version(uint32_t version);
// A manager's node and `nodes` - 1 workers' ones, all subscribed to both types, as "things" and
// "rules".
FleetPlan sample_fleet(int nodes, bool filtered = false);
FleetNode sample_node(int index);

}  // namespace syncline::sim
