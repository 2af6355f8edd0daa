// The commands that are more than a request to a store. Each answers its exit code or an error.
#pragma once

#include <string>
#include <vector>

#include "node/cli/handler.h"

namespace syncline {

// Where everything goes that is told by the way, daemon or not: stdout is for answers. Once, before
// anything is logged.
void log_to_stderr();
// stdout and stderr of this process.
Output terminal();
// The whole file; "-" is stdin. kBadData: it cannot be read.
Result<std::string> read_input(const std::string& file);

// The files of the one app at or below the directory. kBadApp: there is none; kUsage: which of
// several?
Result<AppFiles> read_one_app(const std::string& directory);

struct InitOptions {
  bool authority = false;
  bool node = false;
  std::string store;
  std::string app;
  std::string listen;
  std::string authority_address;
  std::string server_key;
  bool json = false;
};
Result<int> init_store(const InitOptions& options);

struct DaemonOptions {
  std::string store;
  int ready_fd = -1;
  std::string log_level;
  bool development = false;  // of an authority
  std::string
      schema;  // of a node: a file with the types that its application declares; empty: none
  std::optional<uint32_t> schema_version = {};  // of a node: that its application is written for
};
// Until SIGINT or SIGTERM.
Result<int> run_authority(const DaemonOptions& options);
Result<int> run_node(const DaemonOptions& options);

// Everything that there is to say of an app, that it would not start for other reasons too.
AppReport report_of_app(const AppFiles& files);
Result<int> check_app(const std::string& directory, bool json);
// The same of the rules alone, and of what keeps an app from being loaded.
Result<int> check_rules(const std::string& directory, bool json);
Result<int> convert_extended_json(bool canonical, bool sort_keys);
struct SimulateOptions {
  std::string file;    // a scenario, or a plan (NAME.plan); empty: the built-in fleet under faults
  uint64_t first = 1;  // seeds, both included; stops at the first that does not hold
  uint64_t last = 1;
  bool twice = false;  // each seed is run twice and compared
  bool json = false;
  bool explain = false;         // tells what happens, in words
  bool keep_going = false;      // does not stop at a seed that does not hold
  std::string tally;            // keeps what was found in this file, and goes on from it
  uint64_t engine_every = 10;   // every so many-th seed runs the engine beside its disks; 0: none
  uint64_t slice = UINT64_MAX;  // seeds to run this time
  std::string report;           // the directory for report.html and report.json; empty: none
  std::string out;              // of shrink: where the plan goes; empty: to the terminal
};
// "A..B" into options; with an empty text the only seed is the first. kUsage: it is neither.
Status read_seeds(const std::string& text, SimulateOptions* options);
Result<int> simulate(const SimulateOptions& options);
Result<int> simulate_scenario(const SimulateOptions& options);
Result<int> simulate_plan(const SimulateOptions& options);
Result<int> simulate_swarm(const SimulateOptions& options);
// The smallest plan that fails as the file's, or the first seed's, does.
Result<int> shrink_plan(const SimulateOptions& options);
// Of a plan or a scenario.
Result<int> shrink_failure(const SimulateOptions& options);
// The small one to --out or the terminal, and what it does to stderr.
Status tell_shrunk(const SimulateOptions& options, const std::string& text,
                   const std::string& report, uint64_t runs);
// Those named, or all. peers: each figure with the best known peer's (docs/performance.md).
Result<int> run_benchmarks(const std::vector<std::string>& names, bool peers);
Result<int> doctor(const std::string& store, bool json);
// Makes `store` from `backup` (node/runtime/restore.h). kStoreInUse: a daemon runs on one of them.
Result<int> restore(const std::string& backup, const std::string& store, bool json);

}  // namespace syncline
