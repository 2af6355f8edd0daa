// One seed: a fleet, a workload, faults, then quiet, then the oracles.
#pragma once

#include <optional>
#include <string>

#include "sim/oracles/oracles.h"

namespace syncline::sim {

struct RunOptions {
  uint64_t seed = 1;
  int64_t duration_ms = 20'000;  // of the time with faults
  int64_t settle_ms = 120'000;
  // Also nodes that join late, and subscriptions that come and go. Draws from a stream of its own:
  // the rest of a seed is the same with and without.
  bool changing = true;
  // Also, in one seed of so many (0: in none), an authority that is restored from a backup
  // (restores.h).
  uint64_t restores_one_in = 8;
};

struct RunReport {
  uint64_t seed = 0;
  std::optional<std::string> complaint;  // an oracle's
  std::optional<std::string> unrest;     // who did not become quiet in time, and how it stands
  uint64_t entries = 0;
  uint64_t writes = 0;
  uint64_t refusals = 0;
  uint64_t conflicts = 0;
  uint64_t reconnects = 0;
  uint64_t kills = 0;
  uint64_t power_losses = 0;
  uint64_t joins = 0;
  uint64_t restores = 0;
  uint64_t subscription_changes = 0;
  uint64_t role_changes = 0;  // and removals of nodes
  uint64_t prefixes_checked = 0;
  uint64_t held_rows = 0;  // confirmed on the nodes at the end
  uint64_t events = 0;
  uint64_t trace = 0;  // of every frame and entry: the same for the same seed, whoever built it
  // A seed proves something only if what is to be survived happened.
  bool counts() const { return refusals > 0 && conflicts > 0 && reconnects > 0 && held_rows > 0; }
  bool differed = false;  // a second run of the same seed left another trace
  bool held() const { return !complaint && !unrest && !differed; }
};

// What `syncline sim run` ends with (CLI.md); of several runs, the lowest that is not held.
enum class RunExit : int {
  held = 0,
  oracle_failed = 1,
  not_quiet = 6,
  runs_differ = 7,
};
RunExit exit_of(const RunReport& report);

RunReport run_seed(const RunOptions& options);
// Runs the seed twice, and says so if the runs differ.
RunReport run_seed_twice(const RunOptions& options);
// For a person, one line.
std::string to_line(const RunReport& report);

}  // namespace syncline::sim
