// `syncline sim run`: a plan of faults, or the simulator's built-in fleet under faults, from seeds.
#include "node/cli/commands.h"

namespace syncline {

Result<int> simulate(const SimulateOptions& options) {
  return options.file.empty() ? simulate_swarm(options) : simulate_plan(options);
}

}  // namespace syncline
