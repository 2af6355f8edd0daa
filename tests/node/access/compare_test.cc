#include "node/access/compare.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "proto/extended_json.h"

namespace syncline {
namespace {

Value decimal(const char* text) { return *parse_decimal128(text); }

TEST(RuleCompare, ComparesNumbersAcrossTypesExactly) {
  EXPECT_TRUE(rule_equal(1, 1.0));
  EXPECT_TRUE(rule_equal(Value(int64_t{1}), Value(int32_t{1})));
  EXPECT_TRUE(rule_equal(1, decimal("1.00")));
  EXPECT_TRUE(rule_equal(0.0, -0.0));
  EXPECT_TRUE(rule_equal(NAN, NAN));
  const int64_t beyond = (int64_t{1} << 53) + 1;
  EXPECT_FALSE(rule_equal(beyond, 9007199254740992.0));
  EXPECT_EQ(rule_order(beyond, 9007199254740992.0), std::partial_ordering::greater);
  EXPECT_EQ(rule_order(9007199254740992.0, beyond), std::partial_ordering::less);
  EXPECT_EQ(rule_order(std::numeric_limits<int64_t>::max(), 9223372036854775808.0),
            std::partial_ordering::less);
  EXPECT_EQ(rule_order(std::numeric_limits<int64_t>::min(), -INFINITY),
            std::partial_ordering::greater);
  EXPECT_EQ(rule_order(-3, -2.5), std::partial_ordering::less);
  EXPECT_EQ(rule_order(decimal("2.5"), 2), std::partial_ordering::greater);
  EXPECT_EQ(rule_order(decimal("1e6000"), 1e300), std::partial_ordering::greater);
  EXPECT_EQ(rule_order(decimal("NaN"), 1), std::partial_ordering::unordered);
  EXPECT_EQ(rule_order(1, NAN), std::partial_ordering::unordered);
}

TEST(RuleCompare, KeepsOtherTypesApart) {
  EXPECT_FALSE(rule_equal("1", 1));
  EXPECT_FALSE(rule_equal(true, 1));
  EXPECT_FALSE(rule_equal(Null{}, 0));
  EXPECT_EQ(rule_order("b", 1), std::partial_ordering::unordered);
  EXPECT_EQ(rule_order("b", "a"), std::partial_ordering::greater);
  EXPECT_EQ(rule_order(Date{1, 5}, Date{1, 6}), std::partial_ordering::less);
  EXPECT_EQ(rule_order(Null{}, Null{}), std::partial_ordering::equivalent);
  EXPECT_EQ(rule_order(List{1}, List{2}), std::partial_ordering::unordered);
}

TEST(RuleCompare, ComparesPartsOfListsAndDocuments) {
  EXPECT_TRUE(rule_equal(List{1, "a"}, List{1.0, "a"}));
  EXPECT_FALSE(rule_equal(List{1}, List{1, 2}));
  EXPECT_TRUE(rule_equal(Document{{"a", 1}}, Document{{"a", decimal("1")}}));
  EXPECT_FALSE(rule_equal(Document{{"a", 1}}, Document{{"b", 1}}));
}

}  // namespace
}  // namespace syncline
