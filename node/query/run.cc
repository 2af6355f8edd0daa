#include "node/query/run.h"

#include <algorithm>
#include <set>

#include "node/query/compare.h"

namespace syncline::query {
namespace {

// Keys of a DISTINCT as one text that is equal if and only if all of them are.
Bytes tuple_of(const std::vector<Value>& keys) {
  Bytes out;
  for (const Value& key : keys) {
    const Bytes one = comparison_key(key);
    put_u32_big_endian(&out, static_cast<uint32_t>(one.size()));
    out += one;
  }
  return out;
}

}  // namespace

Run::Run(std::shared_ptr<const BoundQuery> query, ObjectSource& source)
    : query_(std::move(query)), source_(source) {
  const std::vector<Stage>& stages = query_->stages;
  if (stages.empty()) return;
  if (stages[0].kind == Suffix::Kind::limit) limit_at_once_ = stages[0].limit;
  const bool best = stages.size() > 1 && stages[0].kind == Suffix::Kind::sort &&
                    stages[1].kind == Suffix::Kind::limit;
  if (best) best_ = stages[1].limit;
}

std::vector<Value> Run::keys_of(const Stage& stage, const Row& row) {
  std::vector<Value> keys;
  for (const Stage::Key& key : stage.keys)
    keys.push_back(value_at(*query_, key.path, {&row.id, &row.fields}, source_));
  return keys;
}

bool Run::take(std::shared_ptr<const Row> row) {
  if (entries_.size() >= limit_at_once_) return false;
  ++examined_;
  if (!matches(*query_, *row, source_)) return true;
  return take_matching(std::move(row));
}

bool Run::take_matching(std::shared_ptr<const Row> row) {
  if (entries_.size() >= limit_at_once_) return false;
  ++matched_;
  Entry entry{std::move(row), {}, matched_};
  if (best_ != UINT64_MAX) entry.keys = keys_of(query_->stages[0], *entry.row);
  entries_.push_back(std::move(entry));
  // Cutting only when it has doubled costs each row one comparison or two.
  constexpr uint64_t kCutMin = 64;
  if (best_ != UINT64_MAX && entries_.size() >= 2 * std::max(best_, kCutMin))
    sort(query_->stages[0], best_);
  return entries_.size() < limit_at_once_;
}

// The first `limit` of them; all in order.
void Run::sort(const Stage& stage, uint64_t limit) {
  const auto before = [&](const Entry& a, const Entry& b) {
    for (size_t i = 0; i < stage.keys.size(); ++i) {
      const std::strong_ordering o = order(a.keys[i], b.keys[i]);
      if (o != 0) return stage.keys[i].ascending ? o < 0 : o > 0;
    }
    return a.place < b.place;
  };
  if (limit < entries_.size()) {
    std::partial_sort(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(limit),
                      entries_.end(), before);
    entries_.resize(limit);
  } else {
    std::sort(entries_.begin(), entries_.end(), before);
  }
}

void Run::distinct(const Stage& stage) {
  std::set<Bytes> seen;
  std::erase_if(entries_, [&](const Entry& entry) {
    return !seen.insert(tuple_of(keys_of(stage, *entry.row))).second;
  });
}

std::vector<std::shared_ptr<const Row>> Run::finish() {
  for (const Stage& stage : query_->stages) {
    switch (stage.kind) {
      case Suffix::Kind::sort:
        for (size_t i = 0; i < entries_.size(); ++i) {
          entries_[i].keys = keys_of(stage, *entries_[i].row);
          // The cuts above kept the order of arrival in `place`; later SORTs sort what is there.
          if (&stage != &query_->stages[0]) entries_[i].place = i;
        }
        sort(stage, UINT64_MAX);
        break;
      case Suffix::Kind::distinct:
        distinct(stage);
        break;
      case Suffix::Kind::limit:
        if (entries_.size() > stage.limit) entries_.resize(stage.limit);
        break;
    }
  }
  std::vector<std::shared_ptr<const Row>> rows;
  for (Entry& entry : entries_) rows.push_back(std::move(entry.row));
  entries_.clear();
  return rows;
}

}  // namespace syncline::query
