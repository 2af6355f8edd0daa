#include "node/merge/list.h"

#include <algorithm>

#include "node/merge/position.h"
#include "proto/limits.h"
#include "proto/planted.h"

namespace syncline::merging {
namespace {

// Between the neighbours that the writer saw: their positions, empty for an end.
struct Gap {
  Position after;
  LogSeq after_placed;
  Position before;
  // The children that stand in it, all placed by others whom the writer had not seen.
  size_t begin = 0;
  size_t end = 0;
};

bool ends_before(const Position& a,
                 const Position& b) {  // as right borders: empty is the list's end
  return !a.bytes.empty() && (b.bytes.empty() || a < b);
}

size_t find_index(const Scope& list, const ElementId& id, NeighbourHint* hint) {
  const auto& children = list.children;
  const Step step = id;
  for (size_t i = *hint; i < children.size() && i < *hint + 2; ++i) {
    if (children[i].step == step) return *hint = i;
  }
  for (size_t i = 0; i < children.size(); ++i) {
    if (children[i].step == step) return *hint = i;
  }
  return children.size();
}

// The hint in today's positions: the list may have been rewritten since the writer saw it.
Position translated(const Sight& sight, const MergeScope& merge, Position hint) {
  if (hint.bytes.size() > limits::kPositionBytesMax) hint.bytes.resize(limits::kPositionBytesMax);
  if (!merge.rewrite) return hint;
  if (sight.saw(merge.rewrite->seq)) return hint;
  const auto& moved = merge.rewrite->moved;
  const auto at = std::upper_bound(moved.begin(), moved.end(), hint,
                                   [](const Position& p, const auto& m) { return p < m.first; });
  return at == moved.begin() ? Position() : std::prev(at)->second;
}

bool seen(const Sight& sight, const MergeScope& merge, const Child& child) {
  const MergeSlot* slot = merge.find(child.step);
  return slot == nullptr || !slot->placed || sight.saw(*slot->placed);
}

Gap find_gap(const Sight& sight, const Scope& list, const MergeScope& merge,
             const Operation& operation, NeighbourHint* hint) {
  Gap gap;
  const auto& children = list.children;
  if (operation.left) {
    const size_t left = find_index(list, *operation.left, hint);
    if (left < children.size()) {
      gap.after = children[left].position;
      const MergeSlot* slot = merge.find(children[left].step);
      if (slot != nullptr && slot->placed) gap.after_placed = slot->placed->seq;
      gap.begin = left + 1;
    } else {
      gap.after = translated(sight, merge, operation.left_position);
      gap.begin =
          std::upper_bound(children.begin(), children.end(), gap.after,
                           [](const Position& p, const Child& c) { return p < c.position; }) -
          children.begin();
    }
  }
  gap.end = gap.begin;
  while (gap.end < children.size() && !seen(sight, merge, children[gap.end])) ++gap.end;
  if (gap.end < children.size()) gap.before = children[gap.end].position;
  return gap;
}

bool stands_before(const Sight& sight, const Step& mine, const MergeSlot& other) {
  const Write& a = sight.write();
  const Write& b = *other.placed;
  if (SYNCLINE_PLANTED(last_comes_first)) return true;
  return std::tie(a.stamp, a.name, mine) < std::tie(b.stamp, b.name, other.step);
}

// Does one of the gap's children stand at this position?
bool stands_in(const Scope& list, const Gap& gap, const Position& position) {
  const auto begin = list.children.begin() + static_cast<ptrdiff_t>(gap.begin);
  const auto end = list.children.begin() + static_cast<ptrdiff_t>(gap.end);
  const auto at = std::lower_bound(begin, end, position, [](const Child& child, const Position& p) {
    return child.position < p;
  });
  return at != end && at->position == position;
}

// Which of the gap's children to stand before. Those put into the same gap stand in the order of
// their writes. Behind each stands what was put behind it; before it what its writer put between
// the left border and it (such a child's own gap ends earlier: it goes with the child that it ends
// at). What bordered a gap may be gone since.
size_t find_index_in(const Sight& sight, const Scope& list, const MergeScope& merge, const Gap& gap,
                     const Step& step) {
  size_t at = gap.begin;
  bool scanning = false;
  for (size_t i = gap.begin; i < gap.end; ++i) {
    if (!scanning) at = i;
    const MergeSlot& other = *merge.find(list.children[i].step);
    if (other.after < gap.after) return at;
    if (gap.after < other.after) {
      if (stands_in(list, gap, other.after)) continue;
      // Behind something that is gone. If this writer saw that, it saw it to its right.
      if (sight.saw(other.after_placed)) return at;
    }
    const bool ends_inside =
        ends_before(other.before, gap.before) && stands_in(list, gap, other.before);
    if (!ends_inside && !ends_before(gap.before, other.before) &&
        stands_before(sight, step, other)) {
      return at;
    }
    scanning = ends_inside;
  }
  return scanning ? at : gap.end;
}

// Short positions for the whole list, remembering what they were.
void rewrite(const Sight& sight, Scope* list, MergeScope* merge) {
  std::vector<Position> positions = even_positions(list->children.size());
  MergeScope::Rewrite change;
  change.seq = sight.write().seq;
  for (size_t i = 0; i < positions.size(); ++i) {
    change.moved.emplace_back(list->children[i].position, positions[i]);
    list->children[i].position = positions[i];
  }
  auto translate = [&](Position* border, bool up) {
    if (border->bytes.empty()) return;
    auto at = std::lower_bound(change.moved.begin(), change.moved.end(), *border,
                               [](const auto& m, const Position& p) { return m.first < p; });
    if (at != change.moved.end() && at->first == *border) {
      *border = at->second;
    } else if (up) {
      *border = at == change.moved.end() ? Position() : at->second;
    } else {
      *border = at == change.moved.begin() ? Position() : std::prev(at)->second;
    }
  };
  for (MergeSlot& slot : merge->slots) {
    translate(&slot.after, false);
    translate(&slot.before, true);
  }
  merge->rewrite = std::move(change);
}

// Stands the child in the gap that the operation names, and notes who put it there.
void stand(const Sight& sight, const Place& place, const Operation& operation, Child child,
           NeighbourHint* hint) {
  auto& children = place.scope.children;
  Gap gap = find_gap(sight, place.scope, place.merge, operation, hint);
  const size_t at = find_index_in(sight, place.scope, place.merge, gap, place.step);
  const Position left = at == 0 ? Position() : children[at - 1].position;
  const Position right = at == children.size() ? Position() : children[at].position;
  // What stands between them already stays where it is.
  const bool fits_there = left < child.position && ends_before(child.position, right);
  if (child.position.bytes.empty() || !fits_there) child.position = position_between(left, right);
  const bool too_long = child.position.bytes.size() > limits::kPositionBytesMax;
  children.insert(children.begin() + static_cast<ptrdiff_t>(at), std::move(child));
  *hint = at;
  MergeSlot& slot = place.make_slot();
  slot.placed = sight.write();
  slot.after = std::move(gap.after);
  slot.after_placed = gap.after_placed;
  slot.before = std::move(gap.before);
  if (too_long) rewrite(sight, &place.scope, &place.merge);
}

// Gives every element a slot, so that slots tell which ids are there: a row without merge state (a
// node's overlay) has none, and a search of the row for each insert of a long run would cost the
// square of its length.
void record_elements(const Place& place) {
  if (place.merge.slots.size() == place.scope.children.size()) return;
  std::vector<MergeSlot> slots;
  for (const Child& child : place.scope.children) {
    MergeSlot* known = place.merge.find(child.step);
    if (known == nullptr) {
      slots.emplace_back().step = child.step;
    } else {
      slots.push_back(std::move(*known));
    }
  }
  std::sort(slots.begin(), slots.end(),
            [](const MergeSlot& a, const MergeSlot& b) { return a.step < b.step; });
  place.merge.slots = std::move(slots);
}

}  // namespace

Ruling insert_element(const Sight& sight, const Place& place, const Operation& operation,
                      NeighbourHint* hint) {
  record_elements(place);
  if (const MergeSlot* slot = place.slot()) {
    return slot->write ? lost_to(*slot->write) : homeless_at(place.depth, nullptr);
  }
  Child child;
  child.step = place.step;
  MergeSlot& slot = place.make_slot();
  slot.write = sight.write();
  if (const Scope* scope = operation.item->scope()) {
    slot.scope = std::make_unique<MergeScope>();
    bear(sight, slot.scope.get(), scope->kind, is_collection(scope->kind));
    Scope filled;
    fill(sight, *scope, false, &filled, slot.scope.get());
    child.item = std::move(filled);
  } else {
    child.item = operation.item->value();
  }
  stand(sight, place, operation, std::move(child), hint);
  return {};
}

Ruling move_element(const Sight& sight, const Place& place, const Operation& operation,
                    NeighbourHint* hint) {
  const MergeSlot* slot = place.slot();
  if (slot != nullptr && slot->placed && !sight.wins(*slot->placed)) return lost_to(*slot->placed);
  auto& children = place.scope.children;
  const auto there = std::find_if(children.begin(), children.end(),
                                  [&](const Child& child) { return child.step == place.step; });
  Child child = std::move(*there);
  children.erase(there);
  stand(sight, place, operation, std::move(child), hint);
  return {};
}

Ruling erase_element(const Place& place) {
  Ruling ruling;
  if (!place.scope.erase(place.step)) ruling.homeless = place.depth;
  place.merge.erase(place.step);
  return ruling;
}

}  // namespace syncline::merging
