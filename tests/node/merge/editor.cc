// The Editor of the merge tests' harness, and the invariants of states.
#include <gtest/gtest.h>

#include "proto/check.h"
#include "tests/node/merge/harness.h"

namespace syncline::merge_test {

Editor::Editor(const Row* confirmed, std::vector<const Group*> pending, Group* group,
               ChangesetName name, uint32_t* next_element, uint32_t* next_ordinal)
    : confirmed_(confirmed),
      pending_(std::move(pending)),
      group_(group),
      name_(name),
      next_element_(next_element),
      next_ordinal_(next_ordinal) {
  pending_.push_back(group_);
}

std::optional<Row> Editor::image() const { return apply_overlay(confirmed_, pending_); }

Operation& Editor::operation(OperationKind kind, Path path) {
  Operation& operation = group_->operations.emplace_back();
  operation.kind = kind;
  operation.path = std::move(path);
  operation.ordinal = (*next_ordinal_)++;
  return operation;
}

void Editor::create(Fields fields) {
  operation(OperationKind::create, {}).item = embedded(std::move(fields));
}
void Editor::remove() { operation(OperationKind::remove_object, {}); }
void Editor::set(Path path, Value value) {
  set(std::move(path), item_of(value, name_, next_element_));
}
void Editor::set(Path path, Item item) {
  operation(OperationKind::set, std::move(path)).item = std::move(item);
}
void Editor::set_default(Path path, Value value) {
  operation(OperationKind::set_default, std::move(path)).item =
      item_of(value, name_, next_element_);
}
void Editor::unset(Path path) { operation(OperationKind::unset, std::move(path)); }
void Editor::make(Path path, ScopeKind kind) {
  operation(OperationKind::create, std::move(path)).item = empty(kind);
}
void Editor::increment(Path path, int64_t amount) {
  operation(OperationKind::increment, std::move(path)).amount = amount;
}
void Editor::clear(Path path) {
  const auto row = image();
  const Scope* scope = row ? find_scope(row->fields, path) : nullptr;
  CHECK(scope != nullptr, "a clear of what the peer does not show");
  operation(OperationKind::clear, std::move(path)).item = empty(scope->kind);
}
void Editor::add(Path path, const Value& value) {
  path.push_back(member_of(value));
  operation(OperationKind::add, std::move(path));
}
void Editor::remove(Path path, const Value& value) {
  path.push_back(member_of(value));
  operation(OperationKind::remove, std::move(path));
}

ElementId Editor::element(Path path, size_t index) const {
  const auto row = image();
  const Scope* list = row ? find_scope(row->fields, path) : nullptr;
  CHECK(list != nullptr && index < list->children.size(), "no such element in the peer's image");
  return std::get<ElementId>(list->children[index].step);
}

void Editor::stand_at(Operation* operation, const Path& list, size_t index,
                      const std::optional<ElementId>& without) {
  const auto row = image();
  const Scope* scope = row ? find_scope(row->fields, list) : nullptr;
  CHECK(scope != nullptr, "no such list in the peer's image");
  const Child* left = nullptr;
  size_t at = 0;
  for (const Child& child : scope->children) {
    if (at == index) break;
    if (without && child.step == Step(*without)) continue;
    left = &child;
    ++at;
  }
  CHECK(at == index, "an index beyond the list in the peer's image");
  if (left == nullptr) return;
  operation->left = std::get<ElementId>(left->step);
  operation->left_position = left->position;
}

ElementId Editor::insert(Path path, size_t index, Item item) {
  const ElementId id{name_, (*next_element_)++};
  Operation made;
  stand_at(&made, path, index, std::nullopt);
  path.push_back(id);
  Operation& insert = operation(OperationKind::insert, std::move(path));
  insert.item = std::move(item);
  insert.left = made.left;
  insert.left_position = made.left_position;
  return id;
}

void Editor::append(Path path, Item item) {
  const auto row = image();
  const Scope* list = row ? find_scope(row->fields, path) : nullptr;
  CHECK(list != nullptr, "no such list in the peer's image");
  insert(std::move(path), list->children.size(), std::move(item));
}

void Editor::move(Path path, size_t from, size_t to) {
  const ElementId id = element(path, from);
  Operation made;
  stand_at(&made, path, to, id);
  path.push_back(id);
  Operation& move = operation(OperationKind::move, std::move(path));
  move.left = made.left;
  move.left_position = made.left_position;
}

void Editor::erase(Path path, size_t index) {
  const ElementId id = element(path, index);
  erase(std::move(path), id);
}
void Editor::erase(Path path, ElementId id) {
  path.push_back(id);
  operation(OperationKind::erase, std::move(path));
}

namespace {

void check_list(const Scope& list, const MergeScope& merge) {
  std::set<Step> ids;
  Position previous;
  for (const Child& child : list.children) {
    EXPECT_TRUE(ids.insert(child.step).second) << "an element twice";
    EXPECT_LT(previous, child.position) << "positions must ascend";
    EXPECT_NE(child.position.bytes.back(), '\0');
    EXPECT_LE(child.position.bytes.size(), 256u);
    EXPECT_NE(merge.find(child.step), nullptr);
    previous = child.position;
  }
  for (const MergeSlot& slot : merge.slots) {
    EXPECT_TRUE(ids.contains(slot.step)) << "a slot of an element that is not there";
  }
}

void check_scope(const Scope& scope, const MergeScope& merge) {
  EXPECT_TRUE(merge.present);
  EXPECT_EQ(merge.kind, scope.kind);
  if (scope.kind == ScopeKind::list) {
    check_list(scope, merge);
  } else {
    EXPECT_TRUE(std::is_sorted(scope.children.begin(), scope.children.end(),
                               [](const Child& a, const Child& b) { return a.step < b.step; }));
  }
  EXPECT_TRUE(
      std::is_sorted(merge.slots.begin(), merge.slots.end(),
                     [](const MergeSlot& a, const MergeSlot& b) { return a.step < b.step; }));
  for (const MergeSlot& slot : merge.slots) {
    const Child* child = scope.find(slot.step);
    const Scope* inner = child == nullptr ? nullptr : child->item.scope();
    if (slot.write) {
      EXPECT_EQ(slot.absent, child == nullptr);
    }
    if (inner == nullptr) {
      EXPECT_FALSE(slot.scope != nullptr && slot.scope->present);
    } else if (slot.scope == nullptr) {
      ADD_FAILURE() << "a scope without merge state";
    } else {
      check_scope(*inner, *slot.scope);
    }
  }
  for (const Child& child : scope.children) EXPECT_NE(merge.find(child.step), nullptr);
}

}  // namespace

void check_invariants(const std::optional<Row>& row, const MergeRow& merge) {
  if (row) {
    check_scope(row->fields, merge.root);
    return;
  }
  EXPECT_FALSE(merge.root.present);
  EXPECT_TRUE(merge.root.slots.empty());
  EXPECT_TRUE(merge.root.creates.empty());
}

}  // namespace syncline::merge_test
