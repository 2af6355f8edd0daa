// Which types embed each other in a ring: Part with a list of Parts, or by way of others. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace syncline::generate {

// targets[i]: what i leads to. Answers a number for each; two have the same one if and only if they
// lead to each other, or are the same.
std::vector<size_t> rings_of(const std::vector<std::vector<size_t>>& targets);

}  // namespace syncline::generate
