// Retention: how far the log is kept, by age and size; and how far marks of removal are, the
// horizon. DESIGN 5: that is the later of (head less retention) and (the oldest cursor of nodes not
// removed).
#include <algorithm>

#include <fmt/format.h>

#include "node/authority/authority_impl.h"
#include "node/authority/runs.h"
#include "node/authority/state_keys.h"
#include "proto/planted.h"

namespace syncline {
namespace {

// Looked at in one turn: bounds the step.
constexpr uint64_t kEntriesPerTurn = 100'000;
constexpr size_t kDecisionRunsPerTurn = 1'000;
// Then the next turn comes soon.
constexpr int64_t kMoreAfterMs = 1'000;

}  // namespace

// The last entry older than that, of those that marks are kept of; looks at so many in one turn.
// Entries are in order of arrival: a clock that jumped back keeps them longer, never shorter.
LogSeq Authority::Impl::last_older_than(int64_t age_ms, LogSeq from) const {
  LogSeq last(0);
  uint64_t left = kEntriesPerTurn;
  // What cannot be read keeps what is behind it.
  (void)each_entry_mark(*store, from, LogSeq(committed.seq.value + 1),
                        [&](LogSeq seq, const EntryMark& mark) {
                          const bool old = now.wall_ms - mark.arrival_ms > age_ms;
                          if (old) last = seq;
                          return old && --left > 0;
                        });
  return last;
}

// The last entry that has so many bytes of log behind it.
LogSeq Authority::Impl::last_beyond_size() const {
  if (committed.log_bytes < options.retention_bytes) return {};
  const uint64_t bytes_max = committed.log_bytes - options.retention_bytes;
  // The bytes rise with the entries; of those without a mark it is as of those before.
  LogSeq last(0), end(committed.seq.value + 1);
  while (last.value + 1 < end.value) {
    const LogSeq middle(last.value + (end.value - last.value) / 2);
    const auto mark = read_entry_mark(*store, middle);
    const bool beyond = mark && (!*mark || (*mark)->log_bytes <= bytes_max);
    (beyond ? last : end) = middle;
  }
  return last;
}

// What the node said last to be safe with it; of one that is here no longer, before it went.
LogSeq Authority::Impl::hint_of(NodeId node) const {
  if (auto bytes = store->get(state_keys::node_hint(node)); bytes && *bytes)
    if (Result<NodeHint> hint = decode_node_hint(**bytes)) return hint->seq;
  return {};
}
LogSeq Authority::Impl::confirmed_by(NodeId node) const {
  const auto connection = connection_of.find(node);
  return connection == connection_of.end() ? hint_of(node)
                                           : sessions.at(connection->second).confirmed;
}

// The last entry that all nodes have: nobody needs the marks up to it to catch up.
LogSeq Authority::Impl::last_seen_by_all() const {
  LogSeq oldest = committed.seq;
  for (const KnownNode* node : directory.nodes())
    if (!node->removed) oldest = std::min(oldest, confirmed_by(node->id));
  return oldest;
}

// A decision goes when it is old and its node, unless that was removed, has said that the outcome
// is safe with it; then the highest number of its epoch stands for it (answer_known).
void Authority::Impl::let_go_of_decisions(LogSeq old) {
  std::map<NodeId, LogSeq> up_to{{options.id, old}};
  const auto limit = [&](NodeId origin) {
    const auto [at, is_new] = up_to.try_emplace(origin);
    const KnownNode* node = is_new ? directory.node(origin) : nullptr;
    if (is_new)
      at->second = node == nullptr || node->removed ? old : std::min(old, confirmed_by(origin));
    return at->second;
  };
  (void)forget_decisions(*store, limit, kDecisionRunsPerTurn, &decisions_looked_at, &out.state);
}

// How far the log may be trimmed so that what comes after the entry keeps the envelope that proves
// it.
LogIndex Authority::Impl::provable_from(LogSeq last, LogIndex at_last) const {
  const auto first_kept = read_entry_mark(*store, LogSeq(last.value + 1));
  if (!first_kept) return LogIndex(0);
  if (!*first_kept || (*first_kept)->envelope_back == 0) return at_last;
  // The entry before the one with the envelope. Its mark may be gone: then this time nothing is
  // trimmed.
  const auto last_let_go =
      read_entry_mark(*store, LogSeq(last.value - (*first_kept)->envelope_back));
  return last_let_go && *last_let_go ? (*last_let_go)->index : LogIndex(0);
}

void Authority::Impl::raise_safe(LogSeq seq) {
  seq = std::min(seq, committed.seq);
  if (seq <= safe.seq) return;
  safe.seq = seq;
  out.state.put(state_keys::safe(), encode_safe_mark(safe));
  feeder.set_safe(seq);
}

// What is older than options.safe_after_ms counts as safe.
void Authority::Impl::look_at_age() {
  raise_safe(last_older_than(options.safe_after_ms, LogSeq(safe.seq.value + 1)));
}

void Authority::Impl::look_at_retention() {
  if (!retention_due || !nothing_in_flight()) return;
  retention_due = false;
  keep_hints();
  const LogSeq old = last_older_than(options.retention_ms, LogSeq(1));
  const LogSeq history = std::max(old, last_beyond_size());
  raise_horizon(std::max(history, last_seen_by_all()));
  trim_log(history);
  // Small as they are, these go by age alone.
  if (old.value == 0) return;
  const LogSeq kept = forget_entry_marks(*store, old, &out.state);
  let_go_of_decisions(LogSeq(kept.value - 1));
  const bool more = old.value - let_go_of.value >= kEntriesPerTurn || !decisions_looked_at.empty();
  let_go_of = old;
  if (more) out.timers.push_back({"retention_more", now.monotonic_ms + kMoreAfterMs});
}

// A crash would lose what connected nodes have confirmed since they came.
void Authority::Impl::keep_hints() {
  for (auto& [connection, session] : sessions) {
    if (session.confirmed <= session.hinted) continue;
    session.hinted = session.confirmed;
    out.state.put(state_keys::node_hint(session.node),
                  encode_node_hint({session.confirmed, now.wall_ms}));
  }
}

void Authority::Impl::raise_horizon(LogSeq horizon) {
  if (horizon <= committed.horizon) return;
  committed.horizon = horizon;
  decided.horizon = horizon;
  feeder.set_head(committed.cursor(), horizon);
  out.state.put(state_keys::applied(), encode_applied(committed));
  sweep_marks(SYNCLINE_PLANTED(sweep_too_far) ? committed.seq : horizon);
  swept = true;
}

void Authority::Impl::trim_log(LogSeq to) {
  if (to <= trimmed || trim_after_flush.value > 0) return;
  const auto mark = read_entry_mark(*store, to);
  if (!mark || !*mark) return;
  trim_after_flush = provable_from(to, (*mark)->index);
  if (trim_after_flush.value == 0) return;
  trimmed = to;
  out.want_flush = true;
  event("trimmed", options.id, fmt::format("history up to entry {} is let go", to.value));
}

// Marks of removal at or below the horizon: no node can ask about them any more but by bootstrap.
void Authority::Impl::sweep_marks(LogSeq horizon) {
  for (auto at = store->scan(state_keys::merges(), prefix_end(state_keys::merges())); at->valid();
       at->next()) {
    const Result<MergeRow> merge = decode_merge_row(at->value());
    if (!merge || !merge->root.reset || merge->root.reset->seq > horizon) continue;
    const ObjectName name = state_keys::object_of_row(at->key());
    out.state.single_erase(state_keys::by_seq(name.type, merge->root.reset->seq, name.key));
    out.state.erase(Bytes(at->key()));
    totals.forget_removals(name.type);
  }
}

void Authority::Impl::on_flushed(LogIndex applied) {
  if (trim_after_flush.value == 0) return;
  out.trim_log = std::min(trim_after_flush, applied);
  trim_after_flush = LogIndex(0);
}

}  // namespace syncline
