// Retention: how far the log, and the marks that only it justifies, are kept. DESIGN 5: the horizon
// is the later of (head less retention) and (the oldest cursor of nodes not removed).
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

// The last entry that need not be kept.
LogSeq Authority::Impl::horizon_wanted() const {
  // By age (entries are in order of arrival; a clock that jumped back keeps them longer, never
  // shorter) and by size, whichever lets go of more.
  LogSeq by_limits = committed.horizon;
  const uint64_t most = committed.horizon.value + kTrimmedPerTurn;
  // What cannot be read keeps what is behind it.
  (void)each_entry_mark(*store, LogSeq(committed.horizon.value + 1),
                        LogSeq(std::min(most, committed.seq.value) + 1),
                        [&](LogSeq seq, const EntryMark& mark) {
                          const bool old = now.wall_ms - mark.arrival_ms > options.retention_ms;
                          const bool beyond_size =
                              committed.log_bytes - mark.log_bytes >= options.retention_bytes;
                          if (old || beyond_size) by_limits = seq;
                          return old || beyond_size;
                        });
  // By what all nodes have: the log is not needed for catch-up, only for its history.
  LogSeq oldest = committed.seq;
  for (const KnownNode* node : directory.nodes()) {
    if (node->removed) continue;
    LogSeq has{};
    auto connection = connection_of.find(node->id);
    if (connection != connection_of.end()) {
      has = sessions.at(connection->second).integrated.seq;
    } else if (auto bytes = store->get(state_keys::node_hint(node->id)); bytes && *bytes) {
      if (Result<NodeHint> hint = decode_node_hint(**bytes)) has = hint->seq;
    }
    oldest = std::min(oldest, has);
  }
  return std::max(by_limits, std::min(oldest, LogSeq(most)));
}

// How far the log may be trimmed so that what is above the horizon keeps the envelope that proves
// it.
LogIndex Authority::Impl::provable_from(LogSeq horizon, LogIndex at_horizon) const {
  const auto first_kept = read_entry_mark(*store, LogSeq(horizon.value + 1));
  if (!first_kept) return LogIndex(0);
  if (!*first_kept || (*first_kept)->envelope_back == 0) return at_horizon;
  // The entry before the one with the envelope. Its mark may be gone: then this time nothing is
  // trimmed.
  const auto last_let_go =
      read_entry_mark(*store, LogSeq(horizon.value - (*first_kept)->envelope_back));
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
  if (trim_after_flush.value > 0) return;
  const LogSeq horizon = std::min(horizon_wanted(), committed.seq);
  if (horizon.value <= committed.horizon.value) return;
  const auto mark = read_entry_mark(*store, horizon);
  if (!mark || !*mark) return;
  // The mark at the horizon itself stays: its stamp bounds those of older bases (stamping.cc).
  forget_entry_marks(*store, horizon, &out.state);
  committed.horizon = horizon;
  decided.horizon = horizon;
  feeder.set_head(committed.cursor(), horizon);
  out.state.put(state_keys::applied(), encode_applied(committed));
  sweep_marks(SYNCLINE_PLANTED(sweep_too_far) ? committed.seq : horizon);
  totals.forget_removals();
  swept = true;
  trim_after_flush = provable_from(horizon, (*mark)->index);
  out.want_flush = true;
  event("trimmed", options.id, fmt::format("history up to entry {} is let go", horizon.value));
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
