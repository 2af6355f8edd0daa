#include "node/merge/merge.h"

#include <algorithm>

#include "node/merge/effects.h"
#include "node/merge/merger.h"
#include "node/merge/scope.h"

namespace syncline {
namespace {

using merging::Merger;

// Up to so many slots the whole merge state is written: paths and marks would cost as much.
constexpr size_t kWholeMergeSlotsMax = 24;

std::vector<Step> top_steps(const std::vector<Effect>& effects) {
  std::set<Step> steps;
  for (const Effect& effect : effects) steps.insert(effect.path.front());
  return {steps.begin(), steps.end()};
}

Effect put_whole(const Scope& fields) { return {Effect::Kind::put, {}, fields, {}}; }

// The row's part of the effect, and the steps touched. The row's seq of last change is set here.
void describe_row(const MergeInput& input, bool born, LogSeq seq, MergeOutput* output) {
  static const Scope kNothing;
  ObjectEffect& effect = output->effect;
  const Scope& before = input.row != nullptr ? input.row->fields : kNothing;
  const Scope& after = output->row ? output->row->fields : kNothing;
  merging::RowChange change;
  if (born && input.row == nullptr) {
    // All of it is new, and is told as a whole.
    for (const Child& child : after.children) output->touched.push_back(child.step);
    std::sort(output->touched.begin(), output->touched.end());
  } else {
    change = merging::difference(before, after);
    output->touched = top_steps(change.effects);
  }
  if (!output->row) {
    effect.change =
        input.row != nullptr ? ObjectEffect::Change::removed : ObjectEffect::Change::unchanged;
  } else if (born) {
    effect.change = ObjectEffect::Change::born;
    effect.effects.push_back(put_whole(after));
  } else if (change.effects.empty()) {
    effect.change = ObjectEffect::Change::unchanged;
  } else {
    effect.change = ObjectEffect::Change::updated;
    effect.effects = std::move(change.effects);
    effect.earlier = std::move(change.earlier);
    output->row->changed = seq;
  }
  // Removed, or removed and created anew within the group.
  const bool whole_gone = !output->row || born;
  if (whole_gone && input.row != nullptr) effect.earlier.push_back(put_whole(before));
}

void describe_merge(const MergeRow& before, MergeOutput* output) {
  if (before == output->merge) return;
  const auto change = output->effect.change;
  const bool whole =
      change == ObjectEffect::Change::born || change == ObjectEffect::Change::removed ||
      merging::count_slots(output->merge.root, kWholeMergeSlotsMax) <= kWholeMergeSlotsMax;
  if (whole) {
    output->effect.merge = output->merge;
  } else {
    output->effect.merge_effects = merging::difference(before, output->merge);
  }
}

}  // namespace

Stamp latest_in(const MergeSlot& slot) {
  Stamp latest;
  for (const std::optional<Write>& write : {slot.write, slot.placed})
    if (write) latest = std::max(latest, write->stamp);
  for (const CounterAdd& add : slot.adds) latest = std::max(latest, add.write.stamp);
  return slot.scope == nullptr ? latest : std::max(latest, latest_in(*slot.scope));
}

Stamp latest_in(const MergeScope& scope) {
  Stamp latest;
  for (const Write& create : scope.creates) latest = std::max(latest, create.stamp);
  for (const std::optional<Write>& write : {scope.reset, scope.cleared})
    if (write) latest = std::max(latest, write->stamp);
  for (const MergeSlot& slot : scope.slots) latest = std::max(latest, latest_in(slot));
  return latest;
}

MergeOutput merge_group(const MergeInput& input, const Causality& causality) {
  static const MergeRow kNoMerge;
  const MergeRow& before = input.merge != nullptr ? *input.merge : kNoMerge;
  Merger merger(input.row != nullptr ? std::optional<Row>(*input.row) : std::nullopt, before);
  MergeOutput output;
  output.outcomes = merger.apply(*input.group, causality, input.left_out);
  if (input.following != nullptr && merger.row()) {
    SeesEverything sight;
    sight.base = causality.write.seq;
    sight.write = causality.write;
    sight.write.stamp = input.following_stamp;
    sight.horizon = causality.horizon;
    (void)merger.apply(*input.following, sight, nullptr);
  }
  output.row = std::move(merger.row());
  output.merge = std::move(merger.merge());
  output.effect.object = input.group->object;
  output.effect.id = output.row ? output.row->id : input.group->id;
  describe_row(input, merger.born() && output.row, causality.write.seq, &output);
  describe_merge(before, &output);
  return output;
}

MergeOutput insert_object(const Group& group, LogSeq seq) {
  const Operation& create = group.operations.front();
  MergeOutput output;
  output.row = Row{group.id, seq, seq, {}};
  if (create.item && create.item->is_scope())
    output.row->fields = merging::arranged(*create.item->scope(), ScopeKind::object);
  Outcome& outcome = output.outcomes.emplace_back();
  outcome.ordinal = create.ordinal;
  output.effect.object = group.object;
  output.effect.id = group.id;
  describe_row({}, true, seq, &output);
  return output;
}

}  // namespace syncline
