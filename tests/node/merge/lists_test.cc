// Lists (docs/conflict-resolution.md, "Lists").
#include <gtest/gtest.h>

#include <algorithm>

#include "proto/limits.h"
#include "tests/node/merge/harness.h"

namespace syncline::merge_test {
namespace {

const Script kList = [](Editor& e) {
  e.create();
  e.set(at(1), Value(List{"a", "b", "c"}));
};
const Script kEmpty = [](Editor& e) {
  e.create();
  e.make(at(1), ScopeKind::list);
};
Script insert(size_t index, std::vector<const char*> texts) {
  return [=](Editor& e) {
    size_t i = index;
    for (const char* text : texts) e.insert(at(1), i++, Value(text));
  };
}
Script erase(size_t index) {
  return [=](Editor& e) { e.erase(at(1), index); };
}
Script move(size_t from, size_t to) {
  return [=](Editor& e) { e.move(at(1), from, to); };
}
Script update(size_t index, const char* text) {
  return [=](Editor& e) { e.set(at(1, e.element(at(1), index)), Value(text)); };
}

TEST(MergeLists, InsertsAtOnePlaceAreBothKeptEarlierFirst) {
  EXPECT_EQ(duel(kList, once(10, insert(1, {"x"})), once(20, insert(1, {"y"}))),
            R"({1: ["a", "x", "y", "b", "c"]})");
  EXPECT_EQ(duel(kList, once(20, insert(1, {"x"})), once(10, insert(1, {"y"}))),
            R"({1: ["a", "y", "x", "b", "c"]})");
  EXPECT_EQ(duel(kEmpty, once(20, insert(0, {"x"})), once(10, insert(0, {"y"}))),
            R"({1: ["y", "x"]})");
  EXPECT_EQ(duel(kList, once(20, insert(3, {"x"})), once(10, insert(3, {"y"}))),
            R"({1: ["a", "b", "c", "y", "x"]})");
}

TEST(MergeLists, RunsOfOneChangesetStayTogether) {
  EXPECT_EQ(duel(kList, once(10, insert(1, {"x", "y", "z"})), once(20, insert(1, {"1", "2"}))),
            R"({1: ["a", "x", "y", "z", "1", "2", "b", "c"]})");
}

TEST(MergeLists, RunsWrittenBackwardsStayTogether) {
  const Script backwards = [](Editor& e) {
    for (const char* text : {"z", "y", "x"}) e.insert(at(1), 1, Value(text));
  };
  EXPECT_EQ(duel(kList, once(10, backwards), once(20, insert(1, {"1", "2"}))),
            R"({1: ["a", "x", "y", "z", "1", "2", "b", "c"]})");
  EXPECT_EQ(duel(kList, once(20, backwards), once(10, insert(1, {"1", "2"}))),
            R"({1: ["a", "1", "2", "x", "y", "z", "b", "c"]})");
}

TEST(MergeLists, RunsOverSeveralChangesetsStayTogether) {
  const PeerScript slowly = [](Peer& peer) {
    peer.write(10, insert(1, {"x"}));
    peer.write(30, insert(2, {"y"}));
    peer.write(50, insert(1, {"w"}));
  };
  EXPECT_EQ(duel(kList, slowly, once(20, insert(1, {"1", "2"}))),
            R"({1: ["a", "w", "x", "y", "1", "2", "b", "c"]})");
}

TEST(MergeLists, InsertStandsWhereItsWriterPutItAmongWhatIsSeen) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, kEmpty);
  peer.deliver();
  std::vector<std::string> expected;
  uint64_t state = 7;
  for (int i = 0; i < 200; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const size_t index = (state >> 33) % (expected.size() + 1);
    const std::string text = std::to_string(i);
    if (i % 3 == 0) peer.download();
    peer.write(1, [&](Editor& e) { e.insert(at(1), index, Value(text)); });
    peer.deliver();
    expected.insert(expected.begin() + static_cast<ptrdiff_t>(index), text);
  }
  std::vector<std::string> found;
  for (const Child& child : find_scope(world.row()->fields, at(1))->children) {
    found.push_back(child.item.value().get<std::string>());
  }
  EXPECT_EQ(found, expected);
}

