// One run: a fleet, a workload, a plan's faults, then quiet, then the oracles.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sim/faults/injector.h"
#include "sim/oracles/oracles.h"

namespace syncline::sim {

struct RunOptions {
  int64_t settle_ms = 120'000;
  // In one seed of so many (0: in none) the authority is restored from a backup (restores.h).
  uint64_t restores_one_in = 8;
  // Every so many-th seed (0: none) runs the shipped engine beside its disks.
  uint64_t engine_every = 10;
  // Called with each line of the run's story, as it happens; null: nobody listens.
  std::function<void(const std::string&)> tell;
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
  uint64_t joins = 0;
  uint64_t restores = 0;
  bool engine = false;  // it ran beside the disks
  uint64_t subscription_changes = 0;
  uint32_t schema_version = 1;  // the highest that came into force
  uint64_t role_changes = 0;    // and removals of nodes
  uint64_t layers_ahead = 0;    // decided while an older one was not committed
  uint64_t prefixes_checked = 0;
  uint64_t held_rows = 0;  // confirmed on the nodes at the end
  uint64_t turns = 0;
  uint64_t events = 0;
  Network::Counts met;          // by frames and connections
  Injector::Counts fired{};     // by FaultKind
  std::vector<bool> effective;  // of the plan's faults, which took effect
  uint64_t trace = 0;  // of every frame and entry: the same for the same seed, whoever built it
  // A seed proves something only if what is to be survived happened.
  bool counts() const { return refusals > 0 && conflicts > 0 && reconnects > 0 && held_rows > 0; }
  uint64_t fired_of(FaultKind kind) const { return fired[static_cast<size_t>(kind)]; }
  uint64_t fired_in_all() const;
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

RunReport run_plan(const SeedPlan& plan, const RunOptions& options = {});
// Runs it twice, and says so if the runs differ.
RunReport run_plan_twice(const SeedPlan& plan, const RunOptions& options = {});
// The plan that the seed draws.
RunReport run_seed(uint64_t seed, const RunOptions& options = {});
// For a person, one line; then what failed, and which faults took effect.
std::string to_line(const RunReport& report);
// "12 kill, 3 cut"; empty: none.
std::string to_words(const Injector::Counts& fired);

}  // namespace syncline::sim
