// Counters (docs/conflict-resolution.md, "Counters").
#include <gtest/gtest.h>

#include <limits>

#include "proto/limits.h"
#include "tests/node/merge/harness.h"

namespace syncline::merge_test {
namespace {

Script add(int64_t amount) {
  return [=](Editor& e) { e.increment(at(1), amount); };
}
Script set(Value value) {
  return [=](Editor& e) { e.set(at(1), value); };
}
const Script kNine = [](Editor& e) { e.create({{1, Value(int64_t{9})}}); };

TEST(MergeCounters, AddsSumUp) {
  EXPECT_EQ(duel(kNine, once(10, add(5)), once(20, add(4))), "{1: 18}");
}

TEST(MergeCounters, LaterAddFoldsIntoTheSet) {
  EXPECT_EQ(duel(kNine, once(10, set(int64_t{100})), once(20, add(3))), "{1: 103}");
}

TEST(MergeCounters, EarlierAddIsSupersededByTheSet) {
  EXPECT_EQ(duel(kNine, once(20, set(int64_t{100})), once(10, add(3))), "{1: 100}");
}

TEST(MergeCounters, SetBetweenTwoAddsKeepsOnlyTheLater) {
  const PeerScript adds = [](Peer& peer) {
    peer.write(1, add(2));
    peer.write(20, add(3));
  };
  EXPECT_EQ(duel(kNine, once(10, set(int64_t{100})), adds), "{1: 103}");
}

TEST(MergeCounters, AddSeenByTheSetIsContainedInIt) {
  World world;
  world.peer(1).write(1, kNine);
  world.peer(1).write(1000, add(5));
  world.peer(1).deliver_all();
  world.peer(2).download();
  world.peer(2).write(2, set(int64_t{50}));
  world.peer(2).deliver();
  EXPECT_EQ(world.show(), "{1: 50}");
  EXPECT_TRUE(world.merge().root.find(step_of(1))->adds.empty());
}

TEST(MergeCounters, SupersededAddIsToldByWhichSet) {
  World world;
  world.peer(1).write(1, kNine);
  world.peer(2);
  world.settle();
  world.peer(1).write(20, set(int64_t{100}));
  world.peer(2).write(10, add(3));
  world.peer(1).deliver();
  const Outcome outcome = world.peer(2).deliver()[0];
  EXPECT_EQ(outcome.verdict, Verdict::superseded);
  EXPECT_EQ(outcome.superseded_by, LogSeq(2));
}

TEST(MergeCounters, DefaultSetDropsNoAdd) {
  World world;
  for (uint64_t id : {1, 2}) {
    world.peer(id).write(id * 10, [](Editor& e) {
      e.create();
      e.set_default(at(1), Value(int64_t{100}));
    });
    world.peer(id).write(id * 10 + 1, add(static_cast<int64_t>(id)));
  }
  const auto other = world.fork();
  world.settle();
  EXPECT_EQ(world.show(), "{1: 103}");
  other->peer(2).deliver_all();
  other->peer(1).deliver_all();
  EXPECT_EQ(other->show(), "{1: 103}");
}

TEST(MergeCounters, AddsOnNullAreNothing) {
  const PeerScript adds = [](Peer& peer) {
    peer.write(1, add(2));
    peer.write(20, add(3));
  };
  EXPECT_EQ(duel(kNine, once(10, set(Value())), adds), "{1: null}");
}

TEST(MergeCounters, AddsOnWhatIsNoIntegerAreNothing) {
  EXPECT_EQ(duel(kNine, once(10, set("text")), once(20, add(3))), R"({1: "text"})");
  EXPECT_EQ(duel(kNine, once(10, set(1.5)), once(20, add(3))), "{1: 1.5}");
  EXPECT_EQ(duel(kNine, once(10, set(List{1})), once(20, add(3))), "{1: [1]}");
  World world;
  world.peer(1).write(1, [](Editor& e) { e.create(); });
  world.peer(1).write(2, add(1));
  world.peer(1).deliver();
  EXPECT_EQ(world.peer(1).deliver()[0].verdict, Verdict::superseded);
  EXPECT_EQ(world.show(), "{}");
}

TEST(MergeCounters, SetsArrivingInAnyOrderFindTheSameAdds) {
  // A null, a set after it, and an add after both, none seen by another: whoever comes first.
  std::set<std::string> ends;
  std::vector<uint64_t> order{1, 2, 3};
  do {
    World world;
    world.peer(4).write(1, kNine);
    for (uint64_t id : order) world.peer(id);
    world.settle();
    world.peer(1).write(10, set(Value()));
    world.peer(2).write(15, set(int64_t{5}));
    world.peer(3).write(20, add(2));
    for (uint64_t id : order) world.peer(id).deliver();
    ends.insert(world.show());
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(ends, std::set<std::string>{"{1: 7}"});
}

TEST(MergeCounters, ChangeOfKindDropsConcurrentAdds) {
  const PeerScript list = [](Peer& peer) {
    peer.write(20, [](Editor& e) {
      e.make(at(1), ScopeKind::list);
      e.append(at(1), Value(1));
    });
  };
  EXPECT_EQ(duel(kNine, once(10, add(42)), list), "{1: [1]}");
  EXPECT_EQ(duel(kNine, once(30, add(42)), list), "{1: [1]}");
}

TEST(MergeCounters, WrapAround) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  const Script common = [=](Editor& e) { e.create({{1, Value(most)}}); };
  World world;
  world.peer(1).write(1, common);
  world.peer(1).write(2, add(1));
  world.peer(1).deliver_all();
  EXPECT_EQ(find_item(world.row()->fields, at(1))->value(),
            Value(std::numeric_limits<int64_t>::min()));
}

TEST(MergeCounters, Int32StaysWhileItFits) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, [](Editor& e) { e.create({{1, Value(int32_t{2147483646})}}); });
  peer.write(2, add(1));
  peer.write(3, add(1));
  peer.deliver();
  peer.deliver();
  EXPECT_EQ(find_item(world.row()->fields, at(1))->value(), Value(int32_t{2147483647}));
  peer.deliver();
  EXPECT_EQ(find_item(world.row()->fields, at(1))->value(), Value(int64_t{2147483648}));
}

