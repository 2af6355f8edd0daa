#include "proto/entry.h"

#include <gtest/gtest.h>

#include "tests/proto/random_messages.h"

namespace syncline {
namespace {

const ChangesetName kName{NodeId(1), Epoch(2), 3};

ElementId element(uint32_t n) { return {kName, n}; }

Effect put(Path path, Item item, Position position = {}) {
  return {Effect::Kind::put, std::move(path), std::move(item), std::move(position)};
}
Effect erase(Path path) { return {Effect::Kind::erase, std::move(path), {}, {}}; }
Effect move(Path path, Position position) {
  return {Effect::Kind::move, std::move(path), {}, std::move(position)};
}

Scope fridge() {
  Scope list{ScopeKind::list, {}};
  list.put(element(0), Value("door"), {"d"});
  list.put(element(1), Value("lamp"), {"l"});
  Scope root{ScopeKind::object, {}};
  root.put(FieldNumber(1), Value("7"));
  root.put(FieldNumber(2), list);
  return root;
}

TEST(ApplyEffects, PutsErasesAndMoves) {
  Scope root = fridge();
  const std::vector<Effect> effects = {put({FieldNumber(1)}, Value("8")), put({"extra"}, Value(1)),
                                       put({FieldNumber(2), element(2)}, Value("fan"), {"a"}),
                                       move({FieldNumber(2), element(0)}, {"z"}),
                                       erase({FieldNumber(2), element(1)})};
  ASSERT_TRUE(apply_effects(&root, effects));
  EXPECT_EQ(value_of(root), Value(Document{{"1", "8"}, {"2", List{"fan", "door"}}, {"extra", 1}}));
  // Twice is once.
  const Scope once = root;
  ASSERT_TRUE(apply_effects(&root, effects));
  EXPECT_EQ(root, once);
}

TEST(ApplyEffects, PutsTheWholeAtTheEmptyPath) {
  Scope root;
  ASSERT_TRUE(apply_effects(&root, {put({}, fridge())}));
  EXPECT_EQ(root, fridge());
  ASSERT_TRUE(apply_effects(&root, {erase({})}));
  EXPECT_EQ(root, Scope());
}

TEST(ApplyEffects, RefusesAPathThatLeadsNowhere) {
  const std::vector<Effect> wrong = {put({FieldNumber(9), "a"}, Value(1)),  // no such scope
                                     put({FieldNumber(1), "a"}, Value(1)),  // a scalar
                                     erase({FieldNumber(9), "a"}),          //
                                     put({FieldNumber(2), "a"}, Value(1)),  // a key in a list
                                     put({element(0)}, Value(1)),  // an element in an object
                                     move({FieldNumber(2), element(9)}, {"a"}),  // no such element
                                     move({FieldNumber(1)}, {"a"}),              // no list
                                     put({}, Value(1)),                    // an object is no scalar
                                     put({}, Scope{ScopeKind::list, {}}),  //
                                     move({}, {"a"})};
  for (size_t i = 0; i < wrong.size(); ++i) {
    Scope root = fridge();
    const Status status = apply_effects(&root, {wrong[i]});
    ASSERT_FALSE(status.has_value()) << i;
    EXPECT_EQ(status.error().code, ErrorCode::kMalformed);
  }
  Scope root = fridge();
  EXPECT_TRUE(apply_effects(&root, {erase({"nothing"})}));  // absent already
}

// Long runs on one list take another way: it must lead to the same list.
TEST(ApplyEffects, DoesTheSameToAListInRunsAndOneByOne) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    test::RandomValues random(seed);
    std::vector<Effect> effects;
    for (int i = 0; i < 60; ++i) {
      const Path path = {FieldNumber(2), element(static_cast<uint32_t>(random.below(30)))};
      if (i < 30) {
        effects.push_back(
            put({FieldNumber(2), element(static_cast<uint32_t>(i))}, Value(i), random.position()));
      } else if (random.chance(2)) {
        effects.push_back(put(path, random.scalar(), random.position()));
      } else if (i < 50 || random.chance(2)) {
        effects.push_back(put(path, Value(i), random.position()));
        effects.push_back(move(path, random.position()));
      } else {
        effects.push_back(erase(path));
      }
    }
    Scope one_by_one = fridge();
    for (const Effect& effect : effects) ASSERT_TRUE(apply_effects(&one_by_one, {effect}));
    Scope in_runs = fridge();
    ASSERT_TRUE(apply_effects(&in_runs, effects));
    ASSERT_EQ(in_runs, one_by_one) << seed;
    effects.push_back(put({FieldNumber(2), "key"}, Value(1)));
    EXPECT_FALSE(apply_effects(&in_runs, effects));
  }
}

