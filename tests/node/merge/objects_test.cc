// Objects: create, delete, and both again (docs/conflict-resolution.md, "Objects").
#include <gtest/gtest.h>

#include "tests/node/merge/harness.h"

namespace syncline::merge_test {
namespace {

const Script kNumbered = [](Editor& e) { e.create({{1, Value(0)}, {2, Value("base")}}); };

TEST(MergeObjects, DeleteWinsOverUpdateWhateverTheTime) {
  const Script remove = [](Editor& e) { e.remove(); };
  const Script update = [](Editor& e) { e.set(at(1), Value(7)); };
  EXPECT_EQ(duel(kNumbered, once(10, remove), once(20, update)), "absent");
  EXPECT_EQ(duel(kNumbered, once(20, remove), once(10, update)), "absent");
}

TEST(MergeObjects, DeleteWinsOverCounterAndListEdits) {
  const Script common = [](Editor& e) {
    e.create({{1, Value(0)}});
    e.set(at(3), Value(List{"a"}));
  };
  const Script edits = [](Editor& e) {
    e.increment(at(1), 5);
    e.append(at(3), Value("b"));
  };
  EXPECT_EQ(duel(common, once(10, [](Editor& e) { e.remove(); }), once(20, edits)), "absent");
}

TEST(MergeObjects, DeleteWinsOverConcurrentCreateOfTheSameKey) {
  // The second peer does not hold the object, and creates it.
  World world;
  Peer& first = world.peer(1);
  Peer& second = world.peer(2);
  first.write(1, kNumbered);
  world.settle();
  second.forget(1);
  first.write(10, [](Editor& e) { e.remove(); });
  second.write(20, [](Editor& e) { e.create({{1, Value(9)}}); });
  const auto other = world.fork();
  first.deliver();
  const auto outcomes = second.deliver();
  EXPECT_EQ(world.show(), "absent");
  EXPECT_EQ(outcomes[0].verdict, Verdict::superseded);
  EXPECT_TRUE(outcomes[0].by_reset);
  EXPECT_EQ(outcomes[0].superseded_by, LogSeq(2));
  other->peer(2).deliver();
  EXPECT_EQ(other->show(), R"({1: 9, 2: "base"})");
  other->peer(1).deliver();
  EXPECT_EQ(other->show(), "absent");
}

TEST(MergeObjects, TwoCreatesWithOneKeyAreOneObjectMergedByField) {
  World world;
  world.peer(1).write(10, [](Editor& e) { e.create({{1, Value("early")}, {2, Value("one")}}); });
  world.peer(2).write(20, [](Editor& e) { e.create({{1, Value("late")}, {3, Value("two")}}); });
  const auto other = world.fork();
  world.settle();
  other->peer(2).deliver();
  other->peer(1).deliver();
  EXPECT_EQ(world.show(), R"({1: "late", 2: "one", 3: "two"})");
  EXPECT_EQ(other->show(), world.show());
}

TEST(MergeObjects, WhatFollowsAJoinedCreateTakesEffect) {
  World world;
  Peer& first = world.peer(1);
  Peer& second = world.peer(2);
  first.write(10, [](Editor& e) { e.create({{1, Value(1)}}); });
  second.write(5, [](Editor& e) { e.create({{1, Value(2)}}); });
  second.write(20, [](Editor& e) { e.set(at(1), Value(3)); });
  first.deliver();
  second.deliver();
  EXPECT_EQ(world.show(), "{1: 1}");
  EXPECT_EQ(second.deliver()[0].verdict, Verdict::applied);
  EXPECT_EQ(world.show(), "{1: 3}");
  EXPECT_EQ(world.merge().root.creates.size(), 2u);
}

TEST(MergeObjects, DefaultsLoseToExplicitValuesInCreates) {
  World world;
  world.peer(1).write(10, [](Editor& e) { e.create({{1, Value("explicit")}}); });
  world.peer(2).write(20, [](Editor& e) {
    e.create();
    e.set_default(at(1), Value("default"));
    e.set_default(at(2), Value("only default"));
  });
  const auto other = world.fork();
  world.settle();
  other->peer(2).deliver();
  other->peer(1).deliver();
  EXPECT_EQ(world.show(), R"({1: "explicit", 2: "only default"})");
  EXPECT_EQ(other->show(), world.show());
}

TEST(MergeObjects, LaterDeleteIsKeptWithItsRecreation) {
  auto remove_and_create = [](uint64_t time, const char* text) {
    return [=](Peer& peer) {
      peer.write(time, [](Editor& e) { e.remove(); });
      peer.write(time + 1, [=](Editor& e) { e.create({{1, Value(text)}}); });
    };
  };
  EXPECT_EQ(duel(kNumbered, remove_and_create(10, "early"), remove_and_create(20, "late")),
            R"({1: "late"})");
  EXPECT_EQ(duel(kNumbered, remove_and_create(10, "kept"), once(5, [](Editor& e) { e.remove(); })),
            R"({1: "kept"})");
  EXPECT_EQ(duel(kNumbered, remove_and_create(10, "lost"), once(15, [](Editor& e) { e.remove(); })),
            "absent");
}

TEST(MergeObjects, ManyDeletesDoNotBeatOneLaterDelete) {
  auto cycle = [](uint64_t time, int times, int last) {
    return [=](Peer& peer) {
      peer.write(time, [=](Editor& e) {
        for (int i = 0; i < times; ++i) {
          e.remove();
          e.create({{1, Value(i + 1 == times ? last : i)}});
        }
      });
    };
  };
  EXPECT_EQ(duel(kNumbered, cycle(10, 2, 11), cycle(20, 1, 2)), "{1: 2}");
}

TEST(MergeObjects, RecreationStandsAndEditsOfWhatWasDeletedDrop) {
  const PeerScript recreate = [](Peer& peer) {
    peer.write(10, [](Editor& e) { e.remove(); });
    peer.write(11, [](Editor& e) { e.create({{2, Value("new")}}); });
    peer.write(12, [](Editor& e) { e.set(at(3), Value(3)); });
  };
  EXPECT_EQ(duel(kNumbered, recreate, once(50, [](Editor& e) { e.set(at(1), Value(5)); })),
            R"({2: "new", 3: 3})");
}

TEST(MergeObjects, WhatOthersWroteOnARecreationFallsWithIt) {
  World world;
  Peer& first = world.peer(1);
  Peer& second = world.peer(2);
  Peer& third = world.peer(3);
  first.write(1, kNumbered);
  world.settle();
  third.write(30, [](Editor& e) { e.remove(); });
  first.write(10, [](Editor& e) {
    e.remove();
    e.create({{1, Value("again")}});
  });
  first.deliver();
  second.download();
  second.write(40, [](Editor& e) { e.set(at(2), Value("seen")); });
  second.deliver();
  EXPECT_EQ(world.show(), R"({1: "again", 2: "seen"})");
  // Later than the delete that the two stand on, though earlier than the update.
  third.deliver();
  EXPECT_EQ(world.show(), "absent");
}

TEST(MergeObjects, SeenDeleteAllowsRecreationByOthers) {
  World world;
  world.peer(1).write(10, kNumbered);
  world.peer(2);
  world.settle();
  world.peer(1).write(20, [](Editor& e) { e.remove(); });
  world.settle();
  world.peer(2).write(5, [](Editor& e) { e.create({{1, Value("mine")}}); });
  world.settle();
  // Peer 2 does not hold it, so it is blind, and has not seen the delete: that wins above the
  // horizon.
  EXPECT_EQ(world.show(), "absent");
  world.set_horizon(world.seq());
  world.peer(2).write(30, [](Editor& e) { e.create({{1, Value("mine")}}); });
  world.settle();
  EXPECT_EQ(world.show(), R"({1: "mine"})");
}

TEST(MergeObjects, BelowTheHorizonAHoldersCreateAndUpdateLose) {
  World world;
  Peer& first = world.peer(1);
  Peer& second = world.peer(2);
  first.write(10, kNumbered);
  world.settle();
  first.write(20, [](Editor& e) { e.remove(); });
  first.deliver();
  first.write_all(21, {{2, [](Editor& e) { e.create(); }}});
  first.deliver();
  world.set_horizon(world.seq());
  second.write(30, [](Editor& e) { e.set(at(1), Value(4)); });
  second.write(31, [](Editor& e) { e.create({{1, Value(5)}}); });
  for (int i = 0; i < 2; ++i) {
    const auto outcomes = second.deliver();
    EXPECT_EQ(outcomes[0].verdict, Verdict::superseded);
    EXPECT_EQ(outcomes[0].superseded_by, LogSeq(0));
    EXPECT_TRUE(outcomes[0].by_reset);
  }
  EXPECT_EQ(world.show(), "absent");
}

TEST(MergeObjects, UpdateOfWhatNeverWasIsSuperseded) {
  World world;
  world.peer(1).write(10, [](Editor& e) { e.set(at(1), Value(4)); });
  const auto outcomes = world.peer(1).deliver();
  EXPECT_EQ(outcomes[0].verdict, Verdict::superseded);
  EXPECT_EQ(world.last().effect.change, ObjectEffect::Change::unchanged);
  EXPECT_FALSE(world.last().effect.merge);
}

TEST(MergeObjects, CreateAndDeleteInOneGroupLeaveOnlyAMark) {
  World world;
  world.peer(1).write(10, [](Editor& e) {
    e.create({{1, Value(1)}});
    e.remove();
  });
  world.peer(1).deliver();
  EXPECT_EQ(world.show(), "absent");
  EXPECT_EQ(world.last().effect.change, ObjectEffect::Change::unchanged);
  EXPECT_TRUE(world.merge().root.reset);
}

TEST(MergeObjects, EffectsNameBirthUpdateAndRemoval) {
  using Change = ObjectEffect::Change;
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, kNumbered);
  peer.deliver();
  EXPECT_EQ(world.last().effect.change, Change::born);
  EXPECT_EQ(world.row()->born, LogSeq(1));
  EXPECT_EQ(world.last().touched, at(1, 2));
  peer.write(2, [](Editor& e) { e.set(at(1), Value(3)); });
  peer.deliver();
  EXPECT_EQ(world.last().effect.change, Change::updated);
  ASSERT_EQ(world.last().effect.effects.size(), 1u);
  EXPECT_EQ(world.last().effect.effects[0].path, at(1));
  EXPECT_EQ(world.row()->changed, LogSeq(2));
  peer.write(3, [](Editor& e) { e.set(at(1), Value(3)); });
  EXPECT_EQ(peer.deliver()[0].verdict, Verdict::applied);
  EXPECT_EQ(world.last().effect.change, Change::unchanged);
  EXPECT_EQ(world.row()->changed, LogSeq(2));
  peer.write(4, [](Editor& e) {
    e.remove();
    e.create({{5, Value(5)}});
  });
  peer.deliver();
  EXPECT_EQ(world.last().effect.change, Change::born);
  EXPECT_EQ(world.last().effect.earlier.size(), 1u);
  EXPECT_EQ(world.row()->born, LogSeq(4));
  EXPECT_EQ(world.last().touched, at(1, 2, 5));
  peer.write(5, [](Editor& e) { e.remove(); });
  peer.deliver();
  EXPECT_EQ(world.last().effect.change, Change::removed);
}

}  // namespace
}  // namespace syncline::merge_test
