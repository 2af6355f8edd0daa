#include "node/merge/effects.h"

#include <algorithm>

namespace syncline::merging {
namespace {

// From this many changed children on, and if they are more than half, the whole scope is put:
// shorter, and a list that was rewritten comes in one piece.
constexpr size_t kWholeFrom = 8;

Effect put_of(const Path& path, const Child& child) {
  return {Effect::Kind::put, path, child.item, child.position};
}
Effect erase_of(const Path& path) { return {Effect::Kind::erase, path, {}, {}}; }
Effect move_of(const Path& path, const Child& child) {
  return {Effect::Kind::move, path, {}, child.position};
}

// Children of one step before and after; one of them may be null.
struct Pair {
  const Child* before = nullptr;
  const Child* after = nullptr;
};

template <class Children>
void match(const Children& before, const Children& after, std::vector<Pair>* pairs) {
  size_t a = 0;
  size_t b = 0;
  while (a < before.size() || b < after.size()) {
    const Child* left = a < before.size() ? &*before[a] : nullptr;
    const Child* right = b < after.size() ? &*after[b] : nullptr;
    Pair pair;
    if (left != nullptr && (right == nullptr || !(right->step < left->step))) pair.before = left;
    if (right != nullptr && (left == nullptr || !(left->step < right->step))) pair.after = right;
    a += pair.before != nullptr ? 1 : 0;
    b += pair.after != nullptr ? 1 : 0;
    const bool same =
        pair.before != nullptr && pair.after != nullptr && *pair.before == *pair.after;
    if (!same) pairs->push_back(pair);
  }
}

// The children that differ, by step.
std::vector<Pair> differing(const Scope& before, const Scope& after) {
  const auto& a = before.children;
  const auto& b = after.children;
  // What is alike at both ends is most of a list.
  size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  size_t tail = 0;
  while (tail < a.size() - head && tail < b.size() - head &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) {
    ++tail;
  }
  auto sorted = [&](const std::vector<Child>& children) {
    std::vector<const Child*> middle;
    for (size_t i = head; i + tail < children.size(); ++i) middle.push_back(&children[i]);
    std::sort(middle.begin(), middle.end(),
              [](const Child* x, const Child* y) { return x->step < y->step; });
    return middle;
  };
  std::vector<Pair> pairs;
  match(sorted(a), sorted(b), &pairs);
  return pairs;
}

class RowDifference {
 public:
  RowChange take() && { return std::move(change_); }

  void scope(const Scope& before, const Scope& after, const Pair* holder) {
    const std::vector<Pair> pairs = differing(before, after);
    if (holder != nullptr && pairs.size() >= kWholeFrom &&
        pairs.size() * 2 > after.children.size()) {
      add(put_of(path_, *holder->after), put_of(path_, *holder->before));
      return;
    }
    for (const Pair& pair : pairs) {
      path_.push_back(pair.before != nullptr ? pair.before->step : pair.after->step);
      child(pair);
      path_.pop_back();
    }
  }

 private:
  void add(Effect effect, Effect earlier) {
    change_.effects.push_back(std::move(effect));
    change_.earlier.push_back(std::move(earlier));
  }

  void child(const Pair& pair) {
    if (pair.before == nullptr) return add(put_of(path_, *pair.after), erase_of(path_));
    if (pair.after == nullptr) return add(erase_of(path_), put_of(path_, *pair.before));
    const Scope* before = pair.before->item.scope();
    const Scope* after = pair.after->item.scope();
    const bool inside = before != nullptr && after != nullptr && before->kind == after->kind;
    const bool moved = pair.before->position != pair.after->position;
    if (!inside && !(pair.before->item == pair.after->item)) {
      return add(put_of(path_, *pair.after), put_of(path_, *pair.before));
    }
    if (moved) add(move_of(path_, *pair.after), move_of(path_, *pair.before));
    if (inside) scope(*before, *after, &pair);
  }

  Path path_;
  RowChange change_;
};

bool same_marks(const MergeScope& a, const MergeScope& b) {
  return a.kind == b.kind && a.present == b.present && a.creates == b.creates &&
         a.reset == b.reset && a.cleared == b.cleared && a.rewrite == b.rewrite;
}

// Everything but what is inside the scope.
bool same_register(const MergeSlot& a, const MergeSlot& b) {
  return a.write == b.write && a.by_default == b.by_default && a.absent == b.absent &&
         a.adds == b.adds && a.placed == b.placed && a.after == b.after &&
         a.after_placed == b.after_placed && a.before == b.before;
}

class MergeDifference {
 public:
  std::vector<ObjectEffect::MergeEffect> take() && { return std::move(effects_); }

  void scope(const MergeScope& before, const MergeScope& after) {
    if (!same_marks(before, after)) {
      MergeScope marks;
      marks.kind = after.kind;
      marks.present = after.present;
      marks.creates = after.creates;
      marks.reset = after.reset;
      marks.cleared = after.cleared;
      marks.rewrite = after.rewrite;
      add().marks = std::move(marks);
    }
    auto a = before.slots.begin();
    auto b = after.slots.begin();
    while (a != before.slots.end() || b != after.slots.end()) {
      if (b == after.slots.end() || (a != before.slots.end() && a->step < b->step)) {
        add().gone = (a++)->step;
      } else if (a == before.slots.end() || b->step < a->step) {
        add().slot = *b++;
      } else {
        slot(*a++, *b++);
      }
    }
  }

 private:
  ObjectEffect::MergeEffect& add() {
    effects_.emplace_back().scope = path_;
    return effects_.back();
  }

  void slot(const MergeSlot& before, const MergeSlot& after) {
    if (before == after) return;
    if (!same_register(before, after) || before.scope == nullptr || after.scope == nullptr) {
      add().slot = after;
      return;
    }
    path_.push_back(after.step);
    scope(*before.scope, *after.scope);
    path_.pop_back();
  }

  Path path_;
  std::vector<ObjectEffect::MergeEffect> effects_;
};

}  // namespace

RowChange difference(const Scope& before, const Scope& after) {
  RowDifference difference;
  difference.scope(before, after, nullptr);
  return std::move(difference).take();
}

std::vector<ObjectEffect::MergeEffect> difference(const MergeRow& before, const MergeRow& after) {
  MergeDifference difference;
  difference.scope(before.root, after.root);
  return std::move(difference).take();
}

size_t count_slots(const MergeScope& scope, size_t limit) {
  size_t count = scope.slots.size();
  for (const MergeSlot& slot : scope.slots) {
    if (count > limit) break;
    if (slot.scope != nullptr) count += count_slots(*slot.scope, limit);
  }
  return count;
}

}  // namespace syncline::merging
