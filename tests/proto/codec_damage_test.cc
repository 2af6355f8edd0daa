// Bytes that are not what they should be: an answer by name, never a crash, never a struct that
// cannot be written.
#include <gtest/gtest.h>

#include <functional>

#include "proto/limits.h"
#include "proto/wire.h"
#include "tests/proto/random_messages.h"

namespace syncline::test {
namespace {

using wire::Writer;

// One struct of each kind as bytes, and a probe that decodes them: the error's code, or nothing.
// What decodes must survive encoding.
struct Sample {
  std::string name;
  Bytes bytes;
  std::function<std::optional<ErrorCode>(BytesView)> probe;
};

template <class T>
Sample sample(std::string name, const T& value, Bytes (*encode)(const T&),
              Result<T> (*decode)(BytesView)) {
  auto probe = [=](BytesView bytes) -> std::optional<ErrorCode> {
    Result<T> decoded = decode(bytes);
    if (!decoded) return decoded.error().code;
    const Bytes again = encode(*decoded);
    EXPECT_TRUE(decode(again) == *decoded) << name;
    return std::nullopt;
  };
  return {name, encode(value), std::move(probe)};
}

std::vector<Sample> samples(uint64_t seed) {
  RandomMessages random(seed);
  std::vector<Sample> out = {
      sample("value", random.value(), encode_value, decode_value),
      sample("item", random.item(), encode_item, decode_item),
      sample("row", random.row(), encode_row, decode_row),
      sample("merge_row", random.merge_row(), encode_merge_row, decode_merge_row),
      sample("schema", random.schema(), encode_schema, decode_schema),
      sample("changeset", random.changeset(), encode_changeset, decode_changeset),
      sample("envelope", random.envelope(), encode_envelope, decode_envelope),
      sample("entry", random.entry(), encode_entry, decode_entry),
      sample("decision", random.decision(), encode_decision, decode_decision),
      sample("object_delta", random.object_delta(), encode_object_delta, decode_object_delta),
      sample("cursor", random.cursor(), encode_cursor, decode_cursor)};
  for (size_t which = 0; which < std::variant_size_v<Message>; ++which) {
    out.push_back(sample("message" + std::to_string(which), random.message(which), encode_message,
                         decode_message));
  }
  return out;
}

bool is_named(std::optional<ErrorCode> code) {
  return !code || *code == ErrorCode::kMalformed || *code == ErrorCode::kTooLarge;
}

TEST(CodecDamage, IsNamedWhereverAStructIsCutShort) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    for (const Sample& one : samples(seed)) {
      for (size_t cut = 0; cut < one.bytes.size(); ++cut) {
        const Bytes exact(one.bytes.data(), cut);  // its own allocation: the sanitizer sees its end
        ASSERT_TRUE(is_named(one.probe(exact))) << one.name << " cut to " << cut;
      }
    }
  }
}

TEST(CodecDamage, IsNamedWhicheverBitFlips) {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    for (const Sample& one : samples(seed)) {
      for (size_t bit = 0; bit < one.bytes.size() * 8; ++bit) {
        Bytes flipped = one.bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        ASSERT_TRUE(is_named(one.probe(flipped))) << one.name << " bit " << bit;
      }
    }
  }
}

TEST(CodecDamage, IsNamedForNoise) {
  RandomMessages random(3);
  const std::vector<Sample> all = samples(1);
  for (int i = 0; i < 20'000; ++i) {
    const Bytes noise = random.bytes(40);
    for (const Sample& one : all) ASSERT_TRUE(is_named(one.probe(noise))) << one.name;
  }
}

// Documents, lists and scopes of `depth` levels, as values and in an object.
Value nested_value(int depth) {
  Value out = 1;
  for (int i = 0; i < depth; ++i) out = i % 2 == 0 ? Value(List{out}) : Value(Document{{"a", out}});
  return out;
}

Item nested_item(int depth) {
  Item out = Value(1);
  for (int i = 0; i < depth; ++i) {
    Scope scope{i % 2 == 0 ? ScopeKind::dictionary : ScopeKind::object, {}};
    scope.put("a", std::move(out));
    out = Item(std::move(scope));
  }
  return out;
}

