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

// Entries let go in one turn: bounds the step.
constexpr uint64_t kTrimmedPerTurn = 10'000;

}  // namespace

// The last entry whose history is not kept: entries are in order of arrival (a clock that jumped
// back keeps them longer, never shorter). Whichever of the limits lets go of more.
LogSeq Authority::Impl::last_beyond_limits() const {
  LogSeq last(0);
  uint64_t left = kTrimmedPerTurn;
  // What cannot be read keeps what is behind it.
  (void)each_entry_mark(
      *store, LogSeq(1), LogSeq(committed.seq.value + 1), [&](LogSeq seq, const EntryMark& mark) {
        const bool old = now.wall_ms - mark.arrival_ms > options.retention_ms;
        const bool beyond_size = committed.log_bytes - mark.log_bytes >= options.retention_bytes;
        if (old || beyond_size) last = seq;
        return (old || beyond_size) && --left > 0;
      });
  return last;
}

// As far as is known.
LogSeq Authority::Impl::last_seen_by(NodeId node) const {
  const auto connection = connection_of.find(node);
  if (connection != connection_of.end()) return sessions.at(connection->second).integrated.seq;
  if (auto bytes = store->get(state_keys::node_hint(node)); bytes && *bytes)
    if (Result<NodeHint> hint = decode_node_hint(**bytes)) return hint->seq;
  return {};
}

// The last entry that all nodes have: nobody needs the marks up to it to catch up.
LogSeq Authority::Impl::last_seen_by_all() const {
  LogSeq oldest = committed.seq;
  for (const KnownNode* node : directory.nodes())
    if (!node->removed) oldest = std::min(oldest, last_seen_by(node->id));
  return oldest;
}

// Who is told of a decision no more may be told again until it is history; then the highest number
// of each epoch stands for all before it (Authority::Impl::answer_known).
void Authority::Impl::let_go_of_decisions(LogSeq up_to) {
  const auto let_go = [&](NodeId origin, LogSeq told) {
    const auto record = totals.origin(origin);
    if (!record) return;
    for (const EpochRecord& epoch : (*record)->epochs)
      (void)forget_decisions(*store, origin, epoch.epoch, std::min(up_to, told), &out.state);
  };
  for (const KnownNode* node : directory.nodes())
    let_go(node->id, node->removed ? up_to : last_seen_by(node->id));
  let_go(options.id, up_to);
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
  LogSeq old_enough = safe.seq;
  const LogSeq from = std::max(LogSeq(safe.seq.value + 1), committed.horizon);
  const LogSeq to = std::min(LogSeq(from.value + kTrimmedPerTurn), LogSeq(committed.seq.value + 1));
  (void)each_entry_mark(*store, from, to, [&](LogSeq seq, const EntryMark& mark) {
    const bool old = now.wall_ms - mark.arrival_ms > options.safe_after_ms;
    if (old) old_enough = seq;
    return old;
  });
  raise_safe(old_enough);
}

void Authority::Impl::look_at_retention() {
  if (!retention_due || !nothing_in_flight()) return;
  retention_due = false;
  const LogSeq beyond = last_beyond_limits();
  const LogSeq seen =
      std::min(last_seen_by_all(), LogSeq(committed.horizon.value + kTrimmedPerTurn));
  raise_horizon(std::max(beyond, seen));
  trim_history(beyond);
}

void Authority::Impl::raise_horizon(LogSeq horizon) {
  if (horizon <= committed.horizon) return;
  committed.horizon = horizon;
  decided.horizon = horizon;
  feeder.set_head(committed.cursor(), horizon);
  out.state.put(state_keys::applied(), encode_applied(committed));
  sweep_marks(SYNCLINE_PLANTED(sweep_too_far) ? committed.seq : horizon);
  totals.forget_removals();
  swept = true;
}

void Authority::Impl::trim_history(LogSeq to) {
  if (to <= trimmed || trim_after_flush.value > 0) return;
  const auto mark = read_entry_mark(*store, to);
  if (!mark || !*mark) return;
  trimmed = to;
  // The mark at the horizon, which is not below, stays: its stamp bounds those of older bases
  // (stamping.cc).
  forget_entry_marks(*store, to, &out.state);
  let_go_of_decisions(to);
  trim_after_flush = provable_from(to, (*mark)->index);
  out.want_flush = true;
  event("trimmed", options.id, fmt::format("history up to entry {} is let go", to.value));
}

// Marks of removal at or below the horizon: no node can ask about them any more but by bootstrap.
void Authority::Impl::sweep_marks(LogSeq horizon) {
  std::set<TypeNumber> types;
  for (const TypeDef& type : system_types()) types.insert(type.number);
  if (directory.deployed() != nullptr)
    for (const TypeDef& type : directory.deployed()->schema().types)
      if (!type.embedded) types.insert(type.number);
  for (TypeNumber type : types) {
    for (auto at = store->scan(state_keys::by_seq_of(type),
                               state_keys::by_seq(type, LogSeq(horizon.value + 1), {}));
         at->valid(); at->next()) {
      if (at->value().empty()) continue;
      const auto [seq, key] = state_keys::parts_of_by_seq(at->key());
      out.state.single_erase(Bytes(at->key()));
      out.state.erase(state_keys::merge({type, key}));
    }
  }
}

void Authority::Impl::on_flushed(LogIndex applied) {
  if (trim_after_flush.value == 0) return;
  out.trim_log = std::min(trim_after_flush, applied);
  trim_after_flush = LogIndex(0);
}

}  // namespace syncline