TEST(ApplyMergeEffects, SetsSlotsAndMarksAndTakesSlotsAway) {
  test::RandomMessages random(4);
  const Write write = random.write();
  MergeRow row;
  MergeSlot inner;
  inner.step = "a";
  inner.write = write;
  MergeSlot outer;
  outer.step = FieldNumber(1);
  outer.scope = std::make_unique<MergeScope>();
  outer.scope->kind = ScopeKind::dictionary;

  ObjectEffect::MergeEffect set_outer{{}, outer, {}, {}};
  ObjectEffect::MergeEffect set_inner{{FieldNumber(1)}, inner, {}, {}};
  MergeScope marks;
  marks.kind = ScopeKind::dictionary;
  marks.present = true;
  marks.creates = {write};
  marks.reset = write;
  ObjectEffect::MergeEffect set_marks{{FieldNumber(1)}, {}, {}, marks};
  ASSERT_TRUE(apply_merge_effects(&row, {set_outer, set_inner, set_marks}));
  const MergeScope& scope = *row.root.find(FieldNumber(1))->scope;
  ASSERT_NE(scope.find("a"), nullptr);  // marks leave the slots
  EXPECT_EQ(scope.find("a")->write, write);
  EXPECT_TRUE(scope.present);
  EXPECT_EQ(scope.reset, write);

  ObjectEffect::MergeEffect take_inner{{FieldNumber(1)}, {}, Step("a"), {}};
  ASSERT_TRUE(apply_merge_effects(&row, {take_inner, take_inner}));
  EXPECT_TRUE(row.root.find(FieldNumber(1))->scope->slots.empty());
  ObjectEffect::MergeEffect nowhere{{FieldNumber(2)}, inner, {}, {}};
  EXPECT_EQ(apply_merge_effects(&row, {nowhere}).error().code, ErrorCode::kMalformed);
}

TEST(MergeScope, CopiesDeeplyAndKeepsSlotsSorted) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    test::RandomMessages random(seed);
    const MergeScope scope = random.merge_scope();
    MergeScope copy = scope;
    EXPECT_EQ(copy, scope);
    for (size_t i = 1; i < scope.slots.size(); ++i) {
      EXPECT_LT(scope.slots[i - 1].step, scope.slots[i].step);
    }
    for (MergeSlot& slot : copy.slots) {
      if (slot.scope == nullptr) continue;
      slot.scope->present = !slot.scope->present;
      EXPECT_FALSE(copy == scope);
    }
    for (const MergeSlot& slot : scope.slots) EXPECT_TRUE(copy.erase(slot.step));
    EXPECT_TRUE(copy.slots.empty());
  }
}

TEST(StateOf, IsCommittedOnceAnythingWasApplied) {
  const auto state = [](std::vector<Verdict> verdicts) {
    std::vector<Outcome> outcomes;
    for (Verdict verdict : verdicts) outcomes.emplace_back().verdict = verdict;
    return state_of(outcomes);
  };
  EXPECT_EQ(state({}), DecisionState::committed);
  EXPECT_EQ(state({Verdict::refused, Verdict::superseded, Verdict::applied}),
            DecisionState::committed);
  EXPECT_EQ(state({Verdict::superseded, Verdict::refused}), DecisionState::refused);
  EXPECT_EQ(state({Verdict::superseded}), DecisionState::superseded);
}

}  // namespace
}  // namespace syncline
