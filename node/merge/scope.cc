#include "node/merge/scope.h"
#include "proto/planted.h"

#include <algorithm>

namespace syncline::merging {
namespace {

bool any_own(const Sight& sight, const std::vector<Write>& writes) {
  return std::any_of(writes.begin(), writes.end(),
                     [&](const Write& write) { return sight.own(write); });
}

// Something explicit stands here, or stands as absent: it binds explicit writes.
bool bound(const MergeSlot* slot) { return slot != nullptr && slot->write && !slot->by_default; }

void take_register(const Sight& sight, bool by_default, MergeSlot* slot) {
  slot->write = sight.write();
  slot->by_default = by_default;
  slot->absent = false;
}

// The register's stamp becomes the later of the two.
void raise(const Sight& sight, bool by_default, MergeSlot* slot) {
  const bool over_default = slot->by_default && !by_default;
  if (!slot->write || over_default || sight.wins(*slot->write)) {
    take_register(sight, by_default, slot);
  }
}

// A new scope where none stands, or one of another kind does.
void put_new(const Sight& sight, const Place& place, ScopeKind kind, bool by_default, bool whole) {
  MergeSlot& slot = place.make_slot();
  const bool stood = slot.scope != nullptr && slot.scope->present;
  if (slot.scope == nullptr) slot.scope = std::make_unique<MergeScope>();
  if (!stood && bound(&slot) && !whole) slot.scope->reset = slot.write;
  bear(sight, slot.scope.get(), kind, whole && !by_default);
  take_register(sight, by_default, &slot);
  place.put(Scope{kind, {}});
}

Ruling create_over(const Sight& sight, const Place& place, ScopeKind kind, bool by_default) {
  MergeScope& inner = place.inner();
  MergeSlot& slot = *place.slot();
  const bool binds = bound(&slot);
  if (binds && inner.reset && !sight.saw(*inner.reset)) return fell_to(*inner.reset);
  if (place.item()->scope()->kind != kind) {
    if (binds && !sight.wins(*slot.write)) return fell_to(*slot.write);
    put_new(sight, place, kind, by_default, false);
    return {};
  }
  raise(sight, by_default, &slot);
  if (inner.creates.empty() && inner.cleared && !sight.saw(*inner.cleared)) {
    return fell_to(*inner.cleared);
  }
  join(sight, &inner);
  return {};
}

// A clear that does not say which kind it means cannot mean one that its writer has not seen.
bool means_another(const Sight& sight, const MergeScope& scope) {
  return !scope.creates.empty() && !sight.saw(scope.creates[0]) && !any_own(sight, scope.creates) &&
         !(scope.reset && !sight.saw(*scope.reset));
}

Ruling clear_standing(const Sight& sight, const Place& place, std::optional<ScopeKind> kind) {
  MergeScope& inner = place.inner();
  MergeSlot& slot = *place.slot();
  Scope* scope = place.item()->scope();
  if (!kind && means_another(sight, inner)) return fell_to(inner.creates[0]);
  const ScopeKind meant = kind.value_or(scope->kind);
  if (!is_collection(meant)) return homeless_at(place.depth, nullptr);
  if (auto ruling = barred(sight, place)) {
    ruling->by_reset = true;
    return *ruling;
  }
  if (meant != scope->kind) {
    if (!slot.write) return homeless_at(place.depth, nullptr);
    if (sight.saw(*slot.write) || !sight.wins(*slot.write)) return fell_to(*slot.write);
  }
  bear(sight, &inner, meant, true);
  raise(sight, false, &slot);
  if (!SYNCLINE_PLANTED(clear_nothing)) *scope = Scope{meant, {}};
  return {};
}

}  // namespace

bool is_collection(ScopeKind kind) { return kind != ScopeKind::object; }

void bear(const Sight& sight, MergeScope* scope, ScopeKind kind, bool whole) {
  scope->kind = kind;
  scope->present = true;
  scope->slots.clear();
  scope->rewrite.reset();
  scope->creates.clear();
  if (whole) {
    // Whatever reset stood here was seen, or was beaten by this write: this one stands for both.
    scope->reset.reset();
    scope->cleared = sight.write();
  } else {
    scope->creates.push_back(sight.write());
  }
}

void bury(const Sight& sight, MergeScope* scope) {
  scope->present = false;
  scope->slots.clear();
  scope->rewrite.reset();
  scope->creates.clear();
  scope->cleared.reset();
  scope->reset = sight.write();
}

void join(const Sight& sight, MergeScope* scope) {
  if (scope->creates.empty() || sight.saw(scope->creates.front())) return;
  if (!any_own(sight, scope->creates)) scope->creates.push_back(sight.write());
}

std::optional<Ruling> barred(const Sight& sight, const Place& place) {
  const MergeSlot* slot = place.slot();
  if (!bound(slot)) return std::nullopt;
  const Item* item = place.item();
  if (item == nullptr || !item->is_scope() || slot->scope == nullptr) {
    if (sight.wins(*slot->write)) return std::nullopt;
    return lost_to(*slot->write);
  }
  if (slot->scope->reset && !sight.wins(*slot->scope->reset)) return lost_to(*slot->scope->reset);
  if (slot->scope->cleared && !sight.wins(*slot->scope->cleared)) {
    return fell_to(*slot->scope->cleared);
  }
  return std::nullopt;
}

std::optional<Ruling> barred_default(const Sight& sight, const Place& place) {
  const MergeSlot* slot = place.slot();
  const Write* standing = slot != nullptr && slot->write ? &*slot->write : nullptr;
  if (!place.explicit_stands() && (standing == nullptr || sight.wins(*standing))) {
    return std::nullopt;
  }
  Ruling ruling;
  ruling.verdict = Verdict::superseded;
  if (standing != nullptr) ruling.by = standing->seq;
  return ruling;
}

Ruling create_scope(const Sight& sight, const Place& place, ScopeKind kind, bool by_default) {
  if (by_default) {
    if (auto ruling = barred_default(sight, place)) return *ruling;
  }
  const Item* item = place.item();
  if (item != nullptr && item->is_scope()) return create_over(sight, place, kind, by_default);
  const MergeSlot* slot = place.slot();
  if (bound(slot) && !sight.saw(*slot->write)) return fell_to(*slot->write);
  put_new(sight, place, kind, by_default, false);
  return {};
}

Ruling clear_scope(const Sight& sight, const Place& place, std::optional<ScopeKind> kind) {
  const Item* item = place.item();
  if (item != nullptr && item->is_scope()) return clear_standing(sight, place, kind);
  MergeSlot* slot = place.slot();
  if (slot == nullptr || slot->scope == nullptr || !slot->write) {
    return homeless_at(place.depth, slot != nullptr && slot->write ? &*slot->write : nullptr);
  }
  const ScopeKind meant = kind.value_or(slot->scope->kind);
  const bool revives =
      is_collection(meant) && bound(slot) && !sight.saw(*slot->write) && sight.wins(*slot->write);
  if (!revives) return homeless_at(place.depth, &*slot->write);
  put_new(sight, place, meant, false, true);
  return {};
}

}  // namespace syncline::merging
