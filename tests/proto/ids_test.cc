#include "proto/ids.h"

#include <gtest/gtest.h>

#include "proto/limits.h"
#include "tests/proto/random_values.h"

namespace syncline {
namespace {

ObjectKey key_of(const Value& id) { return object_key(id).value(); }

Uuid uuid(uint8_t last) {
  Uuid out;
  out.bytes.back() = last;
  return out;
}

ObjectId object_id(uint8_t last) {
  ObjectId out;
  out.bytes.back() = last;
  return out;
}

TEST(ObjectKey, OrdersAsBsonDoes) {
  const std::vector<Value> ascending = {Value(INT64_MIN),
                                        Value(int64_t{INT32_MIN} - 1),
                                        Value(INT32_MIN),
                                        Value(-256),
                                        Value(-1),
                                        Value(0),
                                        Value(1),
                                        Value(255),
                                        Value(256),
                                        Value(INT32_MAX),
                                        Value(int64_t{INT32_MAX} + 1),
                                        Value(INT64_MAX),
                                        Value(""),
                                        Value(std::string(1, '\0')),
                                        Value("A"),
                                        Value("Aa"),
                                        Value("B"),
                                        Value("a"),
                                        Value("é"),
                                        Value("水"),
                                        Value("🙂"),
                                        Value(uuid(0)),
                                        Value(uuid(1)),
                                        Value(uuid(255)),
                                        Value(object_id(0)),
                                        Value(object_id(1)),
                                        Value(object_id(255))};
  for (size_t i = 1; i < ascending.size(); ++i) {
    EXPECT_LT(key_of(ascending[i - 1]), key_of(ascending[i])) << i;
  }
}

TEST(ObjectKey, IsOneForOneNumberOfEitherWidth) {
  EXPECT_EQ(key_of(5), key_of(int64_t{5}));
  EXPECT_EQ(key_of(-5), key_of(int64_t{-5}));
  EXPECT_NE(key_of(5), key_of("5"));
}

TEST(ObjectKey, GivesTheIdBack) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    test::RandomValues random(seed);
    const Value id = random.id();
    const Result<Value> back = id_of(key_of(id));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(key_of(*back), key_of(id));
    EXPECT_EQ(*back, id.is<int32_t>() ? Value(id.as_integer()) : id);
  }
}

TEST(ObjectKey, RefusesWhatCannotBeAnId) {
  const std::vector<Value> others = {Value(),       Value(1.5),        Value(true),
                                     Value(Date{}), Value(Document()), Value(Decimal128{}),
                                     Value(List()), Value("\xff")};
  for (const Value& value : others) {
    const auto key = object_key(value);
    ASSERT_FALSE(key.has_value()) << type_name(value);
    EXPECT_EQ(key.error().code, ErrorCode::kBadData);
  }
  EXPECT_TRUE(object_key(std::string(limits::kKeyBytesMax, 'k')));
  EXPECT_FALSE(object_key(std::string(limits::kKeyBytesMax + 1, 'k')));
}

TEST(ObjectKey, RefusesBytesThatAreNoKey) {
  const std::vector<Bytes> wrong = {"",
                                    "\x10",
                                    Bytes("\x10\0\0\0\0\0\0\0", 8),
                                    "\x11",
                                    "\x20\xff",
                                    Bytes(1 + limits::kKeyBytesMax + 1, '\x20'),
                                    Bytes(16, '\x30'),
                                    Bytes(18, '\x30'),
                                    Bytes(12, '\x40'),
                                    Bytes(14, '\x40')};
  for (const Bytes& bytes : wrong) {
    const auto id = id_of(ObjectKey{bytes});
    ASSERT_FALSE(id.has_value()) << to_hex(bytes);
    EXPECT_EQ(id.error().code, ErrorCode::kMalformed);
  }
}

TEST(NodeId, IsWrittenAsSixteenDigits) {
  EXPECT_EQ(to_string(NodeId(0x3f2a)), "0000000000003f2a");
  EXPECT_EQ(parse_node_id("0000000000003F2a"), NodeId(0x3f2a));
  for (const char* wrong :
       {"", "3f2a", "0000000000003f2g", "00000000000003f2a", "-000000000003f2a"}) {
    EXPECT_FALSE(parse_node_id(wrong)) << wrong;
  }
}

TEST(ChangesetName, ReadsBackAsWritten) {
  const ChangesetName name{NodeId(0x3f2a), Epoch(~uint64_t{0}), 17};
  EXPECT_EQ(to_string(name), "0000000000003f2a-ffffffffffffffff-17");
  EXPECT_EQ(parse_changeset_name(to_string(name)), name);
  for (const char* wrong :
       {"", "0000000000003f2a-ffffffffffffffff-", "0000000000003f2a-ffffffffffffffff-x",
        "0000000000003f2a-ffffffffffffffff-17 ", "0000000000003f2a+ffffffffffffffff-17",
        "0000000000003f2a-ffffffffffffffff-99999999999999999999",
        "0000000000003f2a-ffffffffffffffff--1"}) {
    EXPECT_FALSE(parse_changeset_name(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace syncline
