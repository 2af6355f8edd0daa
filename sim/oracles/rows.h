// What several oracles ask of rows: where two differ, and whether a node holds what its view shows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/oracles/oracle.h"

namespace syncline::sim {

// The top-level steps at which the two differ, sorted; absent is empty.
std::vector<Step> changed_steps(const Row* before, const Row* after);
// "Thing 3a41": for a person who looks for it.
std::string title_of(const Grounds& grounds, const ObjectName& object);

// What is wrong with the confirmed objects that the node holds, against its view of the log at that
// entry; nullopt: nothing. only: look at these objects alone; null: at everything it holds.
std::optional<std::string> difference(const Grounds& grounds, const NodeProcess& node, LogSeq at,
                                      const std::vector<ObjectName>* only);

}  // namespace syncline::sim
