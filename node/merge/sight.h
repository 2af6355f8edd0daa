// Sight: which of two writes stands, and what the writer of the group being merged had seen. Used
// by every file here.
//
// Pure; lives for one merge.
#pragma once

#include "node/merge/merge.h"
#include "proto/planted.h"

namespace syncline::merging {

// Does `a` come after `b`? The one total order of concurrent writes: stamp, then name.
inline bool later(const Write& a, const Write& b) {
  return a.stamp != b.stamp ? a.stamp > b.stamp : a.name > b.name;
}

class Sight {
 public:
  // Both outlive it.
  Sight(const Causality& causality, const Group& group)
      : causality_(causality), blind_(causality.blind || group.blind) {}

  const Write& write() const { return causality_.write; }
  bool blind() const { return blind_; }
  // The writer's own, of this changeset or an earlier one along its chain of epochs.
  bool own(const Write& other) const {
    return other.name == write().name || causality_.follows(other.name);
  }
  bool saw(const Write& other) const { return own(other) || (!blind_ && causality_.seen(other)); }
  // The entry was at or below the writer's base.
  bool saw(LogSeq seq) const { return !blind_ && seq <= causality_.base; }
  // Does the write being merged stand over one that stands now?
  bool wins(const Write& standing) const {
    return SYNCLINE_PLANTED(last_arrived_wins) || saw(standing) || later(write(), standing);
  }
  // At or below the horizon: as if it were forgotten.
  bool forgotten(LogSeq seq) const {
    return causality_.horizon.value != 0 && seq <= causality_.horizon;
  }
  // The writer last heard of the fleet before the horizon: marks that it would have to see may be
  // gone.
  bool below_horizon() const { return causality_.base < causality_.horizon; }

 private:
  const Causality& causality_;
  bool blind_;
};

// What becomes of one operation.
struct Ruling {
  Verdict verdict = Verdict::applied;
  LogSeq by;  // superseded: the entry that won; 0 if it is not known any more
  bool by_reset = false;
  // The operation found no place: the steps of its path that lead to what is missing. If a left-out
  // operation of the group would have introduced that, it is refused instead.
  std::optional<size_t> homeless;

  bool applied() const { return verdict == Verdict::applied; }
};

// Lost to a later write of the same register.
inline Ruling lost_to(const Write& winner) { return {Verdict::superseded, winner.seq, false, {}}; }
// Fell with the scope around it, or with the one that it would have made.
inline Ruling fell_to(const Write& reset) { return {Verdict::superseded, reset.seq, true, {}}; }
// What it needs is not there.
inline Ruling homeless_at(size_t steps, const Write* reset) {
  return {Verdict::superseded, reset == nullptr ? LogSeq() : reset->seq, true, steps};
}

}  // namespace syncline::merging
