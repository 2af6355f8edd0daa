// Oracles: what must hold, whatever happens, over any app and any users. README.md says what each
// of them holds, and which planted bugs prove it.
//
//   Oracles oracles(&fleet);
//   oracles.watch_all();          // before the fleet begins; a node that joins: watch(node)
//   ... anything happens ...
//   if (fleet.settle(...)) oracles.check_end();
//   if (oracles.complaint()) ...
#pragma once

#include <memory>
#include <vector>

#include "sim/oracles/oracle.h"

namespace syncline::sim {

class Oracles {
 public:
  // frames: also look into every message. Large fleets may leave that out: it costs as much as
  // taking part.
  explicit Oracles(Fleet* fleet, bool frames = true);
  ~Oracles();

  // Sets the hooks of the authority and of every node there is.
  void watch_all();
  void watch(NodeProcess* node);
  // Requires: the fleet is quiet.
  void check_end();

  // "at 1234 ms: NAME: what was seen"; the first one.
  const std::optional<std::string>& complaint() const { return grounds_.complaint(); }
  const Grounds& grounds() const { return grounds_; }

 private:
  void follow_log();
  void restored(const Fork& fork);

  Grounds grounds_;
  const bool frames_;
  std::vector<std::unique_ptr<Oracle>> oracles_;
};

// One of each. In the order in which they are asked: what is nearer to a cause comes first.
std::unique_ptr<Oracle> make_engine_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_proof_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_permission_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_schema_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_versions_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_insert_only_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_model_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_leak_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_bounds_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_crash_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_ledger_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_journal_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_prefix_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_shown_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_state_oracle(Grounds* grounds);
std::unique_ptr<Oracle> make_convergence_oracle(Grounds* grounds);

}  // namespace syncline::sim
