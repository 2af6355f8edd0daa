// The parts of a scenario that describe a fleet: groups, links, the authority's resources.
#pragma once

#include "sim/script/object_reader.h"
#include "sim/script/scenario.h"

namespace syncline::sim {

Result<Link> parse_link(const std::string& name, const Value& value, const std::string& pointer);
// Adds the group, its members, their nodes and users. Requires: the links are there.
Status parse_group(const Value& value, const std::string& pointer, Scenario* scenario);
Result<AuthorityPlan> parse_authority(const Value& value, const std::string& pointer);

}  // namespace syncline::sim
