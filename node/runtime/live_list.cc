#include "node/runtime/live_list.h"

#include <algorithm>
#include <map>

namespace syncline {
namespace {

using Ref = std::shared_ptr<const ListEntry>;

// By the keys of one sorting; 0: it does not tell them apart.
int compare_by(const ListStage& sort, const ListEntry& a, const ListEntry& b) {
  for (const ListStage::Key& key : sort.keys)
    if (const int order = a.values[key.value].compare(b.values[key.value]); order != 0)
      return key.ascending ? order : -order;
  return 0;
}

void keep_distinct(const ListStage& stage, ListEntries* list) {
  std::set<std::vector<BytesView>> seen;
  std::erase_if(*list, [&](const Ref& entry) {
    std::vector<BytesView> values;
    for (const ListStage::Key& key : stage.keys) values.push_back(entry->values[key.value]);
    return !seen.insert(std::move(values)).second;
  });
}

// Which of a sequence of different numbers are no part of a longest rising one.
std::vector<size_t> not_rising(const std::vector<uint64_t>& numbers) {
  std::vector<size_t> tails;  // tails[n]: where the rising run of n + 1 that ends lowest ends
  std::vector<size_t> before(numbers.size(), SIZE_MAX);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const auto at = std::lower_bound(tails.begin(), tails.end(), numbers[i],
                                     [&](size_t end, uint64_t n) { return numbers[end] < n; });
    if (at != tails.begin()) before[i] = *std::prev(at);
    if (at == tails.end()) {
      tails.push_back(i);
    } else {
      *at = i;
    }
  }
  std::vector<bool> rises(numbers.size(), false);
  for (size_t i = tails.empty() ? SIZE_MAX : tails.back(); i != SIZE_MAX; i = before[i])
    rises[i] = true;
  std::vector<size_t> out;
  for (size_t i = 0; i < numbers.size(); ++i)
    if (!rises[i]) out.push_back(i);
  return out;
}

uint64_t count_below(const std::vector<uint64_t>& sorted, uint64_t bound) {
  return static_cast<uint64_t>(std::lower_bound(sorted.begin(), sorted.end(), bound) -
                               sorted.begin());
}

}  // namespace

LiveList::LiveList(std::vector<ListStage> stages)
    : order_(std::make_shared<ListEntries>()), shown_(order_) {
  const auto window = std::find_if(stages.begin(), stages.end(), [](const ListStage& stage) {
    return stage.kind != ListStage::Kind::sort;
  });
  sorts_.assign(stages.begin(), window);
  window_.assign(window, stages.end());
}

// A later sorting goes before an earlier one, and leaves the order that it finds between equals.
bool LiveList::before(const ListEntry& a, const ListEntry& b) const {
  for (auto sort = sorts_.rbegin(); sort != sorts_.rend(); ++sort)
    if (const int order = compare_by(*sort, a, b); order != 0) return order < 0;
  return a.key < b.key;
}

size_t LiveList::place_of(const ListEntry& entry) const {
  const auto at =
      std::lower_bound(order_->begin(), order_->end(), entry,
                       [this](const Ref& one, const ListEntry& two) { return before(*one, two); });
  return static_cast<size_t>(at - order_->begin());
}

std::shared_ptr<ListEntries> LiveList::window() const {
  auto list = std::make_shared<ListEntries>(*order_);
  for (const ListStage& stage : window_) {
    switch (stage.kind) {
      case ListStage::Kind::sort:
        std::stable_sort(list->begin(), list->end(),
                         [&](const Ref& a, const Ref& b) { return compare_by(stage, *a, *b) < 0; });
        break;
      case ListStage::Kind::distinct:
        keep_distinct(stage, list.get());
        break;
      case ListStage::Kind::limit:
        if (list->size() > stage.limit) list->resize(stage.limit);
        break;
    }
  }
  return list;
}

// Who was shown the list keeps it as it is.
void LiveList::own_order() {
  if (window_.empty()) shown_.reset();
  if (order_.use_count() > 1) order_ = std::make_shared<ListEntries>(*order_);
}

ListDiff LiveList::reset(ListEntries matching, const std::set<ObjectKey>& modified) {
  const std::shared_ptr<const ListEntries> old = shown_;
  matching_.clear();
  matching_.insert(matching.begin(), matching.end());
  std::sort(matching.begin(), matching.end(),
            [this](const Ref& a, const Ref& b) { return before(*a, *b); });
  order_ = std::make_shared<ListEntries>(std::move(matching));
  shown_ = window_.empty() ? order_ : window();
  return diff_of(*old, *shown_, modified);
}

// Those that kept their places keep their order. So one has moved if it has come past one of them;
// and of those between the same two, the fewest that make their order what it is. Requires: sorted
// by `to`.
std::vector<ListDiff::Move> LiveList::moves_among(const std::vector<Stayed>& stayed) {
  std::vector<ListDiff::Move> moves;
  for (size_t i = 0; i < stayed.size();) {
    std::vector<size_t> same_gap;
    std::vector<uint64_t> from;
    const uint64_t rank = stayed[i].rank_after;
    for (; i < stayed.size() && stayed[i].rank_after == rank; ++i) {
      if (stayed[i].rank_before != rank) {
        moves.push_back({stayed[i].from, stayed[i].to});
      } else {
        same_gap.push_back(i);
        from.push_back(stayed[i].from);
      }
    }
    for (size_t n : not_rising(from))
      moves.push_back({stayed[same_gap[n]].from, stayed[same_gap[n]].to});
  }
  std::sort(moves.begin(), moves.end(), [](const auto& a, const auto& b) { return a.to < b.to; });
  return moves;
}