TEST(MergeCounters, AddsAreBoundedAndStillSum) {
  World world;
  world.peer(9).write(1, kNine);
  const auto many = static_cast<uint64_t>(limits::kCounterAddsMax) + 10;
  for (uint64_t id = 10; id < 10 + many; ++id) world.peer(id);
  world.settle();
  for (uint64_t id = 10; id < 10 + many; ++id) world.peer(id).write(id, add(1));
  // Unseen by all of them, and earlier than all: none may be dropped.
  world.peer(5).download();
  world.peer(5).write(5, set(int64_t{1000}));
  for (uint64_t id = 10; id < 10 + many; ++id) world.peer(id).deliver();
  EXPECT_EQ(world.show(), "{1: " + std::to_string(9 + many) + "}");
  EXPECT_EQ(world.merge().root.find(step_of(1))->adds.size(), limits::kCounterAddsMax);
  world.peer(5).deliver();
  EXPECT_EQ(world.show(), "{1: " + std::to_string(1000 + many) + "}");
}

TEST(MergeCounters, JoinedAddsMayCountButAreNeverDroppedForAnothers) {
  World world;
  world.peer(9).write(1, kNine);
  for (uint64_t id = 1; id < 9; ++id) world.peer(id);
  world.settle();
  // Peer 1 adds first, then others until its add has joined another's; then it sets, having seen
  // only its own.
  world.peer(1).write(100, add(1));
  world.peer(2).write(200, add(10));
  for (int i = 0; i < 63; ++i) world.peer(3).write(300, add(100));
  world.peer(1).write(110, set(int64_t{0}));
  world.peer(1).deliver();
  world.peer(2).deliver();
  world.peer(3).deliver_all();
  world.peer(1).deliver();
  // Exactly 6310 by the table; peer 1's own add, joined with peer 2's later one, counts on.
  EXPECT_EQ(world.show(), "{1: 6311}");
}

TEST(MergeCounters, AddsBelowTheHorizonAreFoldedForGood) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, kNine);
  peer.write(2, add(1));
  peer.deliver_all();
  world.set_horizon(world.seq());
  peer.write(3, add(2));
  peer.deliver();
  EXPECT_EQ(world.merge().root.find(step_of(1))->adds.size(), 1u);
  EXPECT_EQ(world.show(), "{1: 12}");
}

}  // namespace
}  // namespace syncline::merge_test
