// What a power loss leaves of the files that a killed process wrote through a CrashDisk: of each at
// least what was synced, and of the rest by chance nothing, all or a torn part; what a directory
// was not synced for may not have happened: makings, renames over a file, removals.
#pragma once

#include <cstdint>
#include <string>

namespace syncline::testing {

// `journal`: the CrashDisk's. Only files below `under`. Requires: the process has ended.
void lose_power(const std::string& journal, const std::string& under, uint64_t seed);

}  // namespace syncline::testing
