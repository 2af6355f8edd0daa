#include "proto/entry.h"

#include <algorithm>

namespace syncline {
namespace {

auto locate(std::vector<MergeSlot>& slots, const Step& step) {
  return std::lower_bound(
      slots.begin(), slots.end(), step,
      [](const MergeSlot& slot, const Step& wanted) { return slot.step < wanted; });
}

Status leads_nowhere(std::string_view what) {
  return fail(ErrorCode::kMalformed, std::string(what) + " whose path leads nowhere");
}

MergeScope* find_merge_scope(MergeScope* root, const Path& path) {
  MergeScope* scope = root;
  for (const Step& step : path) {
    MergeSlot* slot = scope->find(step);
    if (slot == nullptr || slot->scope == nullptr) return nullptr;
    scope = slot->scope.get();
  }
  return scope;
}

// The scope's own state, without its slots.
void take_marks(MergeScope* scope, const MergeScope& marks) {
  scope->kind = marks.kind;
  scope->present = marks.present;
  scope->creates = marks.creates;
  scope->reset = marks.reset;
  scope->cleared = marks.cleared;
  scope->rewrite = marks.rewrite;
}

}  // namespace

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::none:
      return "none";
    case Reason::schema:
      return "schema";
    case Reason::permission:
      return "permission";
    case Reason::depends_on:
      return "depends_on";
    case Reason::all_or_nothing:
      return "all_or_nothing";
    case Reason::unknown_type:
      return "unknown_type";
    case Reason::unknown_field:
      return "unknown_field";
    case Reason::undecodable:
      return "undecodable";
    case Reason::too_large:
      return "too_large";
    case Reason::outside_view:
      return "outside_view";
    case Reason::no_such_object:
      return "no_such_object";
    case Reason::clone:
      return "clone";
    case Reason::removed_node:
      return "removed_node";
    case Reason::create_lost:
      return "create_lost";
    case Reason::precondition:
      return "precondition";
    case Reason::insert_only:
      return "insert_only";
  }
  return "unknown";
}

MergeSlot::MergeSlot(const MergeSlot& other) { *this = other; }

MergeSlot& MergeSlot::operator=(const MergeSlot& other) {
  if (this == &other) return *this;
  step = other.step;
  write = other.write;
  by_default = other.by_default;
  absent = other.absent;
  adds = other.adds;
  placed = other.placed;
  after = other.after;
  after_placed = other.after_placed;
  before = other.before;
  scope = other.scope == nullptr ? nullptr : std::make_unique<MergeScope>(*other.scope);
  return *this;
}

bool MergeSlot::operator==(const MergeSlot& other) const {
  if ((scope == nullptr) != (other.scope == nullptr)) return false;
  return step == other.step && write == other.write && by_default == other.by_default &&
         absent == other.absent && adds == other.adds && placed == other.placed &&
         after == other.after && after_placed == other.after_placed && before == other.before &&
         (scope == nullptr || *scope == *other.scope);
}

const MergeSlot* MergeScope::find(const Step& step) const {
  return const_cast<MergeScope*>(this)->find(step);
}

MergeSlot* MergeScope::find(const Step& step) {
  const auto at = locate(slots, step);
  return at != slots.end() && at->step == step ? &*at : nullptr;
}

MergeSlot& MergeScope::at(const Step& step) {
  const auto place = locate(slots, step);
  if (place != slots.end() && place->step == step) return *place;
  MergeSlot slot;
  slot.step = step;
  return *slots.insert(place, std::move(slot));
}

bool MergeScope::erase(const Step& step) {
  const auto place = locate(slots, step);
  if (place == slots.end() || place->step != step) return false;
  slots.erase(place);
  return true;
}

DecisionState state_of(const std::vector<Outcome>& outcomes) {
  bool refused = false;
  for (const Outcome& outcome : outcomes) {
    if (outcome.verdict == Verdict::applied) return DecisionState::committed;
    if (outcome.verdict == Verdict::refused) refused = true;
  }
  if (outcomes.empty()) return DecisionState::committed;
  return refused ? DecisionState::refused : DecisionState::superseded;
}

Status apply_merge_effects(MergeRow* row, const std::vector<ObjectEffect::MergeEffect>& effects) {
  for (const ObjectEffect::MergeEffect& effect : effects) {
    MergeScope* scope = find_merge_scope(&row->root, effect.scope);
    if (scope == nullptr) return leads_nowhere("an effect on merge state");
    if (effect.marks) take_marks(scope, *effect.marks);
    if (effect.slot) scope->at(effect.slot->step) = *effect.slot;
    if (effect.gone) scope->erase(*effect.gone);
  }
  return {};
}

}  // namespace syncline
