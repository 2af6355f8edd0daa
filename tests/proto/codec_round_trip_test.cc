// Every struct comes back from its bytes as it was, and gives the same bytes again.
#include <gtest/gtest.h>

#include "tests/proto/random_messages.h"

namespace syncline::test {
namespace {

constexpr uint64_t kSeeds = 400;

template <class T, class Make, class Encode, class Decode>
void expect_round_trips(Make make, Encode encode, Decode decode) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    RandomMessages random(seed);
    const T before = make(random);
    const Bytes bytes = encode(before);
    const Result<T> after = decode(bytes);
    ASSERT_TRUE(after.has_value()) << "seed " << seed << ": " << after.error().message;
    ASSERT_TRUE(*after == before) << "seed " << seed;
    ASSERT_EQ(encode(*after), bytes) << "seed " << seed;
  }
}

TEST(Codec, BringsEveryStructBack) {
  using R = RandomMessages;
  expect_round_trips<Value>([](R& r) { return r.value(); }, encode_value, decode_value);
  expect_round_trips<Item>([](R& r) { return r.item(); }, encode_item, decode_item);
  expect_round_trips<Row>([](R& r) { return r.row(); }, encode_row, decode_row);
  expect_round_trips<MergeRow>([](R& r) { return r.merge_row(); }, encode_merge_row,
                               decode_merge_row);
  expect_round_trips<Schema>([](R& r) { return r.schema(); }, encode_schema, decode_schema);
  expect_round_trips<Changeset>([](R& r) { return r.changeset(); }, encode_changeset,
                                decode_changeset);
  expect_round_trips<Envelope>([](R& r) { return r.envelope(); }, encode_envelope, decode_envelope);
  expect_round_trips<Entry>([](R& r) { return r.entry(); }, encode_entry, decode_entry);
  expect_round_trips<Decision>([](R& r) { return r.decision(); }, encode_decision, decode_decision);
  expect_round_trips<ObjectDelta>([](R& r) { return r.object_delta(); }, encode_object_delta,
                                  decode_object_delta);
  expect_round_trips<Cursor>([](R& r) { return r.cursor(); }, encode_cursor, decode_cursor);
}

TEST(Codec, BringsEveryMessageBack) {
  for (size_t which = 0; which < std::variant_size_v<Message>; ++which) {
    SCOPED_TRACE(which);
    expect_round_trips<Message>([&](RandomMessages& r) { return r.message(which); }, encode_message,
                                decode_message);
  }
}

TEST(Codec, KeepsTheSystemTypes) {
  Schema schema;
  schema.types = system_types();
  EXPECT_EQ(decode_schema(encode_schema(schema)), schema);
}

TEST(Codec, KeepsWhatComparesEqualInQueriesApart) {
  const std::vector<Value> values = {Value(1),          Value(int64_t{1}), Value(1.0),
                                     Value(0.0),        Value(-0.0),       Value(""),
                                     Value(Symbol{""}), Value(Null()),     Value(Undefined()),
                                     Value(List()),     Value(Document()), Value(Binary{})};
  for (const Value& a : values) {
    for (const Value& b : values) EXPECT_EQ(encode_value(a) == encode_value(b), &a == &b);
    EXPECT_EQ(decode_value(encode_value(a)), a);
  }
}

TEST(Codec, ReadsARowsSeqsWithoutItsFields) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    RandomMessages random(seed);
    const Row row = random.row();
    const Bytes bytes = encode_row(row);
    const auto seqs = decode_row_seqs(bytes);
    ASSERT_TRUE(seqs.has_value());
    EXPECT_EQ(seqs->born, row.born);
    EXPECT_EQ(seqs->changed, row.changed);
    for (size_t cut = 0; cut < std::min<size_t>(bytes.size(), 4); ++cut) {
      const auto short_of = decode_row_seqs(BytesView(bytes).substr(0, cut));
      EXPECT_TRUE(!short_of || short_of->changed == row.changed);  // cut after them
    }
  }
}

