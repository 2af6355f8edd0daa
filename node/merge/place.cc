#include "node/merge/place.h"

#include <algorithm>

#include "proto/check.h"
#include "proto/planted.h"

namespace syncline::merging {

Item* Place::item() const {
  Child* child = scope.find(step);
  return child == nullptr ? nullptr : &child->item;
}

void Place::put(Item item) const {
  if (Child* child = scope.find(step)) {
    child->item = std::move(item);
    return;
  }
  CHECK(scope.kind != ScopeKind::list, "a list element put without a position");
  scope.put(step, std::move(item));
}

MergeScope& Place::inner() const {
  MergeSlot& slot = make_slot();
  if (slot.scope == nullptr) {
    slot.scope = std::make_unique<MergeScope>();
    slot.scope->kind = item()->scope()->kind;
    slot.scope->present = true;
  }
  return *slot.scope;
}

bool Place::explicit_stands() const {
  const MergeSlot* slot = this->slot();
  // Rows without merge state (a node's overlay) do not tell: what is there counts as written.
  return slot != nullptr && slot->write ? !slot->by_default : item() != nullptr;
}

bool fits(ScopeKind kind, const Step& step) {
  switch (kind) {
    case ScopeKind::object:
      return std::holds_alternative<FieldNumber>(step) || std::holds_alternative<std::string>(step);
    case ScopeKind::dictionary:
      return std::holds_alternative<std::string>(step);
    case ScopeKind::list:
      return std::holds_alternative<ElementId>(step);
    case ScopeKind::set:
      return std::holds_alternative<Member>(step);
  }
  return false;
}

std::optional<Ruling> hidden(const Sight& sight, const MergeScope& scope, size_t depth) {
  auto unless_seen = [&](const std::optional<Write>& mark) -> std::optional<Ruling> {
    if (!mark || sight.saw(*mark) || SYNCLINE_PLANTED(ignore_reset)) return std::nullopt;
    return homeless_at(depth, &*mark);
  };
  if (scope.creates.empty()) return unless_seen(scope.cleared ? scope.cleared : scope.reset);
  for (const Write& create : scope.creates) {
    if (sight.own(create)) return std::nullopt;
  }
  if (auto ruling = unless_seen(scope.reset)) return ruling;
  return unless_seen(scope.creates.front());
}

Walk walk(const Sight& sight, Scope* fields, MergeScope* root, const Path& path) {
  Walk at{fields, root, hidden(sight, *root, 0)};
  for (size_t i = 0; i + 1 < path.size() && !at.barred; ++i) {
    const Place place{*at.scope, *at.merge, path[i], i + 1};
    Item* item = place.item();
    if (item == nullptr || !item->is_scope()) {
      const MergeSlot* slot = place.slot();
      at.barred = homeless_at(i + 1, slot != nullptr && slot->write ? &*slot->write : nullptr);
      break;
    }
    at.merge = &place.inner();
    at.scope = item->scope();
    at.barred = hidden(sight, *at.merge, i + 1);
  }
  if (!at.barred && !fits(at.scope->kind, path.back())) {
    at.barred =
        homeless_at(path.size() - 1, at.merge->creates.empty() ? nullptr : &at.merge->creates[0]);
  }
  return at;
}

void prune(const Sight& sight, MergeScope* scope) {
  auto forget = [&](std::optional<Write>* mark) {
    if (*mark && sight.forgotten((*mark)->seq)) mark->reset();
  };
  forget(&scope->reset);
  forget(&scope->cleared);
  if (scope->rewrite && sight.forgotten(scope->rewrite->seq)) scope->rewrite.reset();
  for (MergeSlot& slot : scope->slots) {
    std::erase_if(slot.adds, [&](const CounterAdd& add) { return sight.forgotten(add.write.seq); });
    if (slot.placed && sight.forgotten(slot.placed->seq)) {
      slot.placed.reset();
      slot.after = slot.before = Position();
      slot.after_placed = LogSeq();
    }
    if (slot.scope == nullptr) continue;
    prune(sight, slot.scope.get());
    if (!slot.scope->present && !slot.scope->reset) slot.scope.reset();
  }
  std::erase_if(scope->slots, [&](const MergeSlot& slot) {
    return slot.absent && slot.adds.empty() && slot.write && sight.forgotten(slot.write->seq);
  });
}

}  // namespace syncline::merging
