#include "node/authority/newer.h"

#include <algorithm>

#include "proto/planted.h"

namespace syncline {
namespace {

bool is_newer(LogSeq after, const std::optional<Write>& write) {
  return write && write->seq > after;
}

bool is_newer(LogSeq after, const MergeScope& scope);

bool is_newer(LogSeq after, const MergeSlot& slot) {
  return is_newer(after, slot.write) || is_newer(after, slot.placed) ||
         std::any_of(slot.adds.begin(), slot.adds.end(),
                     [&](const CounterAdd& add) { return add.write.seq > after; }) ||
         (slot.scope != nullptr && is_newer(after, *slot.scope));
}

bool is_newer(LogSeq after, const MergeScope& scope) {
  // An element that is gone leaves no mark.
  if (scope.kind == ScopeKind::list && !SYNCLINE_PLANTED(trust_lists)) return true;
  return is_newer(after, scope.reset) || is_newer(after, scope.cleared) ||
         (scope.rewrite && scope.rewrite->seq > after) ||
         std::any_of(scope.creates.begin(), scope.creates.end(),
                     [&](const Write& write) { return write.seq > after; }) ||
         std::any_of(scope.slots.begin(), scope.slots.end(),
                     [&](const MergeSlot& slot) { return is_newer(after, slot); });
}

}  // namespace

std::vector<Step> steps_newer_than(LogSeq after, const MergeRow& merge) {
  std::vector<Step> steps;
  for (const MergeSlot& slot : merge.root.slots)
    if (is_newer(after, slot)) steps.push_back(slot.step);
  return steps;
}

std::vector<Effect> effects_of(const std::vector<Step>& steps, const Scope& fields) {
  std::vector<Effect> effects;
  for (const Step& step : steps) {
    const Child* child = fields.find(step);
    if (child != nullptr) {
      effects.push_back({Effect::Kind::put, {step}, child->item, {}});
    } else {
      effects.push_back({Effect::Kind::erase, {step}, {}, {}});
    }
  }
  return effects;
}

}  // namespace syncline
