// Shrink: from a scenario that fails to one with fewer steps that fails in the same way.
#pragma once

#include <functional>
#include <string>

#include "sim/script/run.h"

namespace syncline::sim {

struct ShrunkScenario {
  Scenario scenario;
  ScriptReport report;  // of that scenario
  uint64_t runs = 0;
};

// What kind of failure it is: the step that is not as expected, or cannot be done, or does not
// settle; else the oracle. Empty: it held.
std::string failure_of(const ScriptReport& report);

// At most runs_max runs; progress, if any, hears after each how many, and how many steps are left.
// kUsage: the scenario does not fail.
Result<ShrunkScenario> shrink(Scenario scenario, uint64_t seed, uint64_t runs_max,
                              const std::function<void(uint64_t runs, size_t steps)>& progress);

// The file's text with these steps alone, a line each. Requires: they were read from it.
Result<std::string> text_with_steps(std::string_view text, const std::vector<Step>& steps);

}  // namespace syncline::sim