TEST(Codec, TellsWhetherRowsHaveTheSameContent) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    RandomMessages random(seed);
    const Row row = random.row();
    const Bytes bytes = encode_row(row);
    Row other = row;
    other.born = LogSeq(seed);
    other.changed = LogSeq(seed << 40);
    const Bytes later = encode_row(other);
    ASSERT_TRUE(row_content(bytes).has_value());
    EXPECT_EQ(*row_content(bytes), *row_content(later));
    const Row next = random.row();
    const Bytes differs = encode_row(next);
    EXPECT_EQ(*row_content(differs) == *row_content(bytes),
              next.id == row.id && next.fields == row.fields);
    // Whatever stands before the id.
    for (size_t cut = 0; cut < bytes.size(); ++cut)
      if (const auto content = row_content(BytesView(bytes).substr(cut)))
        EXPECT_LE(content->id.size() + content->fields.size(), bytes.size() - cut);
  }
  EXPECT_FALSE(row_content(""));
  EXPECT_FALSE(row_content("\x08\x01"));
}

// Element ids aside, which may stand for what was passed over.
TEST(Codec, ReadsSomeOfARowsFields) {
  int passed_over = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    RandomMessages random(seed);
    const Row row = random.row();
    std::vector<FieldNumber> fields;
    for (const Child& child : row.fields.children)
      if (const auto* number = std::get_if<FieldNumber>(&child.step);
          number != nullptr && random.chance(2))
        fields.push_back(*number);
    passed_over += fields.size() < row.fields.children.size() ? 1 : 0;
    const auto some = decode_row_fields(encode_row(row), fields);
    ASSERT_TRUE(some.has_value()) << "seed " << seed << ": " << some.error().message;
    EXPECT_EQ(some->id, row.id);
    EXPECT_EQ(some->changed, row.changed);
    ASSERT_EQ(some->fields.children.size(), fields.size());
    for (const Child& child : some->fields.children)
      EXPECT_EQ(value_of(child.item), value_of(row.fields.find(child.step)->item)) << seed;
  }
  EXPECT_GT(passed_over, 100);
}

// Of one changeset that fills a list, only the first element carries the name.
TEST(Codec, NamesAChangesetOnceForARunOfElements) {
  uint32_t next = 0;
  List list;
  for (int i = 0; i < 100; ++i) list.elements.push_back(i);
  const ChangesetName name{NodeId(0x1122334455667788), Epoch(0x99aabbccddeeff00), 7};
  const Item item = item_of(list, name, &next);
  EXPECT_EQ(next, 100u);
  EXPECT_LT(encode_item(item).size(), 100 * 16u);
  EXPECT_EQ(decode_item(encode_item(item)), item);
}

// Merge state of an object that one changeset wrote holds that write once.
TEST(Codec, HoldsAWriteOnceForAllItsRegisters) {
  MergeRow row;
  const Write write{{NodeId(~0u), Epoch(~0u), 1}, LogSeq(1u << 20), Stamp(uint64_t{1} << 60)};
  row.root.creates.push_back(write);
  for (uint32_t field = 1; field <= 100; ++field) row.root.at(FieldNumber(field)).write = write;
  EXPECT_LT(encode_merge_row(row).size(), 100 * 6 + 60u);
  EXPECT_EQ(decode_merge_row(encode_merge_row(row)), row);
}

// Beyond the few that are scanned, writes are found by hash; the bytes must not show it.
TEST(Codec, OrdersWritesByFirstUseHoweverMany) {
  MergeRow row;
  for (uint32_t i = 0; i < 500; ++i) {
    row.root.at(FieldNumber(i + 1)).write =
        Write{{NodeId(i % 3), Epoch(5), i % 90}, LogSeq(i % 90), Stamp(i % 90)};
  }
  const Bytes bytes = encode_merge_row(row);
  EXPECT_EQ(decode_merge_row(bytes), row);
  EXPECT_EQ(encode_merge_row(*decode_merge_row(bytes)), bytes);
}

}  // namespace
}  // namespace syncline::test
