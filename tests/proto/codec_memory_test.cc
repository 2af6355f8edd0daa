// What a changeset takes in memory once decoded, counted in what its structs make room for, not in
// time: the largest that a stranger may send must not become gigabytes.
#include <gtest/gtest.h>

#include "proto/codec.h"
#include "proto/limits.h"
#include "proto/wire.h"

namespace syncline {
namespace {

constexpr size_t kDecodedBytesMax = 256u << 20;

size_t room(const Value& value);
size_t room(const Item& item);

size_t room(const std::string& text) { return text.capacity() > 15 ? text.capacity() : 0; }

size_t room(const Step& step) {
  if (const auto* key = std::get_if<std::string>(&step)) return room(*key);
  if (const auto* member = std::get_if<Member>(&step)) return room(member->bytes);
  return 0;
}

size_t room(const Value& value) {
  size_t bytes = 0;
  if (value.is<List>()) {
    const auto& elements = value.get<List>().elements;
    bytes += elements.capacity() * sizeof(Value);
    for (const Value& element : elements) bytes += room(element);
  }
  return bytes;
}

size_t room(const Item& item) {
  const Scope* scope = item.scope();
  if (scope == nullptr) return room(item.value());
  size_t bytes = sizeof(Scope) + scope->children.capacity() * sizeof(Child);
  for (const Child& child : scope->children)
    bytes += room(child.step) + room(child.position.bytes) + room(child.item);
  return bytes;
}

size_t room(const Changeset& changeset) {
  size_t bytes = changeset.groups.capacity() * sizeof(Group);
  for (const Group& group : changeset.groups) {
    bytes += group.operations.capacity() * sizeof(Operation);
    for (const Operation& operation : group.operations) {
      bytes += operation.path.capacity() * sizeof(Step);
      for (const Step& step : operation.path) bytes += room(step);
      if (operation.item) bytes += room(*operation.item);
    }
  }
  return bytes;
}

// A changeset of one operation that sets a field to this item, as bytes: the structs would take the
// memory that is in question.
Bytes set_to(BytesView item) {
  wire::Writer out(item.size() + 100);
  const size_t group = out.open(6);
  out.number(1, 16);
  out.bytes(2, encode_value(Value("a")));
  const size_t operation = out.open(4);
  out.number(1, static_cast<uint64_t>(OperationKind::set));
  const size_t step = out.open(2);
  out.number(1, 2);
  out.close(step);
  out.bytes(3, item);
  out.close(operation);
  out.close(group);
  return out.take();
}

// A scope with so many of the smallest children: a set's are their members, encoded numbers.
Bytes set_scope(size_t children) {
  wire::Writer out(children * 12);
  const size_t scope = out.open(14);
  out.number(1, static_cast<uint64_t>(ScopeKind::set));
  std::vector<Bytes> members;
  for (size_t i = 0; i < children; ++i)
    members.push_back(encode_value(Value(static_cast<int32_t>(i))));
  std::sort(members.begin(), members.end());
  for (const Bytes& member : members) {
    const size_t child = out.open(2);
    out.bytes_always(4, member);
    out.close(child);
  }
  out.close(scope);
  return out.take();
}

// The smallest there is, as many as the largest payload holds: dictionary keys all alike. Out of
// order, but room would be made before that is seen.
Bytes crowd() {
  wire::Writer out(limits::kChangesetBytesMax);
  const size_t scope = out.open(14);
  out.number(1, static_cast<uint64_t>(ScopeKind::dictionary));
  while (out.size() < limits::kChangesetBytesMax - 200) {
    const size_t child = out.open(2);
    out.close(child);
  }
  out.close(scope);
  return out.take();
}

TEST(CodecMemory, TheMostValuesThatAChangesetMayHoldTakeABoundedRoom) {
  Result<Changeset> most =
      decode_changeset(set_to(set_scope(limits::kValuesPerChangesetMax - 1)));  // and a step
  ASSERT_TRUE(most) << most.error().message;
  EXPECT_GT(room(*most), limits::kValuesPerChangesetMax * sizeof(Child) / 2);
  EXPECT_LT(room(*most), kDecodedBytesMax);
}

TEST(CodecMemory, OneValueMoreIsRefusedByName) {
  Result<Changeset> more = decode_changeset(set_to(set_scope(limits::kValuesPerChangesetMax)));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(more.error().message, "Changeset, in fields, elements and keys: more than 1000000");
}

TEST(CodecMemory, NoRoomIsMadeForACrowdBeforeItIsCounted) {
  const Bytes payload = set_to(crowd());
  ASSERT_GT(payload.size(), limits::kChangesetBytesMax - 1'000);
  ASSERT_LE(payload.size(), limits::kChangesetBytesMax);
  Result<Changeset> crowded = decode_changeset(payload);
  ASSERT_FALSE(crowded);
  EXPECT_EQ(crowded.error().code, ErrorCode::kTooLarge) << crowded.error().message;
}

TEST(CodecMemory, ListsWithinAMemberCountToo) {
  wire::Writer list(limits::kValuesPerChangesetMax * 5);
  const size_t start = list.open(12);
  for (size_t i = 0; i <= limits::kValuesPerChangesetMax; ++i)
    list.bytes_always(1, encode_value(Value()));
  list.close(start);
  wire::Writer scope(limits::kValuesPerChangesetMax * 5);
  const size_t outer = scope.open(14);
  scope.number(1, static_cast<uint64_t>(ScopeKind::set));
  const size_t child = scope.open(2);
  scope.bytes_always(4, list.take());
  scope.close(child);
  scope.close(outer);
  Result<Changeset> refused = decode_changeset(set_to(scope.take()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge) << refused.error().message;
}

TEST(CodecMemory, NoValueIsSmallerThanTheLeastStated) {
  Changeset changeset;
  Group& group = changeset.groups.emplace_back();
  group.id = Value("a");
  group.object = {TypeNumber(16), *object_key(group.id)};
  Operation& operation = group.operations.emplace_back();
  operation.path = {FieldNumber(1)};
  operation.item = Item(Value(1));
  const size_t shorter = encode_changeset(changeset).size();
  operation.path.push_back(FieldNumber(1));
  EXPECT_EQ(encode_changeset(changeset).size(), shorter + limits::kValueBytesMin);
}

}  // namespace
}  // namespace syncline
