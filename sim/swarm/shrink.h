// Shrink: from a plan that fails to a small one that fails in the same way: fewer faults, fewer
// writes, fewer nodes, less time. What is left is read in minutes, and is kept in sim/seeds.
#pragma once

#include <functional>

#include "sim/swarm/run.h"

namespace syncline::sim {

struct ShrinkOptions {
  RunOptions run;
  uint64_t runs_max = 1'500;  // how often the plan is tried at most
  // After each run: how many, and the smallest plan so far.
  std::function<void(uint64_t runs, const SeedPlan& smallest)> progress;
};

struct Shrunk {
  SeedPlan plan;
  RunReport report;  // of that plan
  uint64_t runs = 0;
};

// Failures are the same if the same oracle complains, or if both are not quiet, or both differ.
// kUsage: the plan does not fail.
Result<Shrunk> shrink(SeedPlan plan, const ShrinkOptions& options);

// What kind of failure it is: "ledger", "not quiet", "differs"; empty: it held.
std::string failure_of(const RunReport& report);

}  // namespace syncline::sim
