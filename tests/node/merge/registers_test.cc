// Registers: fields, dictionary keys, set membership, defaults (docs/conflict-resolution.md,
// "Fields").
#include <gtest/gtest.h>

#include "tests/node/merge/harness.h"

namespace syncline::merge_test {
namespace {

const Script kFields = [](Editor& e) {
  e.create({{1, Value("base")}});
  e.make(at(2), ScopeKind::dictionary);
  e.set(at(2, "k"), Value(1));
  e.make(at(3), ScopeKind::set);
  e.add(at(3), Value("red"));
};
Script set_field(Value value) {
  return [=](Editor& e) { e.set(at(1), value); };
}

TEST(MergeRegisters, LaterSetStands) {
  EXPECT_EQ(duel(kFields, once(10, set_field("a")), once(20, set_field("b"))),
            R"({1: "b", 2: {k: 1}, 3: ("red")})");
  EXPECT_EQ(duel(kFields, once(20, set_field("a")), once(10, set_field("b"))),
            R"({1: "a", 2: {k: 1}, 3: ("red")})");
}

TEST(MergeRegisters, EqualStampsAreDecidedByName) {
  EXPECT_EQ(duel(kFields, once(10, set_field("a")), once(10, set_field("b"))),
            R"({1: "b", 2: {k: 1}, 3: ("red")})");
}

TEST(MergeRegisters, WhatHasSeenTheOtherWinsWhateverItsClock) {
  World world;
  Peer& ahead = world.peer(1);
  Peer& behind = world.peer(2);
  ahead.write(1000, kFields);
  ahead.write(1001, set_field("future"));
  ahead.deliver_all();
  behind.download();
  behind.write(5, set_field("has seen it"));
  behind.deliver();
  EXPECT_EQ(find_item(world.row()->fields, at(1))->value(), Value("has seen it"));
}

TEST(MergeRegisters, OwnEarlierWritesCountAsSeen) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(100, kFields);
  peer.write(100, set_field("first"));
  peer.write(50, set_field("second"));  // the clock went back
  peer.deliver_all();
  EXPECT_EQ(find_item(world.row()->fields, at(1))->value(), Value("second"));
}

TEST(MergeRegisters, LaterOperationOfOneChangesetWins) {
  World world;
  world.peer(1).write(10, [](Editor& e) {
    e.create();
    e.set(at(1), Value("a"));
    e.set(at(1), Value("b"));
  });
  for (const Outcome& outcome : world.peer(1).deliver()) {
    EXPECT_EQ(outcome.verdict, Verdict::applied);
  }
  EXPECT_EQ(world.show(), R"({1: "b"})");
}

TEST(MergeRegisters, LoserIsToldTheEntryThatWon) {
  World world;
  world.peer(1).write(1, kFields);
  world.peer(2);
  world.settle();
  world.peer(1).write(20, set_field("a"));
  world.peer(2).write(10, set_field("b"));
  world.peer(1).deliver();
  const Outcome outcome = world.peer(2).deliver()[0];
  EXPECT_EQ(outcome.verdict, Verdict::superseded);
  EXPECT_EQ(outcome.superseded_by, LogSeq(2));
  EXPECT_FALSE(outcome.by_reset);
}

TEST(MergeRegisters, RemovalOfAFieldIsAWrite) {
  const Script unset = [](Editor& e) { e.unset(at(1)); };
  EXPECT_EQ(duel(kFields, once(10, unset), once(20, set_field("b"))),
            R"({1: "b", 2: {k: 1}, 3: ("red")})");
  EXPECT_EQ(duel(kFields, once(20, unset), once(10, set_field("b"))), R"({2: {k: 1}, 3: ("red")})");
}

TEST(MergeRegisters, DictionaryPutAndPutLaterWins) {
  auto put = [](int value) { return [=](Editor& e) { e.set(at(2, "k"), Value(value)); }; };
  EXPECT_EQ(duel(kFields, once(10, put(5)), once(20, put(6))),
            R"({1: "base", 2: {k: 6}, 3: ("red")})");
}

TEST(MergeRegisters, DictionaryPutAndRemoveLaterWins) {
  const Script put = [](Editor& e) { e.set(at(2, "k"), Value(5)); };
  const Script remove = [](Editor& e) { e.unset(at(2, "k")); };
  EXPECT_EQ(duel(kFields, once(10, put), once(20, remove)), R"({1: "base", 2: {}, 3: ("red")})");
  EXPECT_EQ(duel(kFields, once(20, put), once(10, remove)),
            R"({1: "base", 2: {k: 5}, 3: ("red")})");
}

TEST(MergeRegisters, DifferentKeysCommute) {
  EXPECT_EQ(duel(kFields, once(10, [](Editor& e) { e.set(at(2, "x"), Value(1)); }),
                 once(20, [](Editor& e) { e.unset(at(2, "k")); })),
            R"({1: "base", 2: {x: 1}, 3: ("red")})");
}

TEST(MergeRegisters, SetAddsAreIdempotent) {
  const Script add = [](Editor& e) { e.add(at(3), Value("blue")); };
  EXPECT_EQ(duel(kFields, once(10, add), once(20, add)),
            R"({1: "base", 2: {k: 1}, 3: ("red", "blue")})");
}

TEST(MergeRegisters, SetAddAndRemoveLaterWins) {
  const Script add = [](Editor& e) { e.add(at(3), Value("red")); };
  const Script remove = [](Editor& e) { e.remove(at(3), Value("red")); };
  EXPECT_EQ(duel(kFields, once(10, add), once(20, remove)), R"({1: "base", 2: {k: 1}, 3: ()})");
  EXPECT_EQ(duel(kFields, once(20, add), once(10, remove)),
            R"({1: "base", 2: {k: 1}, 3: ("red")})");
}

TEST(MergeRegisters, DifferentSetValuesCommute) {
  EXPECT_EQ(duel(kFields, once(10, [](Editor& e) { e.add(at(3), Value(1)); }),
                 once(20, [](Editor& e) { e.remove(at(3), Value("red")); })),
            R"({1: "base", 2: {k: 1}, 3: (1)})");
}

TEST(MergeRegisters, DefaultLosesToExplicitWhateverTheTime) {
  const Script plain = [](Editor& e) { e.create(); };
  const Script by_default = [](Editor& e) { e.set_default(at(1), Value("default")); };
  EXPECT_EQ(duel(plain, once(20, by_default), once(10, set_field("explicit"))),
            R"({1: "explicit"})");
  EXPECT_EQ(duel(plain, once(10, by_default), once(20, set_field("explicit"))),
            R"({1: "explicit"})");
}

TEST(MergeRegisters, LaterOfTwoDefaultsStands) {
  const Script plain = [](Editor& e) { e.create(); };
  auto by_default = [](const char* text) {
    return [=](Editor& e) { e.set_default(at(1), Value(text)); };
  };
  EXPECT_EQ(duel(plain, once(20, by_default("a")), once(10, by_default("b"))), R"({1: "a"})");
}

TEST(MergeRegisters, ExplicitRemovalCountsAsExplicitForDefaults) {
  const Script common = [](Editor& e) { e.create({{1, Value(1)}}); };
  World world;
  world.peer(1).write(1, common);
  world.settle();
  world.peer(1).write(2, [](Editor& e) { e.unset(at(1)); });
  world.peer(1).write(3, [](Editor& e) { e.set_default(at(1), Value("default")); });
  world.peer(1).deliver();
  EXPECT_EQ(world.peer(1).deliver()[0].verdict, Verdict::superseded);
  EXPECT_EQ(world.show(), "{}");
}

TEST(MergeRegisters, MarksOfRemovalGoAtTheHorizon) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, kFields);
  peer.write(2, [](Editor& e) { e.unset(at(2, "k")); });
  peer.deliver_all();
  auto slots = [&] { return world.merge().root.find(step_of(2))->scope->slots.size(); };
  EXPECT_EQ(slots(), 1u);
  world.set_horizon(LogSeq(2));
  peer.write(3, set_field("touch"));
  peer.deliver();
  EXPECT_EQ(slots(), 0u);
}

TEST(MergeRegisters, FieldRegistersOutliveTheHorizon) {
  World world;
  Peer& peer = world.peer(1);
  Peer& late = world.peer(2);
  peer.write(1, kFields);
  world.settle();
  peer.write(50, set_field("newer"));
  peer.deliver();
  late.write(10, set_field("older"));
  world.set_horizon(world.seq());
  EXPECT_EQ(late.deliver()[0].verdict, Verdict::superseded);
  EXPECT_EQ(find_item(world.row()->fields, at(1))->value(), Value("newer"));
}

}  // namespace
}  // namespace syncline::merge_test
