// Oracle: one promise, watched over a whole run. It hears of all that happens and complains once
// the promise is broken; the first complaint of any ends the run.
//
// Oracles share no state with the machines: they stand on Grounds, which are made of the log's own
// bytes. Each stands in a file of its own and is made by a function of oracles.h's list.
#pragma once

#include <optional>
#include <string>

#include "sim/oracles/roster.h"
#include "sim/world/fleet.h"

namespace syncline::sim {

class Grounds {
 public:
  explicit Grounds(Fleet* f) : fleet(f) {}

  Fleet* const fleet;
  const History& history() const { return fleet->history; }
  Roster roster;
  // How much was looked at: a run in which nothing was judged proves nothing.
  uint64_t prefixes_checked = 0;
  uint64_t durable_writes = 0;
  // Of every frame, entry and start, with its time: the same for the same seed, whoever built it.
  uint64_t trace = 0;
  void note(BytesView bytes);

  void complain(std::string_view oracle, std::string_view what);
  const std::optional<std::string>& complaint() const { return complaint_; }

 private:
  std::optional<std::string> complaint_;
};

class Oracle {
 public:
  Oracle(std::string name, Grounds* grounds) : name_(std::move(name)), grounds_(grounds) {}
  virtual ~Oracle() = default;
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  // The log has this entry now; History and Roster have it too.
  virtual void on_entry(const Entry& entry) {}
  // A node made a transaction; after on_told of the same step.
  virtual void on_written(NodeProcess& node, const ChangesetName& name, Durability durability) {}
  // A node's step, after all of it was made real.
  virtual void on_told(NodeProcess& node, const ReplicaOutput& out) {}
  // A message sent, before the network has it.
  virtual void on_sent_to(DeviceId device, ConnectionId connection, const Message& message,
                          size_t bytes) {}
  virtual void on_sent_by(NodeProcess& node, const Message& message, size_t bytes) {}
  // A node's step was committed, whatever came then.
  virtual void on_stored(NodeProcess& node) {}
  // A node's process has started, or has ended; its disk was replaced by an older one or another's.
  virtual void on_up(NodeProcess& node) {}
  virtual void on_down(NodeProcess& node, Ending how) {}
  virtual void on_restored(NodeProcess& node) {}
  // The authority has started: its state is as recovered.
  virtual void on_authority_up() {}
  // All is quiet.
  virtual void at_end() {}

  const std::string& name() const { return name_; }

 protected:
  void complain(std::string_view what) { grounds_->complain(name_, what); }
  bool complained() const { return grounds_->complaint().has_value(); }
  Grounds& grounds() const { return *grounds_; }
  Fleet& fleet() const { return *grounds_->fleet; }
  const History& history() const { return grounds_->history(); }
  const Roster& roster() const { return grounds_->roster; }

 private:
  const std::string name_;
  Grounds* const grounds_;
};

}  // namespace syncline::sim
