// Stamps: when a changeset counts as written. DESIGN 4: effective stamp = min(max(claimed, stamp at
// base + 1, own last + 1), authority's clock), so it lies above everything its writer saw, and no
// clock can push it beyond the authority's.
//
// Pure; the caller brings the state to read.
#pragma once

#include "node/authority/totals.h"
#include "node/machine.h"
#include "proto/codec.h"
#include "proto/lineage.h"
#include "proto/records.h"

namespace syncline {

inline constexpr int kStampCounterBits = 16;

// How the log stands after what was decided so far.
struct DecidedHead {
  Incarnation incarnation;
  LogSeq seq;
  Hash hash;
  Stamp stamp_high;
  LogSeq horizon;
  Forks forks;  // how the log comes from its ancestors
};

Stamp stamp_of_ms(int64_t wall_ms);
// Above every stamp given so far, and at least the present millisecond.
Stamp authority_clock(Instant now, Stamp stamp_high);
// In the boot that uploads it, a write's age is known; across boots the wall clock less its skew at
// the upload.
Stamp claimed_stamp(const WriteClock& written, const WriteClock& uploaded, Instant arrival);
Stamp effective_stamp(Stamp claimed, Stamp at_base, Stamp own_last, Stamp clock);
// Of the last changeset along the own chain before `name`.
Stamp last_own_stamp(const OriginRecord& origin, const ChangesetName& name);

// How much of its claimed base a changeset can have seen. Of a base in a log that this one left (an
// authority was restored), what both logs have counts as seen, whatever the base's own place; a
// base in a log of which nothing is known, or beyond the head, is not believed. `forks`: what the
// courier has heard of logs and forks, beside this log's own.
struct BaseSeen {
  LogSeq seq;
  Stamp stamp;        // highest effective stamp at or before it
  bool lost = false;  // the base lies beyond the fork: some of what it saw is not in this log
};
Result<BaseSeen> base_seen(const Totals& totals, const Changeset* changeset,
                           const DecidedHead& head, const Forks& forks);

}  // namespace syncline
