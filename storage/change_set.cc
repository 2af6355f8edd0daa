#include "storage/change_set.h"

#include <algorithm>
#include <iterator>

namespace syncline {

void ChangeSet::add(const Batch::Change& change) {
  if (change.kind != Batch::Change::Kind::erase_range) {
    const auto [at, is_new] = points_.try_emplace(change.key, &change);
    if (is_new) return;
    constexpr auto kPut = Batch::Change::Kind::put;
    if (change.kind == kPut && at->second->kind == kPut) replaced_.insert(at->second);
    at->second = &change;
  } else if (before_end(change.key, change.value)) {
    erase_range(change.key, change.value);
  }
}

void ChangeSet::erase_range(BytesView from, BytesView to) {
  points_.erase(points_.lower_bound(from), to.empty() ? points_.end() : points_.lower_bound(to));
  // Join with every range that overlaps or touches.
  auto at = ranges_.upper_bound(from);
  if (at != ranges_.begin()) {
    const auto before = std::prev(at);
    if (before->second.empty() || before->second >= from) at = before;
  }
  while (at != ranges_.end() && (to.empty() || at->first <= to)) {
    from = std::min(from, at->first);
    to = to.empty() || at->second.empty() ? BytesView() : std::max(to, at->second);
    at = ranges_.erase(at);
  }
  ranges_.emplace(from, to);
}

const Batch::Change* ChangeSet::find(BytesView key) const {
  const auto at = points_.find(key);
  return at == points_.end() ? nullptr : at->second;
}

bool ChangeSet::covers(BytesView key) const {
  auto at = ranges_.upper_bound(key);
  if (at == ranges_.begin()) return false;
  return before_end(key, std::prev(at)->second);
}

}  // namespace syncline