// An entry that sorts as it did takes its own place: nothing moves for it.
ListEntries LiveList::replace_in_place(std::vector<Change>* changes) {
  ListEntries told;
  std::erase_if(*changes, [&](Change& change) {
    const auto held = matching_.find(change.key);
    if (held == matching_.end()) return change.after == nullptr;
    if (change.after == nullptr || change.after->values != (*held)->values) return false;
    (*order_)[place_of(**held)] = change.after;
    if (change.modified) told.push_back(change.after);
    matching_.insert(matching_.erase(held), std::move(change.after));
    return true;
  });
  return told;
}

ListDiff LiveList::apply(std::vector<Change> changes) {
  const std::shared_ptr<const ListEntries> old_window = window_.empty() ? nullptr : shown_;
  std::set<ObjectKey> modified;
  for (const Change& change : changes)
    if (change.modified) modified.insert(change.key);
  own_order();
  ListDiff diff;
  const ListEntries in_place = replace_in_place(&changes);
  std::map<ObjectKey, Stayed> stayed = take_out(changes, &diff);
  put_in(std::move(changes), std::move(stayed), &diff);
  for (const Ref& entry : in_place) diff.modifications.push_back(place_of(*entry));
  std::sort(diff.modifications.begin(), diff.modifications.end());
  if (window_.empty()) {
    shown_ = order_;
    return diff;
  }
  shown_ = window();
  return diff_of(*old_window, *shown_, modified);
}

// What goes, and what comes back elsewhere.
std::map<ObjectKey, LiveList::Stayed> LiveList::take_out(const std::vector<Change>& changes,
                                                         ListDiff* diff) {
  std::map<ObjectKey, Stayed> stayed;
  std::vector<uint64_t> taken;  // indexes in the old list
  for (const Change& change : changes) {
    const auto held = matching_.find(change.key);
    if (held == matching_.end()) continue;
    const uint64_t from = place_of(**held);
    taken.push_back(from);
    if (change.after == nullptr) {
      diff->deletions.push_back(from);
    } else {
      stayed[change.key].from = from;
    }
    matching_.erase(held);
  }
  std::sort(taken.begin(), taken.end());
  std::sort(diff->deletions.begin(), diff->deletions.end());
  for (auto& [key, one] : stayed) one.rank_before = one.from - count_below(taken, one.from);
  for (auto at = taken.rbegin(); at != taken.rend(); ++at)
    order_->erase(order_->begin() + static_cast<ptrdiff_t>(*at));
  return stayed;
}

void LiveList::put_in(std::vector<Change> changes, std::map<ObjectKey, Stayed> stayed,
                      ListDiff* diff) {
  std::erase_if(changes, [](const Change& change) { return change.after == nullptr; });
  std::sort(changes.begin(), changes.end(),
            [this](const Change& a, const Change& b) { return before(*a.after, *b.after); });
  std::vector<Stayed> stays;
  for (size_t n = 0; n < changes.size(); ++n) {
    const Change& change = changes[n];
    // The n before it are in already; the others that stand before it did not change their place.
    const uint64_t to = place_of(*change.after);
    order_->insert(order_->begin() + static_cast<ptrdiff_t>(to), change.after);
    matching_.insert(change.after);
    const auto at = stayed.find(change.key);
    if (at == stayed.end()) {
      diff->insertions.push_back(to);
      continue;
    }
    at->second.to = to;
    at->second.rank_after = to - n;
    stays.push_back(at->second);
    if (change.modified) diff->modifications.push_back(to);
  }
  diff->moves = moves_among(stays);
}

ListDiff diff_of(const ListEntries& old, const ListEntries& now,
                 const std::set<ObjectKey>& modified) {
  ListDiff diff;
  std::map<ObjectKey, uint64_t> places;
  for (uint64_t i = 0; i < old.size(); ++i) places[old[i]->key] = i;
  std::vector<uint64_t> from;  // of those that stay, in their new order
  std::vector<uint64_t> to;
  std::vector<bool> stays(old.size(), false);
  for (uint64_t i = 0; i < now.size(); ++i) {
    const auto at = places.find(now[i]->key);
    if (at == places.end()) {
      diff.insertions.push_back(i);
      continue;
    }
    stays[at->second] = true;
    from.push_back(at->second);
    to.push_back(i);
    if (modified.contains(now[i]->key)) diff.modifications.push_back(i);
  }
  for (uint64_t i = 0; i < old.size(); ++i)
    if (!stays[i]) diff.deletions.push_back(i);
  for (size_t n : not_rising(from)) diff.moves.push_back({from[n], to[n]});
  return diff;
}

}  // namespace syncline
