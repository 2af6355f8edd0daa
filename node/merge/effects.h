// What a merge did, as absolute values: the difference between the states before and after.
//
// Taken from the states rather than noted along the way, so that it cannot disagree with them:
// apply_effects and apply_merge_effects on the state before give exactly the state after.
#pragma once

#include "node/merge/merge.h"

namespace syncline::merging {

// Effects and, one for one, what stood at their paths before.
struct RowChange {
  std::vector<Effect> effects;
  std::vector<Effect> earlier;
};
RowChange difference(const Scope& before, const Scope& after);
std::vector<ObjectEffect::MergeEffect> difference(const MergeRow& before, const MergeRow& after);
// Slots in all of it, counted up to `limit`.
size_t count_slots(const MergeScope& scope, size_t limit);

}  // namespace syncline::merging
