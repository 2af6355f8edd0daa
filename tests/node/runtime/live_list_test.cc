#include "node/runtime/live_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace syncline::testing::live_list {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Entry = std::shared_ptr<const ListEntry>;
using Kind = ListStage::Kind;

ObjectKey key(int n) { return {Bytes(1, static_cast<char>(n))}; }
Entry entry(int n, std::vector<Bytes> values) {
  return std::make_shared<const ListEntry>(ListEntry{key(n), std::move(values)});
}
ListStage sort_by(size_t value, bool ascending = true) {
  return {Kind::sort, {{value, ascending}}, 0};
}
ListStage distinct_by(size_t value) { return {Kind::distinct, {{value, true}}, 0}; }
ListStage limit(uint64_t n) { return {Kind::limit, {}, n}; }

std::vector<int> keys(const ListEntries& list) {
  std::vector<int> out;
  for (const Entry& one : list) out.push_back(one->key.bytes[0]);
  return out;
}

// The old list with the diff done to it; what is put in is looked up in the new one.
std::vector<int> applied(std::vector<int> old, const std::vector<int>& now, const ListDiff& diff) {
  std::set<uint64_t> out(diff.deletions.begin(), diff.deletions.end());
  std::set<uint64_t> in(diff.insertions.begin(), diff.insertions.end());
  for (const ListDiff::Move& move : diff.moves) {
    EXPECT_EQ(old[move.from], now[move.to]) << "what moved is the same object";
    out.insert(move.from);
    in.insert(move.to);
  }
  EXPECT_EQ(out.size(), diff.deletions.size() + diff.moves.size()) << "each once";
  EXPECT_EQ(in.size(), diff.insertions.size() + diff.moves.size());
  for (auto at = out.rbegin(); at != out.rend(); ++at) old.erase(old.begin() + *at);
  for (uint64_t at : in) {
    if (at > old.size()) return {};
    old.insert(old.begin() + at, now[at]);
  }
  return old;
}

TEST(LiveList, TellsWhereThingsWereAndAre) {
  LiveList list({sort_by(0)});
  list.reset({entry(1, {"b"}), entry(2, {"d"}), entry(3, {"f"})});
  const auto kept = list.entries();
  EXPECT_THAT(keys(*kept), ElementsAre(1, 2, 3));
  const ListDiff diff = list.apply(
      {{key(1), entry(1, {"e"})}, {key(3), nullptr}, {key(4), entry(4, {"a"})}, {key(9), nullptr}});
  EXPECT_THAT(keys(*list.entries()), ElementsAre(4, 2, 1));
  EXPECT_THAT(keys(*kept), ElementsAre(1, 2, 3)) << "who keeps a list has it as it was";
  EXPECT_THAT(diff.deletions, ElementsAre(2));
  EXPECT_THAT(diff.insertions, ElementsAre(0));
  EXPECT_THAT(diff.modifications, ElementsAre(2));
  EXPECT_THAT(diff.moves, ElementsAre(ListDiff::Move{0, 2}));
}

TEST(LiveList, MovesNothingThatOnlyMadeRoom) {
  LiveList list({sort_by(0)});
  list.reset({entry(1, {"b"}), entry(2, {"d"}), entry(3, {"f"})});
  EXPECT_THAT(list.apply({{key(2), entry(2, {"e"})}}).moves, IsEmpty());
  EXPECT_THAT(list.apply({{key(4), entry(4, {"a"})}}).moves, IsEmpty());
  const ListDiff swapped = list.apply({{key(1), entry(1, {"e"})}, {key(2), entry(2, {"b"})}});
  EXPECT_EQ(swapped.moves.size(), 1u) << "of two that changed places, one did";
  EXPECT_THAT(keys(*list.entries()), ElementsAre(4, 2, 1, 3));
}

TEST(LiveList, FillsItsWindowAndTellsOnlyWhatIsInIt) {
  LiveList list({sort_by(0), limit(2)});
  list.reset({entry(1, {"a"}), entry(2, {"b"}), entry(3, {"c"})});
  EXPECT_THAT(keys(*list.entries()), ElementsAre(1, 2));
  ListDiff diff = list.apply({{key(3), entry(3, {"d"})}});
  EXPECT_TRUE(diff.empty());
  diff = list.apply({{key(1), nullptr}});
  EXPECT_THAT(diff.deletions, ElementsAre(0));
  EXPECT_THAT(diff.insertions, ElementsAre(1));
  EXPECT_THAT(keys(*list.entries()), ElementsAre(2, 3));
}

TEST(LiveList, LeavesOutWhatIsNotToBeTold) {
  LiveList list({sort_by(0)});
  list.reset({entry(1, {"a"}), entry(2, {"b"})});
  EXPECT_TRUE(list.apply({{key(1), entry(1, {"a"}), false}}).empty());
  const ListDiff moved = list.apply({{key(1), entry(1, {"c"}), false}});
  EXPECT_THAT(moved.modifications, IsEmpty());
  EXPECT_EQ(moved.moves.size(), 1u);
}

// What is kept up to date is what a new run finds; the diff makes the one list of the other.
TEST(LiveList, IsWhatANewRunFindsWhateverChanges) {
  const std::vector<std::vector<ListStage>> shapes = {
      {},
      {sort_by(0)},
      {sort_by(0, false)},
      {sort_by(0), sort_by(1, false)},
      {limit(5)},
      {sort_by(1), limit(4)},
      {distinct_by(0)},
      {sort_by(0), distinct_by(1), limit(3)},
      {sort_by(0, false), limit(6), sort_by(1)},
      {limit(0)},
  };
  std::mt19937 random(1);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (const auto& stages : shapes)
    for (int run = 0; run < 20; ++run) {
      std::map<int, Entry> matching;
      LiveList list(stages);
      for (int step = 0; step < 60; ++step) {
        std::map<int, LiveList::Change> batch;
        for (int n = 1 + below(step % 9 == 0 ? 20 : 3); n > 0; --n) {
          const int k = 1 + below(25);
          Entry after;
          if (below(3) != 0)
            after = entry(k, {Bytes(1, static_cast<char>('a' + below(6))),
                              Bytes(1, static_cast<char>('a' + below(3)))});
          batch[k] = {key(k), after, below(4) != 0};
        }
        const std::vector<int> before = keys(*list.entries());
        std::set<int> modified;
        std::vector<LiveList::Change> changes;
        for (const auto& [k, change] : batch) {
          changes.push_back(change);
          if (change.modified && change.after) modified.insert(k);
          matching.erase(k);
          if (change.after) matching[k] = change.after;
        }
        const ListDiff diff = list.apply(changes);
        LiveList anew(stages);
        ListEntries all;
        for (const auto& [k, one] : matching) all.push_back(one);
        anew.reset(all);
        const std::vector<int> now = keys(*list.entries());
        ASSERT_EQ(now, keys(*anew.entries()));
        ASSERT_EQ(applied(before, now, diff), now);
        std::vector<uint64_t> expected;
        for (size_t i = 0; i < now.size(); ++i)
          if (modified.contains(now[i]) &&
              std::find(before.begin(), before.end(), now[i]) != before.end())
            expected.push_back(i);
        ASSERT_EQ(diff.modifications, expected);
        std::set<uint64_t> went(diff.deletions.begin(), diff.deletions.end());
        for (size_t i = 0; i < before.size(); ++i)
          ASSERT_EQ(went.contains(i), std::find(now.begin(), now.end(), before[i]) == now.end());
      }
    }
}

}  // namespace
}  // namespace syncline::testing::live_list
