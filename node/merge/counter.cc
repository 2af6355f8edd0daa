// Counters: adds commute, and are kept above the horizon, so that sets arriving in any order find
// the same adds.
#include <algorithm>
#include <limits>

#include "node/merge/scope.h"
#include "proto/limits.h"
#include "proto/planted.h"

namespace syncline::merging {
namespace {

// Wraps as 64 bits do. An int32 stays one while the sum fits.
Value plus(const Value& value, int64_t amount) {
  const auto sum = static_cast<int64_t>(static_cast<uint64_t>(value.as_integer()) +
                                        static_cast<uint64_t>(amount));
  const bool narrow = value.is<int32_t>() && sum >= std::numeric_limits<int32_t>::min() &&
                      sum <= std::numeric_limits<int32_t>::max();
  return narrow ? Value(static_cast<int32_t>(sum)) : Value(sum);
}

// The name of adds of several writers that were joined: nobody's, and after every other where
// stamps are equal, so that no set takes them for seen because it saw one of them.
constexpr ChangesetName kNobody{NodeId(~uint64_t{0}), Epoch(~uint64_t{0}), ~uint64_t{0}};

// The two oldest become one, under the later seq and stamp.
void join_oldest(std::vector<CounterAdd>* adds) {
  CounterAdd& first = (*adds)[0];
  const CounterAdd& second = (*adds)[1];
  CounterAdd joined;
  joined.amount = static_cast<int64_t>(static_cast<uint64_t>(first.amount) +
                                       static_cast<uint64_t>(second.amount));
  joined.write.seq = std::max(first.write.seq, second.write.seq);
  joined.write.stamp = std::max(first.write.stamp, second.write.stamp);
  const ChangesetName& a = first.write.name;
  const ChangesetName& b = second.write.name;
  const bool one_chain = a.origin == b.origin && a.epoch == b.epoch;
  joined.write.name = one_chain ? std::max(a, b) : kNobody;
  first = joined;
  adds->erase(adds->begin() + 1);
}

}  // namespace

void drop_adds(const Sight& sight, bool by_default, MergeSlot* slot) {
  if (by_default) return;
  std::erase_if(slot->adds, [&](const CounterAdd& add) {
    if (SYNCLINE_PLANTED(drop_later_adds)) return true;
    return sight.saw(add.write) || !later(add.write, sight.write());
  });
}

Value fold_adds(const Sight& sight, Value value, bool by_default, MergeSlot* slot) {
  drop_adds(sight, by_default, slot);
  if (!value.is_integer()) return value;
  for (const CounterAdd& add : slot->adds) value = plus(value, add.amount);
  return value;
}

Ruling increment(const Sight& sight, const Place& place, int64_t amount) {
  if (auto ruling = barred(sight, place)) return *ruling;
  MergeSlot& slot = place.make_slot();
  // The writer's own adds of one changeset are one.
  if (!slot.adds.empty() && slot.adds.back().write == sight.write()) {
    slot.adds.back().amount = static_cast<int64_t>(static_cast<uint64_t>(slot.adds.back().amount) +
                                                   static_cast<uint64_t>(amount));
  } else {
    slot.adds.push_back({sight.write(), amount});
  }
  if (slot.adds.size() > limits::kCounterAddsMax) join_oldest(&slot.adds);
  Item* item = place.item();
  if (item != nullptr && !item->is_scope() && item->value().is_integer()) {
    item->value() = plus(item->value(), SYNCLINE_PLANTED(count_twice) ? 2 * amount : amount);
    return {};
  }
  // No integer to add to. The add is kept all the same, for a set that is still on its way.
  Ruling ruling;
  ruling.verdict = Verdict::superseded;
  ruling.by_reset = item != nullptr && item->is_scope();
  if (slot.write) ruling.by = slot.write->seq;
  return ruling;
}

}  // namespace syncline::merging
