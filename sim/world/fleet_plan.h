// FleetPlan: who is in a fleet before anything happens: the app, its users, the nodes and what they
// subscribe to. Plain data; made by a scenario file (sim/script) or by the swarm.
#pragma once

#include <string>
#include <vector>

#include "node/model/app_load.h"
#include "sim/world/network.h"
#include "syncline/value.h"

namespace syncline::sim {

struct FleetUser {
  std::string id;
  Document data;         // %%user.data
  Document custom_data;  // %%user.custom_data
};

struct FleetSubscription {
  std::string name;
  std::string type;
  std::string query;  // empty: the whole type
};

struct FleetNode {
  std::string name;  // unique in the fleet; how scripts and reports call it
  std::string user;
  std::vector<FleetSubscription> subscriptions;
  LinkQuality link;
  int64_t skew_ms = 0;  // of its wall clock, from the start
};

struct FleetPlan {
  AppFiles app;
  std::vector<FleetUser> users;
  std::vector<FleetNode> nodes;
  bool writes_outside = false;  // the authority takes writes outside the subscriptions
};

}  // namespace syncline::sim
