// Assigning whole values: embedded = create + a write of every field named; collection = create +
// clear + fill.
#include <algorithm>
#include <set>

#include "node/merge/position.h"
#include "node/merge/scope.h"

namespace syncline::merging {
namespace {

Ruling assign_embedded(const Sight& sight, const Place& place, const Scope& fields,
                       bool by_default) {
  const Ruling created = create_scope(sight, place, ScopeKind::object, by_default);
  if (!created.applied()) return created;
  MergeScope& inner = place.inner();
  Scope* scope = place.item()->scope();
  std::optional<Ruling> lost;
  size_t won = 0;
  for (const Child& child : fields.children) {
    if (!fits(ScopeKind::object, child.step)) continue;
    const Place field{*scope, inner, child.step, place.depth + 1};
    const Ruling ruling = assign(sight, field, child.item, by_default);
    if (ruling.applied()) {
      ++won;
    } else {
      lost = ruling;
    }
  }
  return lost && won == 0 ? *lost : created;
}

Ruling assign_collection(const Sight& sight, const Place& place, const Scope& items,
                         bool by_default) {
  if (auto ruling = by_default ? barred_default(sight, place) : barred(sight, place)) {
    return *ruling;
  }
  const Item* item = place.item();
  MergeSlot& slot = place.make_slot();
  const bool binds = slot.write && !slot.by_default && !by_default;
  const bool over_other = item != nullptr && item->is_scope() && item->scope()->kind != items.kind;
  if (binds && over_other && !sight.wins(*slot.write)) return fell_to(*slot.write);
  if (slot.scope == nullptr) slot.scope = std::make_unique<MergeScope>();
  bear(sight, slot.scope.get(), items.kind, !by_default);
  // A concurrent create of this kind may have raised the register above this write.
  if (!binds || sight.wins(*slot.write)) slot.write = sight.write();
  slot.by_default = by_default;
  slot.absent = false;
  Scope filled{items.kind, {}};
  fill(sight, items, by_default, &filled, slot.scope.get());
  place.put(std::move(filled));
  return {};
}

// Steps stand once: of two with one step the first stays.
void sort_slots(MergeScope* merge) {
  std::stable_sort(merge->slots.begin(), merge->slots.end(),
                   [](const MergeSlot& a, const MergeSlot& b) { return a.step < b.step; });
}

void sort_children(Scope* to) {
  if (to->kind == ScopeKind::list) return;
  std::stable_sort(to->children.begin(), to->children.end(),
                   [](const Child& a, const Child& b) { return a.step < b.step; });
}

// The children of `from` that fit such a scope, each step once.
std::vector<const Child*> fitting(const Scope& from, ScopeKind kind) {
  std::vector<const Child*> children;
  children.reserve(from.children.size());
  std::set<Step> steps;
  for (const Child& child : from.children) {
    if (fits(kind, child.step) && steps.insert(child.step).second) children.push_back(&child);
  }
  return children;
}

}  // namespace

void fill(const Sight& sight, const Scope& from, bool by_default, Scope* to, MergeScope* merge) {
  to->kind = from.kind;
  const bool list = from.kind == ScopeKind::list;
  const std::vector<const Child*> children = fitting(from, from.kind);
  std::vector<Position> positions;
  if (list) positions = even_positions(children.size());
  to->children.reserve(children.size());
  merge->slots.reserve(children.size());
  for (size_t i = 0; i < children.size(); ++i) {
    const Child& child = *children[i];
    Child& copy = to->children.emplace_back();
    copy.step = child.step;
    MergeSlot& slot = merge->slots.emplace_back();
    slot.step = child.step;
    slot.write = sight.write();
    slot.by_default = by_default;
    if (list) {
      copy.position = positions[i];
      slot.placed = sight.write();
    }
    if (const Scope* inner = child.item.scope()) {
      slot.scope = std::make_unique<MergeScope>();
      bear(sight, slot.scope.get(), inner->kind, is_collection(inner->kind) && !by_default);
      Scope filled;
      fill(sight, *inner, by_default, &filled, slot.scope.get());
      copy.item = std::move(filled);
    } else if (from.kind != ScopeKind::set) {
      copy.item = child.item;
    }
  }
  sort_children(to);
  sort_slots(merge);
}

Scope arranged(const Scope& from, ScopeKind kind) {
  Scope to{kind, {}};
  const std::vector<const Child*> children = fitting(from, kind);
  std::vector<Position> positions;
  if (kind == ScopeKind::list) positions = even_positions(children.size());
  to.children.reserve(children.size());
  for (size_t i = 0; i < children.size(); ++i) {
    const Child& child = *children[i];
    Child& copy = to.children.emplace_back();
    copy.step = child.step;
    if (kind == ScopeKind::list) copy.position = positions[i];
    if (const Scope* inner = child.item.scope()) {
      copy.item = arranged(*inner, inner->kind);
    } else if (kind != ScopeKind::set) {
      copy.item = child.item;
    }
  }
  sort_children(&to);
  return to;
}

Ruling assign(const Sight& sight, const Place& place, const Item& item, bool by_default) {
  const Scope* scope = item.scope();
  if (scope == nullptr) return write_scalar(sight, place, item.value(), by_default);
  if (is_collection(scope->kind)) return assign_collection(sight, place, *scope, by_default);
  return assign_embedded(sight, place, *scope, by_default);
}

}  // namespace syncline::merging
