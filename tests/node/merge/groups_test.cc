// Groups: operations left out, and what depends on them; whole merge state or slots in effects.
#include <gtest/gtest.h>

#include "tests/node/merge/harness.h"

namespace syncline::merge_test {
namespace {

void expect_verdicts(const std::vector<Outcome>& outcomes, const std::vector<Verdict>& verdicts) {
  ASSERT_EQ(outcomes.size(), verdicts.size());
  for (size_t i = 0; i < verdicts.size(); ++i) {
    EXPECT_EQ(outcomes[i].verdict, verdicts[i]) << "operation " << outcomes[i].ordinal;
    const bool refused = verdicts[i] == Verdict::refused;
    EXPECT_EQ(outcomes[i].reason, refused ? Reason::depends_on : Reason::none);
    EXPECT_EQ(outcomes[i].text.empty(), !refused);
  }
}

constexpr Verdict kApplied = Verdict::applied;
constexpr Verdict kRefused = Verdict::refused;

TEST(MergeGroups, LeftOutOperationsAreAsIfNotWritten) {
  World world;
  world.peer(1).write(1, [](Editor& e) {
    e.create();
    e.set(at(1), Value(1));
    e.set(at(2), Value(2));
  });
  world.leave_out = {1};
  expect_verdicts(world.peer(1).deliver(), {kApplied, kApplied});
  EXPECT_EQ(world.show(), "{2: 2}");
}

TEST(MergeGroups, WithoutItsCreateTheWholeGroupDependsOnIt) {
  World world;
  world.peer(1).write(1, [](Editor& e) {
    e.create();
    e.set(at(1), Value(1));
    e.make(at(2), ScopeKind::list);
    e.append(at(2), Value(1));
    e.remove();
  });
  world.leave_out = {0};
  expect_verdicts(world.peer(1).deliver(), {kRefused, kRefused, kRefused, kRefused});
  EXPECT_EQ(world.show(), "absent");
  EXPECT_FALSE(world.last().effect.merge);
}

TEST(MergeGroups, WhatNeedsALeftOutElementOrScopeIsRefused) {
  World world;
  world.peer(1).write(1, [](Editor& e) {
    e.create();
    e.make(at(1), ScopeKind::list);
  });
  world.settle();
  world.peer(1).write(2, [](Editor& e) {
    const ElementId a = e.insert(at(1), 0, Value("a"));  // left out
    e.insert(at(1), 1, Value("b"));                      // only stood beside it
    e.set(at(1, a), Value("A"));
    e.set(at(2), embedded({{1, Value(1)}}));  // left out
    e.make(at(2, 3), ScopeKind::list);
    e.append(at(2, 3), Value(1));  // needs what needs it
    e.set(at(3), Value(3));
    e.erase(at(1), a);
  });
  world.leave_out = {0, 3};
  expect_verdicts(world.peer(1).deliver(),
                  {kApplied, kRefused, kRefused, kRefused, kApplied, kRefused});
  EXPECT_EQ(world.show(), R"({1: ["b"], 3: 3})");
}

TEST(MergeGroups, LeftOutCreateOfWhatStandsAnywayIsNotMissed) {
  World world;
  world.peer(1).write(1, [](Editor& e) {
    e.create();
    e.make(at(1), ScopeKind::list);
  });
  world.settle();
  world.peer(1).write(2, [](Editor& e) {
    e.make(at(1), ScopeKind::list);
    e.append(at(1), Value("a"));
  });
  world.leave_out = {0};
  expect_verdicts(world.peer(1).deliver(), {kApplied});
  EXPECT_EQ(world.show(), R"({1: ["a"]})");
}

TEST(MergeGroups, LargeMergeStateTravelsByTheSlot) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, [](Editor& e) {
    e.create();
    e.make(at(50), ScopeKind::dictionary);
    for (int i = 0; i < 40; ++i) e.set(at(50, std::to_string(i)), Value(i));
  });
  peer.deliver();
  EXPECT_TRUE(world.last().effect.merge);
  peer.write(2, [](Editor& e) { e.set(at(50, "7"), Value("x")); });
  peer.deliver();
  EXPECT_FALSE(world.last().effect.merge);
  ASSERT_EQ(world.last().effect.merge_effects.size(), 1u);
  EXPECT_EQ(world.last().effect.merge_effects[0].scope, at(50));
  peer.write(3, [](Editor& e) { e.clear(at(50)); });
  peer.deliver();
  ASSERT_EQ(world.last().effect.effects.size(), 1u) << "one put of the empty whole";
  EXPECT_EQ(world.last().effect.effects[0].path, at(50));
}