TEST(MergeLists, InsertBesideAnErasedElementKeepsItsPlace) {
  EXPECT_EQ(duel(kList, once(10, erase(1)), once(20, insert(2, {"x"}))), R"({1: ["a", "x", "c"]})");
  EXPECT_EQ(duel(kList, once(20, erase(0)), once(10, insert(1, {"x"}))), R"({1: ["x", "b", "c"]})");
}

TEST(MergeLists, InsertBeforeAReplacedElementStandsBeforeWhatReplacesIt) {
  // Peer 1 puts "x" in the place of "b"; peer 2 inserts between "a" and "b".
  const Script replace = [](Editor& e) {
    e.insert(at(1), 2, Value("x"));
    e.erase(at(1), 1);
  };
  for (uint64_t time : {5, 15}) {
    EXPECT_EQ(duel(kList, once(10, replace), once(time, insert(1, {"y"}))),
              R"({1: ["a", "y", "x", "c"]})");
  }
}

TEST(MergeLists, InsertsBeforeAnElementThatIsErasedStandInTheirOrder) {
  const PeerScript erase_after = [](Peer& peer) {
    peer.write(20, insert(1, {"x"}));
    peer.write(21, erase(2));
  };
  EXPECT_EQ(duel(kList, erase_after, once(10, insert(1, {"y"}))), R"({1: ["a", "y", "x", "c"]})");
  EXPECT_EQ(duel(kList, erase_after, once(30, insert(1, {"y"}))), R"({1: ["a", "x", "y", "c"]})");
}

TEST(MergeLists, InsertAndUpdateAndMoveDoNotDisturbEachOther) {
  EXPECT_EQ(duel(kList, once(10, insert(0, {"x"})), once(20, update(1, "B"))),
            R"({1: ["x", "a", "B", "c"]})");
  EXPECT_EQ(duel(kList, once(10, insert(1, {"x"})), once(20, move(2, 0))),
            R"({1: ["c", "a", "x", "b"]})");
}

TEST(MergeLists, EraseWinsOverUpdateAndMove) {
  for (uint64_t time : {5, 15}) {
    EXPECT_EQ(duel(kList, once(10, erase(1)), once(time, update(1, "B"))), R"({1: ["a", "c"]})");
    EXPECT_EQ(duel(kList, once(10, erase(1)), once(time, move(1, 0))), R"({1: ["a", "c"]})");
  }
}

TEST(MergeLists, EraseOfOneElementTwiceErasesItOnce) {
  EXPECT_EQ(duel(kList, once(10, erase(1)), once(20, erase(1))), R"({1: ["a", "c"]})");
}

TEST(MergeLists, LaterMoveStands) {
  EXPECT_EQ(duel(kList, once(10, move(0, 2)), once(20, move(0, 1))), R"({1: ["b", "a", "c"]})");
  EXPECT_EQ(duel(kList, once(20, move(0, 2)), once(10, move(0, 1))), R"({1: ["b", "c", "a"]})");
}

TEST(MergeLists, MoveAndUpdateBothTakeEffect) {
  EXPECT_EQ(duel(kList, once(10, move(0, 2)), once(20, update(0, "A"))), R"({1: ["b", "c", "A"]})");
}

TEST(MergeLists, UpdatesOfOneElementLaterWins) {
  EXPECT_EQ(duel(kList, once(10, update(0, "1")), once(20, update(0, "2"))),
            R"({1: ["2", "b", "c"]})");
}

TEST(MergeLists, MoveEmitsAMoveAndUpdateAPut) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, kList);
  peer.write(2, move(0, 2));
  peer.write(3, update(0, "B"));
  peer.write(4, erase(1));
  peer.deliver();
  peer.deliver();
  ASSERT_EQ(world.last().effect.effects.size(), 1u);
  EXPECT_EQ(world.last().effect.effects[0].kind, Effect::Kind::move);
  peer.deliver();
  ASSERT_EQ(world.last().effect.effects.size(), 1u);
  EXPECT_EQ(world.last().effect.effects[0].kind, Effect::Kind::put);
  peer.deliver();
  ASSERT_EQ(world.last().effect.effects.size(), 1u);
  EXPECT_EQ(world.last().effect.effects[0].kind, Effect::Kind::erase);
}