ErrorCode refusal_of(const auto& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

TEST(CodecDamage, StopsAtTheDepthLimit) {
  EXPECT_TRUE(decode_value(encode_value(nested_value(limits::kDepthMax))));
  EXPECT_EQ(refusal_of(decode_value(encode_value(nested_value(limits::kDepthMax + 1)))),
            ErrorCode::kTooLarge);
  EXPECT_TRUE(decode_item(encode_item(nested_item(limits::kDepthMax))));
  EXPECT_EQ(refusal_of(decode_item(encode_item(nested_item(limits::kDepthMax + 1)))),
            ErrorCode::kTooLarge);
  // A row's fields are one level themselves.
  Row row;
  row.id = 1;
  row.fields.put(FieldNumber(1), nested_item(limits::kDepthMax - 1));
  EXPECT_TRUE(decode_row(encode_row(row)));
  row.fields.put(FieldNumber(1), nested_item(limits::kDepthMax));
  EXPECT_EQ(refusal_of(decode_row(encode_row(row))), ErrorCode::kTooLarge);
}

// Thousands of levels, made without encoding any struct.
TEST(CodecDamage, SurvivesADepthBomb) {
  Bytes lists("\x08\x00", 2);  // null
  Bytes scopes = lists;
  for (int i = 0; i < 5000; ++i) {
    Writer list, value, child, scope, item;
    list.bytes_always(1, lists);
    value.bytes_always(12, list.take());
    lists = value.take();
    child.bytes_always(2, "key");
    child.bytes_always(6, scopes);
    scope.number(1, static_cast<uint64_t>(ScopeKind::dictionary));
    scope.bytes_always(2, child.take());
    item.bytes_always(14, scope.take());
    scopes = item.take();
  }
  EXPECT_EQ(refusal_of(decode_value(lists)), ErrorCode::kTooLarge);
  EXPECT_EQ(refusal_of(decode_item(scopes)), ErrorCode::kTooLarge);
  Writer child, row;
  child.number(1, 1);
  child.bytes_always(6, scopes);
  row.bytes_always(3, encode_value(1));
  row.bytes_always(4, child.take());
  EXPECT_EQ(refusal_of(decode_row(row.take())), ErrorCode::kTooLarge);
}

// What an operation puts deep inside an object must decode as part of that object later.
TEST(CodecDamage, CountsThePathTowardsTheDepth) {
  Changeset changeset;
  Group& group = changeset.groups.emplace_back();
  group.id = 1;
  group.object.key = *object_key(group.id);
  Operation& operation = group.operations.emplace_back();
  operation.path = Path(50, Step("a"));
  operation.item = nested_item(50);
  EXPECT_TRUE(decode_changeset(encode_changeset(changeset)));
  operation.item = nested_item(51);
  EXPECT_EQ(refusal_of(decode_changeset(encode_changeset(changeset))), ErrorCode::kTooLarge);
  operation.item = Item(Value(1));
  operation.path = Path(limits::kPathStepsMax + 1, Step("a"));
  EXPECT_EQ(refusal_of(decode_changeset(encode_changeset(changeset))), ErrorCode::kTooLarge);
}

TEST(CodecDamage, RefusesWhatIsTooLarge) {
  EXPECT_EQ(refusal_of(decode_message(Bytes(limits::kMessageBytesMax + 1, '\0'))),
            ErrorCode::kTooLarge);
  EXPECT_EQ(refusal_of(decode_value(Bytes(limits::kObjectBytesMax + 1, '\0'))),
            ErrorCode::kTooLarge);
  EXPECT_EQ(refusal_of(decode_changeset(Bytes(limits::kChangesetBytesMax + 1, '\0'))),
            ErrorCode::kTooLarge);
  Scope scope{ScopeKind::dictionary, {}};
  scope.put(std::string(limits::kDictionaryKeyBytesMax + 1, 'k'), Item());
  EXPECT_EQ(refusal_of(decode_item(encode_item(scope))), ErrorCode::kTooLarge);
  Scope list{ScopeKind::list, {}};
  list.put(ElementId(), Item(), Position{Bytes(4 * limits::kPositionBytesMax + 1, 'p')});
  EXPECT_EQ(refusal_of(decode_item(encode_item(list))), ErrorCode::kTooLarge);
  Envelope envelope;
  envelope.first_number = 1;
  envelope.signature = Bytes(64, 's');
  envelope.hashes.resize(limits::kChangesetsPerUploadMax + 1);
  EXPECT_EQ(refusal_of(decode_envelope(encode_envelope(envelope))), ErrorCode::kTooLarge);
}

TEST(CodecDamage, RefusesChildrenOutOfOrderOrTwice) {
  for (ScopeKind kind :
       {ScopeKind::object, ScopeKind::dictionary, ScopeKind::set, ScopeKind::list}) {
    const auto step_of = [&](uint32_t i) -> Step {
      if (kind == ScopeKind::object) return FieldNumber(i);
      if (kind == ScopeKind::dictionary) return std::to_string(i);
      if (kind == ScopeKind::list) return ElementId{{NodeId(1), Epoch(1), 1}, i};
      return Member{encode_value(static_cast<int32_t>(i))};
    };
    Scope scope{kind, {}};
    for (uint32_t i = 1; i <= 3; ++i) scope.put(step_of(i), Item());
    ASSERT_TRUE(decode_item(encode_item(scope)));
    Scope swapped = scope;
    std::swap(swapped.children[0], swapped.children[1]);
    EXPECT_EQ(refusal_of(decode_item(encode_item(swapped))), ErrorCode::kMalformed);
    Scope doubled = scope;
    doubled.children.push_back(doubled.children.back());
    EXPECT_EQ(refusal_of(decode_item(encode_item(doubled))), ErrorCode::kMalformed);
  }
  // An element that stands at two positions.
  Scope list{ScopeKind::list, {}};
  const Step element = ElementId{{NodeId(1), Epoch(1), 1}, 1};
  list.children = {{element, {"a"}, Item()}, {element, {"b"}, Item()}};
  EXPECT_EQ(refusal_of(decode_item(encode_item(list))), ErrorCode::kMalformed);
}

TEST(CodecDamage, RefusesTextThatIsNotUtf8) {
  const std::string bad = "a\xff";
  EXPECT_EQ(refusal_of(decode_value(encode_value(bad))), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of(decode_value(encode_value(Document{{bad, 1}}))), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of(decode_value(encode_value(Regex{bad, ""}))), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of(decode_value(encode_value(Symbol{bad}))), ErrorCode::kMalformed);
  Scope scope{ScopeKind::dictionary, {}};
  scope.put(bad, Item());
  EXPECT_EQ(refusal_of(decode_item(encode_item(scope))), ErrorCode::kMalformed);
  EXPECT_EQ(
      refusal_of(decode_message(encode_message(Goodbye{{}, Error(ErrorCode::kClosed, "x"), true}))),
      ErrorCode::kInternal);
  Bytes frame = encode_message(Goodbye{{}, Error(ErrorCode::kClosed, "x"), true});
  frame[frame.find('x')] = '\xff';
  EXPECT_EQ(refusal_of(decode_message(frame)), ErrorCode::kMalformed);
}

// A member is compared by its bytes, so it has one form.
TEST(CodecDamage, RefusesAMemberInAnotherForm) {
  Scope set{ScopeKind::set, {}};
  set.put(Member{Bytes("\x18\x02", 2)}, Item());  // int32 1
  EXPECT_TRUE(decode_item(encode_item(set)));
  set.children[0].step = Member{Bytes("\x18\x82\x00", 3)};  // the same, with a longer varint
  EXPECT_EQ(refusal_of(decode_item(encode_item(set))), ErrorCode::kMalformed);
}

// Each kind without what it needs, or where it cannot be.
TEST(CodecDamage, RefusesOperationsThatMergingCouldNotRead) {
  const auto code = [](OperationKind kind, Path path, std::optional<Item> item) {
    Changeset changeset;
    Group& group = changeset.groups.emplace_back();
    group.id = 1;
    group.object.key = *object_key(group.id);
    group.operations.push_back({kind, std::move(path), std::move(item)});
    return refusal_of(decode_changeset(encode_changeset(changeset)));
  };
  using K = OperationKind;
  const Step field = FieldNumber(1), element = ElementId(), member = Member{encode_value(1)};
  EXPECT_EQ(code(K::set, {field}, Item()), ErrorCode::kInternal);  // as it should be
  EXPECT_EQ(code(K::set, {field}, {}), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::set, {}, Item()), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::set, {member}, Item()), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::set_default, {element}, Item()), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::create, {}, Item()), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::create, {field}, {}), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::unset, {element}, {}), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::increment, {}, {}), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::insert, {element}, {}), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::insert, {field}, Item()), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::move, {field}, {}), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::erase, {member}, {}), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::add, {element}, {}), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::remove, {}, {}), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::clear, {}, {}), ErrorCode::kMalformed);
  EXPECT_EQ(code(K::remove_object, {field}, {}), ErrorCode::kMalformed);
}

