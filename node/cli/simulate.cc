// `syncline sim run`: the simulator's built-in fleet, from seeds.
#include <unistd.h>

#include <iostream>

#include <fmt/format.h>

#include "node/cli/commands.h"
#include "sim/swarm/run.h"

namespace syncline {

Result<int> simulate(uint64_t first, uint64_t last, bool twice, bool json) {
  uint64_t held = 0;
  uint64_t counted = 0;
  for (uint64_t seed = first; seed <= last; ++seed) {
    sim::RunOptions options;
    options.seed = seed;
    const sim::RunReport report = twice ? sim::run_seed_twice(options) : sim::run_seed(options);
    if (report.counts()) ++counted;
    if (isatty(2)) std::cerr << fmt::format("\r\033[Kseed {}, {} held", seed, held);
    if (json) {
      terminal().line(
          nlohmann::json{{"seed", seed},
                         {"held", report.held()},
                         {"complaint", report.complaint.value_or(report.unrest.value_or(""))},
                         {"entries", report.entries},
                         {"refusals", report.refusals},
                         {"superseded", report.conflicts},
                         {"reconnects", report.reconnects},
                         {"kills", report.kills},
                         {"power_losses", report.power_losses},
                         {"trace", fmt::format("{:016x}", report.trace)}}
              .dump());
    }
    if (!report.held()) {
      if (!json) terminal().line(sim::to_line(report));
      return static_cast<int>(sim::exit_of(report));
    }
    ++held;
  }
  if (isatty(2)) std::cerr << "\r\033[K";
  if (!json)
    terminal().line(fmt::format(
        "{} seeds held; {} of them with a conflict, a refusal and a reconnect", held, counted));
  return 0;
}

}  // namespace syncline
