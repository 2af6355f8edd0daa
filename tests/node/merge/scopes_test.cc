// Embedded objects, collections and mixed fields: scopes that come, go and change kind
// (docs/conflict-resolution.md, "Embedded objects" and "Collections").
#include <gtest/gtest.h>

#include "tests/node/merge/harness.h"

namespace syncline::merge_test {
namespace {

const Script kEmbedded = [](Editor& e) {
  e.create();
  e.set(at(1), embedded({{1, Value("a")}, {2, Value("b")}}));
};
const Script kList = [](Editor& e) {
  e.create();
  e.set(at(1), Value(List{1, 2}));
};
const Script kDictionary = [](Editor& e) {
  e.create();
  e.set(at(1), Value(Document{{"k", 1}}));
};
const Script kScalar = [](Editor& e) { e.create({{1, Value(0)}}); };
Script set_scalar(Value value) {
  return [=](Editor& e) { e.set(at(1), value); };
}
Script make(ScopeKind kind) {
  return [=](Editor& e) { e.make(at(1), kind); };
}
Script make_and_fill(ScopeKind kind, Value value) {
  return [=](Editor& e) {
    e.make(at(1), kind);
    if (kind == ScopeKind::list) e.append(at(1), value);
    if (kind == ScopeKind::dictionary) e.set(at(1, "new"), value);
  };
}
const Script kClear = [](Editor& e) { e.clear(at(1)); };

// ---- embedded objects ----

TEST(MergeEmbedded, InnerFieldsMergeOneByOne) {
  EXPECT_EQ(duel(kEmbedded, once(10, [](Editor& e) { e.set(at(1, 1), Value("x")); }),
                 once(20, [](Editor& e) { e.set(at(1, 2), Value("y")); })),
            R"({1: {1: "x", 2: "y"}})");
}

TEST(MergeEmbedded, NullWinsOverNewWhateverTheTime) {
  const Script fresh = [](Editor& e) { e.set(at(1), embedded({{1, Value("new")}})); };
  EXPECT_EQ(duel(kEmbedded, once(10, set_scalar(Value())), once(20, fresh)), "{1: null}");
  EXPECT_EQ(duel(kEmbedded, once(20, set_scalar(Value())), once(10, fresh)), "{1: null}");
  EXPECT_EQ(duel(kScalar, once(10, set_scalar(Value())), once(20, fresh)), "{1: null}");
  EXPECT_EQ(duel(kScalar, once(10, set_scalar("link")), once(20, make(ScopeKind::object))),
            R"({1: "link"})");
}

TEST(MergeEmbedded, RemovalWinsOverNewWhateverTheTime) {
  const Script unset = [](Editor& e) { e.unset(at(1)); };
  EXPECT_EQ(duel(kEmbedded, once(10, unset), once(20, make(ScopeKind::object))), "{}");
}

TEST(MergeEmbedded, NullWinsOverInnerEditsWhateverTheTime) {
  const Script edit = [](Editor& e) { e.set(at(1, 1), Value("x")); };
  EXPECT_EQ(duel(kEmbedded, once(10, set_scalar(Value())), once(20, edit)), "{1: null}");
  EXPECT_EQ(duel(kEmbedded, once(20, set_scalar(Value())), once(10, edit)), "{1: null}");
}

TEST(MergeEmbedded, NewOverOneThatIsThereKeepsConcurrentInnerEdits) {
  const Script edit = [](Editor& e) { e.set(at(1, 1), Value("x")); };
  EXPECT_EQ(duel(kEmbedded, once(20, make(ScopeKind::object)), once(10, edit)),
            R"({1: {1: "x", 2: "b"}})");
}

TEST(MergeEmbedded, AssigningAWholeMergesByField) {
  const Script whole = [](Editor& e) {
    e.set(at(1), embedded({{1, Value("new")}}));
    e.unset(at(1, 2));
  };
  const Script early = [](Editor& e) {
    e.set(at(1, 1), Value("x"));
    e.set(at(1, 3), Value("z"));
  };
  EXPECT_EQ(duel(kEmbedded, once(20, whole), once(10, early)), R"({1: {1: "new", 3: "z"}})");
  EXPECT_EQ(duel(kEmbedded, once(10, whole), once(20, early)), R"({1: {1: "x", 3: "z"}})");
}

TEST(MergeEmbedded, TwoNewOnesAreOne) {
  auto fresh = [](int field) {
    return [=](Editor& e) { e.set(at(1), embedded({{field, Value(field)}})); };
  };
  EXPECT_EQ(duel(kScalar, once(10, fresh(1)), once(20, fresh(2))), "{1: {1: 1, 2: 2}}");
}

TEST(MergeEmbedded, NewAfterASeenNullStands) {
  World world;
  world.peer(1).write(1, kEmbedded);
  world.peer(2);
  world.settle();
  world.peer(2).write(90, [](Editor& e) { e.set(at(1, 1), Value("late")); });
  world.peer(1).write(10, set_scalar(Value()));
  world.peer(1).write(11, [](Editor& e) { e.set(at(1), embedded({{5, Value(5)}})); });
  world.peer(1).deliver_all();
  const Outcome outcome = world.peer(2).deliver()[0];
  EXPECT_EQ(world.show(), "{1: {5: 5}}");
  EXPECT_EQ(outcome.verdict, Verdict::superseded);
  EXPECT_TRUE(outcome.by_reset);
  EXPECT_EQ(outcome.superseded_by, LogSeq(2));
}

TEST(MergeEmbedded, DeepNesting) {
  const Script common = [](Editor& e) {
    e.create();
    e.set(at(1), embedded({{2, embedded({{3, embedded({{4, Value(0)}})}})}}));
  };
  EXPECT_EQ(duel(common, once(10, [](Editor& e) { e.set(at(1, 2, 3, 4), Value(1)); }),
                 once(20, [](Editor& e) { e.set(at(1, 2, 3, 5), Value(2)); })),
            "{1: {2: {3: {4: 1, 5: 2}}}}");
  EXPECT_EQ(duel(common, once(10, [](Editor& e) { e.set(at(1, 2), Value()); }),
                 once(20, [](Editor& e) { e.set(at(1, 2, 3, 5), Value(2)); })),
            "{1: {2: null}}");
}

// ---- clear ----

TEST(MergeClear, DiscardsConcurrentInsertsAndUpdatesWhateverTheTime) {
  const Script insert = [](Editor& e) {
    e.append(at(1), Value(3));
    e.set(at(1, e.element(at(1), 0)), Value(9));
  };
  EXPECT_EQ(duel(kList, once(10, kClear), once(20, insert)), "{1: []}");
  EXPECT_EQ(duel(kList, once(20, kClear), once(10, insert)), "{1: []}");
  EXPECT_EQ(
      duel(kDictionary, once(10, kClear), once(20, [](Editor& e) { e.set(at(1, "x"), Value(1)); })),
      "{1: {}}");
  const Script members = [](Editor& e) {
    e.create();
    e.make(at(1), ScopeKind::set);
    e.add(at(1), Value(1));
  };
  EXPECT_EQ(duel(members, once(10, kClear), once(20, [](Editor& e) { e.add(at(1), Value(2)); })),
            "{1: ()}");
}

TEST(MergeClear, LaterClearIsKeptWithWhatFollowsIt) {
  auto clear_and_insert = [](uint64_t time, int value) {
    return [=](Peer& peer) {
      peer.write(time, kClear);
      peer.write(time + 1, [=](Editor& e) { e.append(at(1), Value(value)); });
    };
  };
  EXPECT_EQ(duel(kList, clear_and_insert(10, 7), clear_and_insert(20, 8)), "{1: [8]}");
  EXPECT_EQ(duel(kList, clear_and_insert(10, 7), once(5, kClear)), "{1: [7]}");
  EXPECT_EQ(duel(kList, clear_and_insert(10, 7), once(15, kClear)), "{1: []}");
}

TEST(MergeClear, AssignedCollectionsLaterWins) {
  EXPECT_EQ(duel(kList, once(10, set_scalar(List{7, 8})), once(20, set_scalar(List{9}))),
            "{1: [9]}");
  EXPECT_EQ(duel(kScalar, once(20, set_scalar(List{7, 8})), once(10, set_scalar(List{9}))),
            "{1: [7, 8]}");
  EXPECT_EQ(duel(kDictionary, once(20, set_scalar(Document{{"a", 1}})),
                 once(10, set_scalar(Document{{"b", 1}}))),
            "{1: {a: 1}}");
}

TEST(MergeClear, AssignmentDiscardsConcurrentInserts) {
  const Script insert = [](Editor& e) { e.append(at(1), Value(3)); };
  EXPECT_EQ(duel(kList, once(10, set_scalar(List{7})), once(20, insert)), "{1: [7]}");
}

TEST(MergeClear, ClearAndNewOfTheSameKindBothPass) {
  EXPECT_EQ(duel(kList, once(10, kClear), once(20, make(ScopeKind::list))), "{1: []}");
  EXPECT_EQ(duel(kList, once(20, kClear), once(10, make(ScopeKind::list))), "{1: []}");
  // What follows the new one is inside, and unseen by the clear.
  EXPECT_EQ(duel(kList, once(10, kClear), once(20, make_and_fill(ScopeKind::list, 5))), "{1: []}");
}

TEST(MergeClear, ClearAndScalarLaterWins) {
  EXPECT_EQ(duel(kList, once(10, kClear), once(20, set_scalar(42))), "{1: 42}");
  EXPECT_EQ(duel(kList, once(20, kClear), once(10, set_scalar(42))), "{1: []}");
}

TEST(MergeClear, ClearAndAnotherKindLaterWins) {
  const PeerScript clear_and_fill = [](Peer& peer) {
    peer.write(10, [](Editor& e) {
      e.append(at(1), Value(3));
      e.clear(at(1));
      e.append(at(1), Value(4));
    });
  };
  EXPECT_EQ(duel(kList, clear_and_fill, once(20, make_and_fill(ScopeKind::dictionary, 42))),
            "{1: {new: 42}}");
  EXPECT_EQ(duel(kList, clear_and_fill, once(5, make_and_fill(ScopeKind::dictionary, 42))),
            "{1: [4]}");
}

TEST(MergeClear, ClearThatDoesNotSayItsKindYieldsToAnUnseenKind) {
  World world;
  world.peer(1).write(1, kList);
  world.peer(2);
  world.settle();
  world.peer(1).write(10, make_and_fill(ScopeKind::dictionary, 42));
  world.peer(2).write(20, [](Editor& e) {
    e.clear(at(1));
    e.last().item.reset();
  });
  world.settle();
  EXPECT_EQ(world.show(), "{1: {new: 42}}");
}

// ---- kinds in mixed fields ----

TEST(MergeKinds, SameKindFromTwoSidesIsOneCollection) {
  auto fill = [](const char* first, const char* second) {
    return [=](Editor& e) {
      e.make(at(1), ScopeKind::list);
      e.append(at(1), Value(first));
      e.append(at(1), Value(second));
    };
  };
  EXPECT_EQ(duel(kDictionary, once(10, fill("a", "b")), once(20, fill("c", "d"))),
            R"({1: ["a", "b", "c", "d"]})");
}

TEST(MergeKinds, DifferentKindsLaterWins) {
  EXPECT_EQ(duel(kScalar, once(10, make_and_fill(ScopeKind::list, 1)),
                 once(20, make_and_fill(ScopeKind::dictionary, 2))),
            "{1: {new: 2}}");
  EXPECT_EQ(duel(kScalar, once(20, make_and_fill(ScopeKind::list, 1)),
                 once(10, make_and_fill(ScopeKind::dictionary, 2))),
            "{1: [1]}");
}

TEST(MergeKinds, ClearOfTheNewKindWinsOverWhatOthersInsertInIt) {
  const Script with_clear = [](Editor& e) {
    e.make(at(1), ScopeKind::list);
    e.append(at(1), Value(1));
    e.clear(at(1));
    e.append(at(1), Value(2));
  };
  EXPECT_EQ(duel(kDictionary, once(10, with_clear), once(20, make_and_fill(ScopeKind::list, 4))),
            "{1: [2]}");
}

TEST(MergeKinds, NewOfTheSameKindRaisesTheRegister) {
  // A later `new` of what is there protects it from an earlier change of kind.
  EXPECT_EQ(duel(
                [](Editor& e) {
                  e.create();
                  e.make(at(1), ScopeKind::list);
                },
                once(20, make(ScopeKind::list)), once(10, make(ScopeKind::dictionary))),
            "{1: []}");
}

TEST(MergeKinds, ScalarWinsOverANewCollectionButNotOverALaterAssignment) {
  EXPECT_EQ(duel(kScalar, once(10, set_scalar(7)), once(20, make_and_fill(ScopeKind::list, 1))),
            "{1: 7}");
  EXPECT_EQ(duel(kScalar, once(10, set_scalar(7)), once(20, set_scalar(List{1}))), "{1: [1]}");
  EXPECT_EQ(duel(kScalar, once(20, set_scalar(7)), once(10, set_scalar(List{1}))), "{1: 7}");
}

TEST(MergeKinds, ChangeThereAndBackFallsWithTheFirstKindsInserts) {
  const PeerScript there_and_back = [](Peer& peer) {
    peer.write(10, make(ScopeKind::dictionary));
    peer.write(11, make_and_fill(ScopeKind::list, 5));
  };
  EXPECT_EQ(duel(kList, there_and_back, once(20, [](Editor& e) { e.append(at(1), Value(3)); })),
            "{1: [5]}");
}

TEST(MergeKinds, CollectionsInCollections) {
  const Script common = [](Editor& e) {
    e.create();
    e.set(at(1), Value(Document{{"a", List{Document{{"b", 1}}}}}));
  };
  const Script inner = [](Editor& e) {
    e.set(at(1, "a", e.element(at(1, "a"), 0), "c"), Value(List{"x"}));
  };
  const Script append = [](Editor& e) { e.append(at(1, "a"), Value("end")); };
  EXPECT_EQ(duel(common, once(10, inner), once(20, append)),
            R"({1: {a: [{b: 1, c: ["x"]}, "end"]}})");
}

TEST(MergeKinds, OperationsThatDoNotFitAreSuperseded) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, kDictionary);
  peer.deliver();
  const std::vector<Path> paths = {at(1, 7), at(1, ElementId{}), at(1, Step(member_of(1))),
                                   at(1, "k", "deeper"), at("unknown", "deeper")};
  for (const Path& path : paths) {
    for (const OperationKind kind :
         {OperationKind::set, OperationKind::insert, OperationKind::move, OperationKind::erase,
          OperationKind::add, OperationKind::remove, OperationKind::clear, OperationKind::increment,
          OperationKind::unset, OperationKind::create}) {
      peer.write(2, [&](Editor& e) {
        e.set(path, Value(1));
        e.last().kind = kind;
        if (kind == OperationKind::create) e.last().item = empty(ScopeKind::list);
      });
      EXPECT_EQ(peer.deliver()[0].verdict, Verdict::superseded);
      EXPECT_EQ(world.show(), "{1: {k: 1}}");
    }
  }
}

}  // namespace
}  // namespace syncline::merge_test
