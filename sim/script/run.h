// Runs a scenario: a fleet, its script, what was expected and was not. A run is a function of the
// scenario and the seed, which draws latencies.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/ids.h"
#include "sim/script/measures.h"
#include "sim/script/scenario.h"
#include "sim/script/watcher.h"

namespace syncline::sim {

struct ScriptFailure {
  std::string pointer;             // of the step
  std::string why;                 // its note
  std::vector<std::string> lines;  // what was expected, and what is
};

struct ScriptReport {
  uint64_t seed = 0;
  std::vector<ScriptFailure> failures;   // the first of them
  uint64_t failed = 0;                   // all
  uint64_t expectations = 0;             // that were looked at
  std::optional<ScriptFailure> broken;   // a step that could not be done: the script ended there
  std::optional<ScriptFailure> unrest;   // a settle step that ran out of its time; the script ended
  std::optional<std::string> complaint;  // an oracle's
  uint64_t steps = 0;                    // done
  int64_t virtual_ms = 0;
  Measures measures;
  Hash trace;             // of the log and every node's objects: the same for the same seed
  bool differed = false;  // a second run of the same seed left another trace
  bool held() const { return failed == 0 && !broken && !unrest && !complaint && !differed; }
};

// An app in a directory is read, relative to the folder of the scenario's file. kBadApp.
Status load_apps(Scenario* scenario, const std::string& folder);
// The file, with its apps. "-" is not taken: an app's directory is relative to the file.
Result<Scenario> read_scenario(const std::string& path);

// Requires: its apps are loaded.
ScriptReport run_scenario(const Scenario& scenario, uint64_t seed,
                          const ScriptWatchers& watchers = {});
// The watchers see the first of the two.
ScriptReport run_scenario_twice(const Scenario& scenario, uint64_t seed,
                                const ScriptWatchers& watchers = {});
// How long its steps take by themselves, without what settle steps wait for.
int64_t planned_ms(const Scenario& scenario);

// For a person: a line if all held, the differences if not.
std::string to_text(const ScriptReport& report);
// 0 held, 1 an expectation or oracle failed, or a step could not be done; 6 not quiet in time; 7
// two runs of one seed differ.
int exit_of(const ScriptReport& report);

}  // namespace syncline::sim
