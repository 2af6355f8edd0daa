#include "sim/script/meter.h"

#include <algorithm>

namespace syncline::sim {

void Meter::begin() {
  const Fleet& fleet = stage_->fleet;
  first_ = LogSeq(fleet.history.head().value + 1);
  refused_before_ = fleet.history.refusals;
  superseded_before_ = fleet.history.conflicts;
  frames_before_ = fleet.network.frames;
  bytes_before_ = fleet.network.bytes;
  reconnects_before_ = fleet.network.reconnects;
  for (auto& node : fleet.nodes) reached_[node->id()] = fleet.history.head();
}

void Meter::on_written(const ChangesetName& name) {
  ++writes_;
  waiting_[name] = stage_->fleet.clock.now_ms();
}

void Meter::on_committed() {
  const History& history = stage_->fleet.history;
  if (first_.value == 0) return;
  for (uint64_t seq = first_.value + entries_.size(); seq <= history.head().value; ++seq) {
    const ChangesetName* name = history.name_at(LogSeq(seq));
    Written written{name->origin, -1};
    if (auto waits = waiting_.find(*name); waits != waiting_.end()) {
      written.at_ms = waits->second;
      waiting_.erase(waits);
    }
    entries_.push_back(written);
  }
}

void Meter::on_told(const NodeProcess& node) {
  if (first_.value == 0) return;
  const ReplicaStatus status = const_cast<NodeProcess&>(node).machine().status();
  pending_max_ = std::max(pending_max_, static_cast<int64_t>(status.pending));
  LogSeq& reached = reached_[node.id()];
  const int64_t now_ms = stage_->fleet.clock.now_ms();
  while (reached < status.cursor.seq) {
    reached = LogSeq(reached.value + 1);
    if (reached < first_ || reached.value - first_.value >= entries_.size()) continue;
    const Written& written = entries_[reached.value - first_.value];
    if (written.at_ms < 0 || written.origin == node.id()) continue;
    lags_.add(now_ms - written.at_ms);
    if (on_lag) on_lag(node, now_ms - written.at_ms);
  }
}

Measures Meter::measures() const {
  Fleet& fleet = stage_->fleet;
  Measures m;
  m.writes = writes_;
  m.impossible_writes = impossible_;
  m.entries = static_cast<int64_t>(entries_.size());
  m.refused = static_cast<int64_t>(fleet.history.refusals - refused_before_);
  m.superseded = static_cast<int64_t>(fleet.history.conflicts - superseded_before_);
  m.pending_max = pending_max_;
  m.lag_p50_ms = lags_.quantile(0.5);
  m.lag_p99_ms = lags_.quantile(0.99);
  m.lag_max_ms = lags_.max();
  m.crashes = crashes_;
  m.reconnects = static_cast<int64_t>(fleet.network.reconnects - reconnects_before_);
  m.messages = static_cast<int64_t>(fleet.network.frames - frames_before_);
  m.bytes = static_cast<int64_t>(fleet.network.bytes - bytes_before_);
  const auto nodes = static_cast<int64_t>(fleet.nodes.size());
  int64_t radio_on_ms = 0;
  for (auto& node : fleet.nodes) {
    radio_on_ms += stage_->radio_on_ms(*node);
    if (node->running()) m.journal += static_cast<int64_t>(node->machine().status().journal);
  }
  if (nodes > 0) m.bytes_per_node = m.bytes / nodes;
  const int64_t all_ms = nodes * stage_->now_ms();
  if (all_ms > 0) m.radio_on_percent = radio_on_ms * 100 / all_ms;
  return m;
}

}  // namespace syncline::sim
