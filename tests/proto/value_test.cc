#include "syncline/value.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>

#include "proto/bytes.h"
#include "proto/schema.h"
#include "proto/utf8.h"
#include "syncline/result.h"

namespace syncline {
namespace {

TEST(Value, IsEqualBitForBit) {
  EXPECT_EQ(Value(std::nan("")), Value(std::nan("")));
  EXPECT_NE(Value(std::bit_cast<double>(0x7ff8000000000001)), Value(std::nan("")));
  EXPECT_NE(Value(0.0), Value(-0.0));
  EXPECT_NE(Value(1), Value(int64_t{1}));
  EXPECT_NE(Value(1), Value(1.0));
  EXPECT_NE(Value(Null()), Value(Undefined()));
  EXPECT_EQ(Value(List{std::nan("")}), Value(List{std::nan("")}));
  EXPECT_NE(Value(Document{{"a", 1}, {"b", 2}}), Value(Document{{"b", 2}, {"a", 1}}));
  EXPECT_NE(Value(Code{"x", {}}), Value(Code{"x", Document()}));
}

TEST(Document, SetsInPlaceAndErases) {
  Document document{{"a", 1}, {"b", 2}};
  document.set("a", "x");
  document.set("c", Null());
  EXPECT_EQ(document, (Document{{"a", "x"}, {"b", 2}, {"c", Null()}}));
  EXPECT_TRUE(document.erase("b"));
  EXPECT_FALSE(document.erase("b"));
  EXPECT_EQ(document.find("b"), nullptr);
  EXPECT_EQ(*document.find("a"), Value("x"));
}

TEST(Value, NamesItsTypeAsBsonDoes) {
  EXPECT_EQ(type_name(Value()), "null");
  EXPECT_EQ(type_name(Value(1)), "int");
  EXPECT_EQ(type_name(Value(int64_t{1})), "long");
  EXPECT_EQ(type_name(Value(ObjectId())), "objectId");
  EXPECT_EQ(type_name(Value(Document())), "document");
  EXPECT_EQ(type_name(Value(Code{"", Document()})), "javascriptWithScope");
  EXPECT_EQ(type_name(Value(MaxKey())), "maxKey");
}

TEST(Utf8, TakesWellFormedTextOnly) {
  for (std::string_view good :
       {"", "abc", "a longer text than eight", "é", "水", "🙂", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xf4\x8f\xbf\xbf", "12345678é", "1234567é12345678"}) {
    EXPECT_TRUE(is_utf8(good)) << to_hex(good);
  }
  for (std::string_view bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xe6\xb0", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x9f\x99",
        "\xff", "12345678\xff", "1234567\xc3", "\xc3\x28"}) {
    EXPECT_FALSE(is_utf8(bad)) << to_hex(bad);
  }
}

TEST(Hex, ReadsBackAsWritten) {
  Bytes out;
  EXPECT_TRUE(from_hex("00ffAb", &out));
  EXPECT_EQ(to_hex(out), "00ffab");
  EXPECT_FALSE(from_hex("0", &out));
  EXPECT_FALSE(from_hex("0g", &out));
}

TEST(ErrorCode, HasANameATextAndAnExitCode) {
  std::set<std::string_view> names;
  for (int number = 1; number <= static_cast<int>(ErrorCode::kInternal); ++number) {
    const auto code = static_cast<ErrorCode>(number);
    EXPECT_TRUE(names.insert(name_of(code)).second) << name_of(code);
    EXPECT_FALSE(text_of(code).empty());
  }
  EXPECT_EQ(name_of(ErrorCode::kStoreInUse), "store_in_use");
  EXPECT_EQ(exit_code_of(ErrorCode::kStoreInUse), 5);
  // From a newer peer.
  EXPECT_EQ(name_of(static_cast<ErrorCode>(9999)), "unknown");
  EXPECT_EQ(exit_code_of(static_cast<ErrorCode>(9999)), 70);
}

TEST(SystemTypes, AreFoundByNumberAndName) {
  Schema schema;
  schema.types = system_types();
  const TypeDef* node = schema.type(system_type::kNode);
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(schema.type(node->name), node);
  EXPECT_EQ(node->field("identity_key")->number, system_field::node::kIdentityKey);
  EXPECT_EQ(node->field(system_field::kId)->name, "_id");
  EXPECT_EQ(node->field(FieldNumber(99)), nullptr);
  EXPECT_EQ(node->field("nothing"), nullptr);
  EXPECT_EQ(schema.type(TypeNumber(99)), nullptr);
  for (const TypeDef& type : schema.types) {
    EXPECT_TRUE(is_system(type.number));
    for (size_t i = 1; i < type.fields.size(); ++i) {
      EXPECT_LT(type.fields[i - 1].number, type.fields[i].number);
    }
  }
  EXPECT_FALSE(is_system(TypeNumber(system_type::kFirstUser)));
}

}  // namespace
}  // namespace syncline
