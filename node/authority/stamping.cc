#include "node/authority/stamping.h"

#include <algorithm>

#include "proto/planted.h"

namespace syncline {

Stamp stamp_of_ms(int64_t wall_ms) {
  const uint64_t ms = wall_ms < 0 ? 0 : static_cast<uint64_t>(wall_ms);
  return Stamp(std::min<uint64_t>(ms, (uint64_t{1} << 47) - 1) << kStampCounterBits);
}

Stamp authority_clock(Instant now, Stamp stamp_high) {
  return Stamp(std::max(stamp_of_ms(now.wall_ms).value, stamp_high.value + 1));
}

Stamp claimed_stamp(const WriteClock& written, const WriteClock& uploaded, Instant arrival) {
  // Differences of hostile numbers: unsigned arithmetic wraps instead of overflowing, and the
  // result is clamped anyway.
  const auto minus = [](int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
  };
  if (written.boot == uploaded.boot && uploaded.monotonic_ms >= written.monotonic_ms)
    return stamp_of_ms(minus(arrival.wall_ms, minus(uploaded.monotonic_ms, written.monotonic_ms)));
  const int64_t skew = minus(uploaded.wall_ms, arrival.wall_ms);
  return stamp_of_ms(minus(written.wall_ms, skew));
}

Stamp effective_stamp(Stamp claimed, Stamp at_base, Stamp own_last, Stamp clock) {
  if (SYNCLINE_PLANTED(stale_stamp)) return std::min(claimed, clock);
  const uint64_t above = std::max({claimed.value, at_base.value + 1, own_last.value + 1});
  return Stamp(std::min(above, clock.value));
}

Stamp last_own_stamp(const OriginRecord& origin, const ChangesetName& name) {
  const EpochRecord* epoch = origin.find(name.epoch);
  for (size_t steps = 0; epoch != nullptr && steps <= origin.epochs.size(); ++steps) {
    if (epoch->number > 0) return epoch->stamp;
    epoch = epoch->parent ? origin.find(epoch->parent->first) : nullptr;
  }
  return {};
}

namespace {

// Is the entry at the cursor, on this log, the one that the cursor names? A trimmed one is
// believed.
Result<bool> names_our_entry(const Totals& totals, const Cursor& base, const DecidedHead& head) {
  if (base.seq == head.seq) return base.hash == head.hash;
  SYNCLINE_ASSIGN(const std::optional<EntryMark> mark, totals.entry_mark(base.seq));
  return !mark || mark->hash == base.hash;
}

}  // namespace

Result<BaseSeen> base_seen(const Totals& totals, const Changeset* changeset,
                           const DecidedHead& head, const Forks& forks) {
  if (changeset == nullptr || changeset->base.seq.value == 0) return BaseSeen{};
  const Cursor& base = changeset->base;
  Forks known = head.forks;
  if (base.incarnation != head.incarnation) learn_forks(&known, forks);
  const std::optional<LogSeq> shared = shared_up_to(known, position_of(base), head.incarnation);
  if (!shared || *shared > head.seq) return BaseSeen{};
  if (*shared < base.seq) {
    SYNCLINE_ASSIGN(Stamp stamp, totals.stamp_at(*shared));
    return BaseSeen{*shared, stamp, true};
  }
  SYNCLINE_ASSIGN(bool ours, names_our_entry(totals, base, head));
  if (!ours) return BaseSeen{};
  if (base.seq == head.seq) return BaseSeen{head.seq, head.stamp_high};
  SYNCLINE_ASSIGN(Stamp stamp, totals.stamp_at(base.seq));
  return BaseSeen{base.seq, stamp};
}

}  // namespace syncline
