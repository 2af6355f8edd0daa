#include "node/authority/new_elements.h"

#include <gtest/gtest.h>

namespace syncline {
namespace {

const ChangesetName kMine{NodeId(1), Epoch(2), 3};
const ChangesetName kEarlier{NodeId(1), Epoch(2), 2};

Operation insert(const ElementId& id) {
  Operation operation;
  operation.kind = OperationKind::insert;
  operation.path = {FieldNumber(4), id};
  operation.item = Item(Value("x"));
  return operation;
}

Item list_of(std::initializer_list<ElementId> ids) {
  Scope list{ScopeKind::list, {}};
  uint64_t i = 0;
  for (const ElementId& id : ids) list.put(id, Item(), spread_position(++i, ids.size()));
  return Item(std::move(list));
}

Operation assign(OperationKind kind, Path path, Item item) {
  Operation operation;
  operation.kind = kind;
  operation.path = std::move(path);
  operation.item = std::move(item);
  return operation;
}

Changeset changeset_of(std::vector<Operation> operations) {
  Changeset changeset;
  Group& group = changeset.groups.emplace_back();
  group.id = Value("a");
  group.object = {TypeNumber(16), *object_key(group.id)};
  group.operations = std::move(operations);
  return changeset;
}

bool taken(std::vector<Operation> operations) {
  return check_new_elements(changeset_of(std::move(operations)), kMine).has_value();
}

TEST(NewElements, BearTheChangesetsOwnName) {
  EXPECT_TRUE(taken({insert({kMine, 0}), insert({kMine, 1})}));
  EXPECT_FALSE(taken({insert({kEarlier, 0})}));
  EXPECT_FALSE(taken({insert({{NodeId(9), Epoch(2), 3}, 0})}));
  EXPECT_FALSE(taken({assign(OperationKind::set, {FieldNumber(4)}, list_of({{kEarlier, 0}}))}));
  EXPECT_FALSE(
      taken({assign(OperationKind::set_default, {FieldNumber(4)}, list_of({{kEarlier, 0}}))}));
}

TEST(NewElements, AreLookedForAtAnyDepth) {
  Scope inner{ScopeKind::dictionary, {}};
  inner.put("k", list_of({{kEarlier, 0}}));
  Scope object;
  object.put(FieldNumber(2), Item(std::move(inner)));
  EXPECT_FALSE(taken({assign(OperationKind::create, {}, Item(std::move(object)))}));
}

TEST(NewElements, MayActOnThoseOfOthers) {
  Operation move = insert({kEarlier, 0});
  move.kind = OperationKind::move;
  move.item.reset();
  Operation behind = insert({kMine, 0});
  behind.left = ElementId{kEarlier, 0};
  Operation inside = assign(OperationKind::set, {FieldNumber(4), ElementId{kEarlier, 0}, "k"},
                            list_of({{kMine, 1}}));
  EXPECT_TRUE(taken({move, behind, inside}));
}

TEST(NewElements, AreCreatedOnce) {
  EXPECT_FALSE(taken({insert({kMine, 5}), insert({kMine, 5})}));
  EXPECT_FALSE(taken(
      {insert({kMine, 5}), assign(OperationKind::set, {FieldNumber(6)}, list_of({{kMine, 5}}))}));
}

}  // namespace
}  // namespace syncline
