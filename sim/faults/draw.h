// From a seed to a plan: how large, how long, which classes of faults are on and how hard. Each
// class is off in half of the seeds or more, so that some faults have a run to themselves.
#pragma once

#include "sim/faults/plan.h"

namespace syncline::sim {

SeedPlan draw_plan(uint64_t seed);
// The same seed's, and in any case with schema versions.
SeedPlan draw_versioned_plan(uint64_t seed);

}  // namespace syncline::sim
