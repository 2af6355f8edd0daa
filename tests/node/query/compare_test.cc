#include "node/query/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "node/query/numbers.h"
#include "proto/extended_json.h"

namespace syncline::query {
namespace {

Value decimal(const char* text) { return *parse_decimal128(text); }

// Values that lie close to each other, of every kind.
std::vector<Value> values() {
  std::vector<Value> out = {Null{},
                            false,
                            true,
                            "",
                            "a",
                            "ab",
                            "b",
                            "\xC3\xA4",
                            Binary{0, "a"},
                            Binary{0, "\xFF"},
                            Date{0, 0},
                            Date{-1, 999'999'999},
                            Date{0, 1},
                            ObjectId{},
                            Uuid{},
                            MinKey{},
                            Timestamp{1, 2},
                            List{1},
                            Document{{"a", 1}}};
  for (const int64_t i : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{10}, int64_t{100},
                          int64_t{99}, int64_t{9007199254740993}, int64_t{1} << 62,
                          std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()})
    out.push_back(i);
  out.push_back(int32_t{1});
  for (const double d :
       {0.0, -0.0, 1.0, 0.1, -0.1, 1.5, 1e300, -1e300, 5e-324, 9007199254740992.0,
        4611686018427387904.0, 9223372036854775808.0, 1e34, 1.7976931348623157e308, std::nan(""),
        std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()})
    out.push_back(d);
  for (const char* d : {"0",
                        "-0",
                        "1",
                        "1.0",
                        "1.00",
                        "0.1",
                        "0.10",
                        "0.10000000000000001",
                        "-0.1",
                        "1.5",
                        "1E300",
                        "NaN",
                        "Infinity",
                        "-Infinity",
                        "9007199254740993",
                        "4611686018427387904",
                        "1E+34",
                        "9.999E-6176",
                        "9.999999999999999999999999999999999E6144",
                        "12345678901234567890.5"})
    out.push_back(decimal(d));
  return out;
}

TEST(Compare, NumbersOfAllKindsAreOneLine) {
  EXPECT_EQ(order(int64_t{1}, 1.0), std::strong_ordering::equal);
  EXPECT_EQ(order(1.0, decimal("1.00")), std::strong_ordering::equal);
  EXPECT_EQ(order(0.1, decimal("0.1")), std::strong_ordering::equal);
  EXPECT_EQ(order(int64_t{9007199254740993}, 9007199254740992.0), std::strong_ordering::greater);
  EXPECT_EQ(order(std::numeric_limits<int64_t>::max(), 9223372036854775808.0),
            std::strong_ordering::less);
  EXPECT_EQ(order(std::nan(""), decimal("NaN")), std::strong_ordering::equal);
  EXPECT_EQ(order(std::nan(""), -std::numeric_limits<double>::infinity()),
            std::strong_ordering::less);
}

TEST(Compare, KeysCompareAsTheValuesDo) {
  const std::vector<Value> all = values();
  for (const Value& a : all)
    for (const Value& b : all) {
      EXPECT_EQ(order(a, b), comparison_key(a) <=> comparison_key(b))
          << print_extended_json(a, JsonForm::canonical) << " and "
          << print_extended_json(b, JsonForm::canonical);
      EXPECT_EQ(order(a, b), 0 <=> order(b, a));
    }
}

TEST(Compare, KeysOfRandomNumbersCompareAsTheyDo) {
  std::mt19937_64 random(3);
  const auto number = [&]() -> Value {
    const int64_t small = static_cast<int64_t>(random() % 2000) - 1000;
    switch (random() % 5) {
      case 0:
        return small;
      case 1:
        return static_cast<double>(small) / 100;
      case 2:
        return decimal((std::to_string(small) + "E-2").c_str());
      case 3:
        return static_cast<int64_t>(random());
      default: {
        const double bits = std::bit_cast<double>(static_cast<uint64_t>(random()));
        return std::isnan(bits) ? 1.0 : bits;
      }
    }
  };
  for (int i = 0; i < 20'000; ++i) {
    const Value a = number();
    const Value b = number();
    ASSERT_EQ(order(a, b), comparison_key(a) <=> comparison_key(b))
        << print_extended_json(a, JsonForm::canonical) << " and "
        << print_extended_json(b, JsonForm::canonical);
  }
}

TEST(Compare, KindsFollowEachOther) {
  EXPECT_TRUE(order(Null{}, false) < 0);
  EXPECT_TRUE(order(true, int64_t{-5}) < 0);
  EXPECT_TRUE(order(1e308, "") < 0);
  EXPECT_EQ(order("a", Binary{0, "a"}), std::strong_ordering::equal);
  EXPECT_TRUE(order("z", Date{}) < 0);
  EXPECT_TRUE(order(Date{1, 0}, ObjectId{}) < 0);
  EXPECT_TRUE(order(ObjectId{}, Uuid{}) < 0);
}

TEST(Calculate, KeepsTheWiderKind) {
  EXPECT_EQ(calculate('/', int64_t{7}, int64_t{2}), Value(int64_t{3}));
  EXPECT_EQ(calculate('*', int64_t{2}, 1.5), Value(3.0));
  EXPECT_EQ(calculate('+', decimal("0.1"), 0.2), decimal("0.3"));
  EXPECT_EQ(calculate('/', int64_t{1}, int64_t{0}), std::nullopt);
  EXPECT_EQ(calculate('+', std::numeric_limits<int64_t>::max(), int64_t{1}), std::nullopt);
}

}  // namespace
}  // namespace syncline::query
