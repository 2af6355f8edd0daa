// Oracles: what must hold, whatever the seed did. Each complains in words that begin with its name;
// the first complaint ends the run.
//
// ledger: every changeset that was durable is in the log exactly once, or still pending; its
// receipt says what the log says.
//
// prefix: whatever a node confirms is, at its cursor, what its view shows of the log at that entry:
// of the log that the cursor names, also where a restore has left it.
//
// convergence: when all is quiet, nodes and authority show the same objects.
//
// leak: no frame brings a node a type or a field that its role may not read.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "sim/world/fleet.h"

namespace syncline::sim {

class Oracles {
 public:
  explicit Oracles(Fleet* fleet);

  // Called by the run.
  void on_written(const NodeProcess& node, const ChangesetName& name, Durability durability);
  void on_told(NodeProcess& node, const ReplicaOutput& out);
  void on_frame(const NodeProcess& node, const Bytes& frame);
  void on_power_lost(const NodeProcess& node);
  // Its disk is an older one: what is neither pending nor decided there is gone, and lawfully so.
  void on_restored(const NodeProcess& node);
  void on_committed();
  void on_restored(const Fork& fork);
  // Requires: the fleet is quiet.
  void check_end();

  const std::optional<std::string>& complaint() const { return complaint_; }
  uint64_t prefixes_checked = 0;
  uint64_t durable_writes = 0;

 private:
  void complain(std::string what);
  void check_prefix(NodeProcess& node);
  void check_rows(NodeProcess& node, const History& history, LogSeq seq, std::string_view when);
  void check_ledger(NodeProcess& node);
  void check_authority();
  void check_leak(const NodeProcess& node, const ObjectDelta& delta);

  Fleet* fleet_;
  std::optional<std::string> complaint_;
  std::map<DeviceId, std::set<ChangesetName>> durable_;
  std::map<DeviceId, std::set<ChangesetName>> written_;  // not yet durable
  std::map<DeviceId, Cursor> checked_;
};

}  // namespace syncline::sim
