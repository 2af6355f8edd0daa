// What processes say that people would see, in lines.
#pragma once

#include <string>
#include <vector>

#include "node/authority/authority.h"
#include "node/replica/replica.h"

namespace syncline::sim {

std::vector<std::string> lines_of(const std::string& node, const ReplicaOutput& out);
std::string line_of(const AuthorityEvent& event);

}  // namespace syncline::sim
