#include "node/authority/stamping.h"

#include <algorithm>

#include "node/authority/state_keys.h"
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

Result<BaseSeen> base_seen(const Reader& state, const Changeset* changeset,
                           const DecidedHead& head) {
  if (changeset == nullptr || changeset->base.seq.value == 0) return BaseSeen{};
  if (changeset->base.incarnation != head.incarnation) return BaseSeen{};
  if (changeset->base.seq == head.seq)
    return changeset->base.hash == head.hash ? BaseSeen{head.seq, head.stamp_high} : BaseSeen{};
  if (changeset->base.seq > head.seq) return BaseSeen{};
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, state.get(state_keys::entry(changeset->base.seq)));
  if (bytes) {
    SYNCLINE_ASSIGN(EntryMark mark, decode_entry_mark(*bytes));
    return mark.hash == changeset->base.hash ? BaseSeen{changeset->base.seq, mark.stamp_high}
                                             : BaseSeen{};
  }
  // Trimmed: all that was seen there was seen by the horizon too, whose stamp is a bound from
  // above.
  SYNCLINE_ASSIGN(std::optional<Bytes> horizon, state.get(state_keys::entry(head.horizon)));
  if (!horizon) return BaseSeen{changeset->base.seq, {}};
  SYNCLINE_ASSIGN(EntryMark mark, decode_entry_mark(*horizon));
  return BaseSeen{changeset->base.seq, mark.stamp_high};
}

}  // namespace syncline
