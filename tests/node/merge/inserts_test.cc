// insert_object(): what a create makes where there is nothing to merge with.
#include <gtest/gtest.h>

#include "sim/world/random.h"
#include "tests/node/merge/harness.h"

namespace syncline::merge_test {
namespace {

const ChangesetName kName{NodeId(1), Epoch(1), 1};

class Blind : public Causality {
 public:
  Blind() {
    blind = true;
    write = {kName, LogSeq(9), Stamp(1'000)};
  }
  bool follows(const ChangesetName&) const override { return false; }
};

class RandomItems {
 public:
  explicit RandomItems(uint64_t seed) : random_(seed) {}

  Item item(int depth) {
    switch (random_.below(depth == 0 ? 2 : 6)) {
      case 0:
        return Item(Value(static_cast<int64_t>(random_.below(100))));
      case 1:
        return Item(Value());
      case 2:
        return Item(scope(ScopeKind::object, depth));
      case 3:
        return Item(scope(ScopeKind::list, depth));
      case 4:
        return Item(scope(ScopeKind::set, depth));
      default:
        return Item(scope(ScopeKind::dictionary, depth));
    }
  }
  Scope scope(ScopeKind kind, int depth) {
    Scope out{kind, {}};
    const auto count = static_cast<int>(random_.below(5));
    for (int i = 0; i < count; ++i) {
      if (kind == ScopeKind::list) {
        // As a writer sends them: at provisional positions.
        out.put(ElementId{kName, next_element_++}, item(depth - 1),
                Position{Bytes(1, static_cast<char>(i + 1))});
      } else if (kind == ScopeKind::set) {
        out.put(member_of(Value(static_cast<int64_t>(random_.below(9)))), Item());
      } else if (kind == ScopeKind::object) {
        out.put(step_of(static_cast<int>(random_.below(9)) + 1), item(depth - 1));
      } else {
        out.put(step_of("k" + std::to_string(random_.below(9))), item(depth - 1));
      }
    }
    return out;
  }

 private:
  sim::Random random_;
  uint32_t next_element_ = 0;
};

Group create_of(Scope fields) {
  Group group;
  group.object = {TypeNumber(16), *object_key(Value("a"))};
  group.id = Value("a");
  group.blind = true;
  Operation& create = group.operations.emplace_back();
  create.kind = OperationKind::create;
  create.ordinal = 3;
  create.item = Item(std::move(fields));
  return group;
}

TEST(Inserts, MakeTheRowThatMergingMakesAndNoMergeState) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    const Group group = create_of(RandomItems(seed).scope(ScopeKind::object, 3));
    const MergeOutput merged = merge_group({nullptr, nullptr, &group, nullptr}, Blind());
    const MergeOutput inserted = insert_object(group, LogSeq(9));
    ASSERT_EQ(inserted.row, merged.row) << "seed " << seed;
    ASSERT_EQ(inserted.touched, merged.touched) << "seed " << seed;
    ASSERT_EQ(inserted.outcomes, merged.outcomes) << "seed " << seed;
    EXPECT_EQ(inserted.merge, MergeRow());
    ObjectEffect effect = merged.effect;
    effect.merge.reset();
    ASSERT_EQ(inserted.effect, effect) << "seed " << seed;
  }
}

TEST(Inserts, TakeWhatTheOperatorWritesLater) {
  const Group group = create_of(RandomItems(7).scope(ScopeKind::object, 3));
  const MergeOutput inserted = insert_object(group, LogSeq(9));
  Group update = group;
  update.blind = false;
  update.operations.front().kind = OperationKind::set;
  update.operations.front().path = at(1);
  update.operations.front().item = Item(Value("mended"));
  Blind saw;
  saw.blind = false;
  saw.base = LogSeq(9);
  saw.write = {{NodeId(2), Epoch(1), 1}, LogSeq(10), Stamp(2'000)};
  const MergeOutput merged = merge_group({&*inserted.row, nullptr, &update, nullptr}, saw);
  EXPECT_EQ(merged.outcomes.front().verdict, Verdict::applied);
  EXPECT_EQ(merged.row->fields.find(step_of(1))->item, Item(Value("mended")));
  EXPECT_TRUE(merged.effect.merge.has_value());
}

}  // namespace
}  // namespace syncline::merge_test
