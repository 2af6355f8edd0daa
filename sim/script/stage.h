// Stage: the fleet of a running script, with what its steps have named so far: commits, backups,
// who is disconnected or removed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "sim/script/scenario.h"
#include "sim/world/fleet.h"

namespace syncline::sim {

struct LabelledCommit {
  std::string node;
  std::optional<ChangesetName> name;  // nullopt: it did nothing
  // The operations of the changeset that each of the commit's made: from, to.
  std::vector<std::pair<uint32_t, uint32_t>> ordinals;
};

struct Stage {
  Stage(const Scenario& scenario, uint64_t seed);

  // kNotFound: a name that nothing has.
  Result<NodeProcess*> node(const std::string& name);
  // The same, or null for the authority.
  Result<NodeProcess*> place(const std::string& name);
  Result<const LabelledCommit*> commit(const std::string& label) const;
  int64_t now_ms() const { return fleet.clock.now_ms() - started_ms; }
  // Lets time pass until the condition holds; false: it did not in that time.
  template <class Condition>
  bool wait(int64_t at_most_ms, Condition condition) {
    const int64_t until = fleet.clock.now_ms() + at_most_ms;
    while (!condition())
      if (!fleet.clock.run_next(until)) return condition();
    return true;
  }
  // Why a node has no link; it has one again when there is no reason left.
  enum class Cut : uint8_t { step = 1, outage = 2, flapping = 4, duty_cycle = 8 };
  void set_cut(NodeProcess* node, Cut why, bool cut);
  bool is_cut(const NodeProcess& node) const { return links.at(node.id()).cut_by != 0; }
  // How long the node's radio was on since the script began: an energy proxy.
  int64_t radio_on_ms(const NodeProcess& node) const;
  // What of the connected, running, not held nodes is not quiet; empty: nothing.
  std::string unrest();

  std::function<void(const NodeProcess&, Cut why, bool cut)> on_cut;  // it changed

  Fleet fleet;
  int64_t started_ms = 0;  // when the script began
  std::map<std::string, LabelledCommit> commits;
  std::optional<ChangesetName> last_commit;  // of the last commit step; nullopt: it did nothing
  std::map<std::string, NodeProcess::Image> backups;
  std::set<NodeId> removed;
  std::set<NodeId> may_end;  // by itself, for its disk was made to fail
  struct NodeLink {
    uint8_t cut_by = 0;       // of Cut
    int64_t changed_ms = 0;   // when that changed
    int64_t radio_on_ms = 0;  // up to then
    LinkUse counted_from;
  };
  std::map<NodeId, NodeLink> links;
};

}  // namespace syncline::sim