TEST(MergeLists, EmbeddedObjectsInListsMergeAndFallWithTheirElement) {
  const Script common = [](Editor& e) {
    e.create();
    e.make(at(1), ScopeKind::list);
    e.append(at(1), embedded({{1, Value(0)}, {2, Value(0)}}));
  };
  auto set_inner = [](int field) {
    return [=](Editor& e) { e.set(at(1, e.element(at(1), 0), field), Value(field)); };
  };
  EXPECT_EQ(duel(common, once(10, set_inner(1)), once(20, set_inner(2))), "{1: [{1: 1, 2: 2}]}");
  EXPECT_EQ(duel(common, once(10, erase(0)), once(20, set_inner(2))), "{1: []}");
  const Script null = [](Editor& e) { e.set(at(1, e.element(at(1), 0)), Value()); };
  EXPECT_EQ(duel(common, once(10, null), once(20, set_inner(2))), "{1: [null]}");
}

TEST(MergeLists, InsertOfAKnownElementIsSuperseded) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, kList);
  peer.deliver();
  peer.write(2, [](Editor& e) {
    const ElementId known = e.element(at(1), 1);
    e.insert(at(1), 0, Value("again"));
    e.last().path.back() = known;
  });
  EXPECT_EQ(peer.deliver()[0].verdict, Verdict::superseded);
  EXPECT_EQ(world.show(), R"({1: ["a", "b", "c"]})");
}

TEST(MergeLists, WhatIsLaterErasedNeedsNoTombstone) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, kList);
  peer.write(2, erase(1));
  peer.deliver_all();
  EXPECT_EQ(world.merge().root.find(step_of(1))->scope->slots.size(), 2u);
}

// Splits the same gap alternately at both ends, the worst for short keys, until the list is
// rewritten.
TEST(MergeLists, LongPositionsMakeTheListBeRewritten) {
  World world;
  Peer& peer = world.peer(1);
  Peer& late = world.peer(2);
  peer.write(1, [](Editor& e) {
    e.create();
    e.set(at(1), Value(List{"l", "r"}));
  });
  world.settle();
  late.write(5, insert(1, {"late"}));
  size_t index = 1;
  size_t longest = 0;
  bool rewritten = false;
  for (int i = 0; i < 5000 && !rewritten; ++i) {
    peer.write(10, insert(index, {"x"}));
    peer.deliver();
    peer.download();
    if (i % 2 == 0) ++index;
    const Scope& list = *find_scope(world.row()->fields, at(1));
    for (const Child& child : list.children)
      longest = std::max(longest, child.position.bytes.size());
    rewritten = world.merge().root.find(step_of(1))->scope->rewrite.has_value();
  }
  ASSERT_TRUE(rewritten);
  EXPECT_GT(longest, limits::kPositionBytesMax / 2);
  const auto& effects = world.last().effect.effects;
  ASSERT_EQ(effects.size(), 1u);
  EXPECT_EQ(effects[0].path, at(1));
  EXPECT_EQ(effects[0].kind, Effect::Kind::put);
  for (const Child& child : find_scope(world.row()->fields, at(1))->children) {
    EXPECT_LE(child.position.bytes.size(), 2u);
  }
  // An insert from before the rewrite, whose neighbour has gone, is translated: it stands after
  // "l", before "r".
  peer.write(20, erase(0));
  peer.deliver();
  late.deliver();
  const Scope& list = *find_scope(world.row()->fields, at(1));
  EXPECT_EQ(list.children.front().item.value(), Value("late"));
  EXPECT_EQ(list.children.back().item.value(), Value("r"));
}

TEST(MergeLists, RewriteIsRememberedUntilTheHorizon) {
  MergeScope scope;
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, kList);
  peer.deliver();
  MergeRow merge = world.merge();
  merge.root.find(step_of(1))->scope->rewrite = MergeScope::Rewrite{LogSeq(1), {}};
  Group group;
  struct Late : Causality {
    bool follows(const ChangesetName&) const override { return false; }
  } causality;
  causality.write.seq = LogSeq(9);
  causality.horizon = LogSeq(1);
  const MergeOutput output = merge_group({&*world.row(), &merge, &group, nullptr}, causality);
  EXPECT_FALSE(output.merge.root.find(step_of(1))->scope->rewrite);
}

}  // namespace
}  // namespace syncline::merge_test