TEST(CodecDamage, RefusesTwoGroupsForOneObject) {
  Changeset changeset;
  for (Value id : {Value(5), Value(6), Value(int64_t{5})}) {
    Group& group = changeset.groups.emplace_back();
    group.id = id;
    group.object.key = *object_key(id);
    EXPECT_EQ(refusal_of(decode_changeset(encode_changeset(changeset))),
              changeset.groups.size() < 3 ? ErrorCode::kInternal : ErrorCode::kMalformed);
  }
}

// What is stored or signed is understood whole; a message of a newer version may say more.
TEST(CodecDamage, SkipsUnknownFieldsInMessagesOnly) {
  Writer more(16);
  more.number_always(60, 1);
  const Bytes unknown = more.take();
  RandomMessages random(1);
  EXPECT_EQ(refusal_of(decode_envelope(encode_envelope(random.envelope()) + unknown)),
            ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of(decode_changeset(encode_changeset(random.changeset()) + unknown)),
            ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of(decode_entry(encode_entry(random.entry()) + unknown)),
            ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of(decode_row(encode_row(random.row()) + unknown)), ErrorCode::kMalformed);

  for (size_t which = 0; which < std::variant_size_v<Message>; ++which) {
    Bytes frame = encode_message(random.message(which));
    while (frame[0] != 0) frame = encode_message(random.message(which));
    wire::Reader r(BytesView(frame).substr(1));
    ASSERT_TRUE(r.next());
    Writer longer;
    longer.bytes_always(r.field(), Bytes(r.bytes()) + unknown);
    const auto message = decode_message(Bytes(1, '\0') + longer.take());
    const bool is_signed = which == 0;  // Hello
    EXPECT_EQ(refusal_of(message), is_signed ? ErrorCode::kMalformed : ErrorCode::kInternal)
        << which;
  }
}

}  // namespace
}  // namespace syncline::test