TEST(MergeGroups, EffectsAreMinimal) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, [](Editor& e) {
    e.create();
    e.set(at(1), embedded({{2, embedded({{3, Value(0)}})}}));
    e.set(at(4), Value(4));
  });
  peer.deliver();
  peer.write(2, [](Editor& e) { e.set(at(1, 2, 3), Value(1)); });
  peer.deliver();
  ASSERT_EQ(world.last().effect.effects.size(), 1u);
  EXPECT_EQ(world.last().effect.effects[0].path, at(1, 2, 3));
  EXPECT_EQ(world.last().touched, at(1));
}

TEST(MergeGroups, ABlindGroupHasSeenNothingWhateverItsBase) {
  World world;
  world.peer(1).write(1, [](Editor& e) { e.create({{1, Value(1)}}); });
  world.peer(1).deliver();
  struct Stranger : Causality {
    bool follows(const ChangesetName&) const override { return false; }
  } causality;
  causality.base = LogSeq(1);
  causality.write = {{NodeId(9), Epoch(9), 1}, LogSeq(2), Stamp(uint64_t{1} << 40)};
  Group group;
  group.object = object_name(1);
  group.id = int64_t{1};
  group.operations = {{OperationKind::set, at(1), Value(2)}};
  const MergeInput input{&*world.row(), &world.merge(), &group, nullptr};
  EXPECT_EQ(merge_group(input, causality).outcomes[0].verdict, Verdict::applied);
  group.blind = true;
  EXPECT_EQ(merge_group(input, causality).outcomes[0].verdict, Verdict::superseded);
}

TEST(MergeGroups, OwnWritesOfParentEpochsCountAsSeen) {
  // A node that was restarted: its new epoch follows the old one's changesets up to 5.
  struct Chain : Causality {
    bool follows(const ChangesetName& other) const override {
      return other.origin == NodeId(1) && (other.epoch == Epoch(2) || other.number <= 5);
    }
  };
  Group create;
  create.object = object_name(1);
  create.id = int64_t{1};
  create.blind = true;
  create.operations.push_back({OperationKind::create, {}, embedded({{1, Value(1)}})});
  Chain first;
  first.blind = true;
  first.write = {{NodeId(1), Epoch(1), 5}, LogSeq(1), Stamp(100)};
  const MergeOutput born = merge_group({nullptr, nullptr, &create, nullptr}, first);
  Group update = create;
  update.operations = {{OperationKind::set, at(1), Value(2)}};
  Chain second;
  second.blind = true;
  second.write = {{NodeId(1), Epoch(2), 1}, LogSeq(2), Stamp(50)};
  const MergeOutput updated = merge_group({&*born.row, &born.merge, &update, nullptr}, second);
  EXPECT_EQ(show(updated.row), "{1: 2}");
  // A clone's, written after the fork: not seen.
  second.write.name = {NodeId(1), Epoch(3), 1};
  MergeRow forked = born.merge;
  forked.root.creates[0].name.number = 6;
  const MergeOutput lost = merge_group({&*born.row, &forked, &update, nullptr}, second);
  EXPECT_EQ(lost.outcomes[0].verdict, Verdict::superseded);
}

}  // namespace
}  // namespace syncline::merge_test
