// Injector: makes a plan's faults happen to a fleet, ends them again, and keeps up what they
// brought down. Counts how often each kind took effect: a fault that found nobody there did
// nothing.
//
//   Injector injector(&fleet, plan);
//   injector.before_begin();            // clocks that are wrong from the start
//   ... fleet.begin() ...
//   injector.start();                   // from now on the fleet's clock brings the faults
//   ... time passes ...
//   injector.pass_long_times();         // weeks, if the plan has some
//   injector.stop();                    // everything is whole again
//
// A process that ends by itself must have a reason among the faults that are on; any other end is
// a complaint.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "sim/faults/plan.h"
#include "sim/faults/rogue.h"
#include "sim/world/fleet.h"

namespace syncline::sim {

class Injector {
 public:
  Injector(Fleet* fleet, const SeedPlan& plan) : fleet_(fleet), plan_(plan) {}

  void before_begin();
  void start();
  void pass_long_times();
  bool passed_long_times() const { return fired(FaultKind::long_offline) > 0; }
  void stop();
  // A node that joined: faults do not find it, but it is kept up.
  void watch(NodeProcess* node);

  using Counts = std::array<uint64_t, kFaultKinds>;
  const Counts& fired() const { return fired_; }
  uint64_t fired(FaultKind kind) const { return fired_[static_cast<size_t>(kind)]; }
  bool fired(size_t fault) const { return has_fired_[fault]; }
  const std::optional<std::string>& complaint() const { return complaint_; }

  // What the node wrote and had not synced may be gone.
  std::function<void(NodeProcess&)> on_power_lost;
  // Its disk is an older one; whatever it has written since is gone.
  std::function<void(NodeProcess&)> on_restored;
  std::function<void(NodeProcess&)> on_cloned;  // this is the copy; it has not started
  std::function<void(std::string)> on_told;     // of what happens, in words

 private:
  // What a process must be kept up for: a node by its place in fleet->nodes, or kAuthority.
  struct Keeping {
    int64_t down_until_us = 0;
    // Faults that may end the process, by their place in the plan, and with which error.
    std::map<size_t, ErrorCode> excuses;
  };

  void strike(size_t i);
  void strike_link(size_t i, NodeProcess& node);
  void cease_link(size_t i);
  void strike_node(size_t i, NodeProcess& node);
  void strike_authority(size_t i);
  void strike_disk(size_t i, MemoryStore& disk);
  void strike_log(size_t i);
  void cease_log(size_t i);
  void strike_clock(size_t i, DeviceClock& clock);
  void flip_log(size_t i);
  void check_backup(size_t i);
  void restore(size_t i, NodeProcess& node);
  void clone(size_t i, NodeProcess& node);
  void admit_rogue();

  NodeProcess* node_of(size_t i);
  const Fault& fault(size_t i) const { return plan_.faults[i]; }
  void count(size_t i);
  void tell(size_t i, std::string_view what);
  void bring_down(size_t i, int target);
  void revive_later(int target, int64_t at_us);
  void revive(int target);
  void on_ended(int target);
  bool excused(int target, const Error& error);
  void mend(size_t i);
  std::string name_of_target(int target) const;

  // Appends for which the log was told how to answer come within so long.
  static constexpr int64_t kScriptedLogMs = 10'000;

  Fleet* fleet_;
  const SeedPlan& plan_;
  std::unique_ptr<Rogue> rogue_;  // once a fault asks for it
  std::map<int, Keeping> keeping_;
  // What the counters stood at when the fault began that they tell of.
  std::map<size_t, uint64_t> begun_;
  std::map<size_t, NodeProcess::Image> images_;  // of old backups
  std::vector<bool> has_fired_ = std::vector<bool>(plan_.faults.size());
  Counts fired_{};
  std::optional<std::string> complaint_;
  bool stopped_ = false;
};

}  // namespace syncline::sim
