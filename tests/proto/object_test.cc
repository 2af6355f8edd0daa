#include "proto/object.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "proto/codec.h"
#include "tests/proto/random_values.h"

namespace syncline {
namespace {

const ChangesetName kName{NodeId(1), Epoch(2), 3};

ElementId element(uint32_t n) { return {kName, n}; }

TEST(Item, CopiesDeeply) {
  Scope inner{ScopeKind::dictionary, {}};
  inner.put("a", Value(1));
  Item item = inner;
  Item copy = item;
  copy.scope()->put("a", Value(2));
  EXPECT_EQ(item.scope()->find("a")->item, Item(Value(1)));
  item = copy;
  EXPECT_EQ(item, copy);
  EXPECT_NE(item.scope(), copy.scope());
  item = *&item;
  EXPECT_EQ(item, copy);
  // Out of itself.
  Item outer = Item(Scope{ScopeKind::object, {}});
  outer.scope()->put("in", copy);
  outer = Item(outer.scope()->find("in")->item);
  EXPECT_EQ(outer, copy);
}

TEST(Item, IsNotEqualAcrossKinds) {
  EXPECT_NE(Item(Scope{ScopeKind::list, {}}), Item(Scope{ScopeKind::set, {}}));
  EXPECT_NE(Item(Scope{ScopeKind::list, {}}), Item());
}

TEST(Scope, KeepsChildrenSortedByStep) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    test::RandomValues random(seed);
    Scope scope{ScopeKind::object, {}};
    for (int i = 0; i < 30; ++i) {
      Step step = random.step(ScopeKind::object);
      if (random.chance(3)) {
        const bool there = scope.find(step) != nullptr;
        EXPECT_EQ(scope.erase(step), there);
        EXPECT_EQ(scope.find(step), nullptr);
      } else {
        const Value value = random.scalar();
        scope.put(step, value);
        EXPECT_EQ(scope.find(step)->item, Item(value));
      }
      EXPECT_TRUE(std::ranges::is_sorted(scope.children, {}, &Child::step));
    }
  }
}

TEST(Scope, KeepsAListSortedByPositionThenElement) {
  Scope list{ScopeKind::list, {}};
  list.put(element(1), Value("b"), {"m"});
  list.put(element(2), Value("a"), {"c"});
  list.put(element(0), Value("c"), {"m"});
  list.put(element(3), Value("d"), {"\xf0"});
  std::vector<Value> values;
  for (const Child& child : list.children) values.push_back(child.item.value());
  EXPECT_EQ(values, (std::vector<Value>{"a", "c", "b", "d"}));
  list.put(element(3), Value("d2"), {"a"});  // it moves
  EXPECT_EQ(list.children.size(), 4u);
  EXPECT_EQ(list.children.front().item.value(), Value("d2"));
  list.put(element(3), Value("d3"), {"a"});  // in its place
  EXPECT_EQ(list.children.front().item.value(), Value("d3"));
}

TEST(Path, FindsItemsAndScopes) {
  Scope root{ScopeKind::object, {}};
  Scope inner{ScopeKind::dictionary, {}};
  inner.put("a", Value(1));
  root.put(FieldNumber(1), inner);
  root.put("x", Value(2));
  EXPECT_EQ(*find_item(root, {FieldNumber(1), "a"}), Item(Value(1)));
  EXPECT_EQ(find_item(root, {FieldNumber(1), "b"}), nullptr);
  EXPECT_EQ(find_item(root, {"x", "a"}), nullptr);
  EXPECT_EQ(find_item(root, {}), nullptr);  // the object is no item
  EXPECT_EQ(find_scope(root, {}), &root);
  EXPECT_EQ(find_scope(root, {FieldNumber(1)}), root.find(FieldNumber(1))->item.scope());
  EXPECT_EQ(find_scope(root, {"x"}), nullptr);
}

TEST(ItemOf, GivesEveryElementAnIdAndAPlace) {
  const Value value = List{1, List{2, 3}, Document{{"b", List{4}}, {"a", Null()}}};
  uint32_t next = 5;
  const Item item = item_of(value, kName, &next);
  EXPECT_EQ(next, 11u);
  const Scope& list = *item.scope();
  ASSERT_EQ(list.children.size(), 3u);
  EXPECT_EQ(std::get<ElementId>(list.children[0].step).n, 5u);
  // A document becomes a dictionary, by key.
  EXPECT_EQ(value_of(item), Value(List{1, List{2, 3}, Document{{"a", Null()}, {"b", List{4}}}}));
}

// Codecs and merging take a list only in its order.
TEST(ItemOf, PlacesLongListsInOrder) {
  for (int size : {0, 1, 2, 126, 127, 128, 255, 256, 40'000}) {
    List list;
    for (int i = 0; i < size; ++i) list.elements.push_back(i);
    uint32_t next = 0;
    const Item item = item_of(list, kName, &next);
    const auto& children = item.scope()->children;
    for (size_t i = 0; i < children.size(); ++i) {
      ASSERT_FALSE(children[i].position.bytes.empty());
      ASSERT_NE(children[i].position.bytes.back(), '\0');
      ASSERT_LE(children[i].position.bytes.size(), 3u);
      ASSERT_TRUE(i == 0 || children[i - 1].position < children[i].position);
    }
    EXPECT_TRUE(decode_item(encode_item(item)));
    EXPECT_EQ(value_of(item), Value(list));
  }
}

TEST(ValueOf, ReadsSetsAsListsOfTheirMembers) {
  Scope set{ScopeKind::set, {}};
  set.put(Member{encode_value(1)}, Item());
  set.put(Member{encode_value("a")}, Item());
  EXPECT_EQ(value_of(set), Value(List{1, "a"}));
}

}  // namespace
}  // namespace syncline
