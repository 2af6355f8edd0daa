#include "node/merge/position.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace syncline {
namespace {

Position between(const Position& left, const Position& right) {
  const Position made = position_between(left, right);
  EXPECT_LT(left, made);
  if (!right.bytes.empty()) {
    EXPECT_LT(made, right);
  }
  EXPECT_NE(made.bytes.back(), '\0');
  return made;
}

TEST(Positions, AppendsStayShort) {
  Position last;
  for (int i = 0; i < 100'000; ++i) last = between(last, {});
  EXPECT_LE(last.bytes.size(), 6u);
}

TEST(Positions, PrependsStayShort) {
  Position first = between({}, {});
  for (int i = 0; i < 100'000; ++i) first = between({}, first);
  EXPECT_LE(first.bytes.size(), 6u);
}

TEST(Positions, RunsInAGapStayShort) {
  const Position left{"a"};
  const Position right{"b"};
  Position last = left;
  for (int i = 0; i < 10'000; ++i) last = between(last, right);
  EXPECT_LE(last.bytes.size(), 8u);
  last = right;
  for (int i = 0; i < 10'000; ++i) last = between(left, last);
  EXPECT_LE(last.bytes.size(), 8u);
}

TEST(Positions, RandomGapsAlwaysHaveRoom) {
  std::mt19937_64 random(5);
  std::vector<Position> all{between({}, {})};
  for (int i = 0; i < 20'000; ++i) {
    const size_t at = random() % (all.size() + 1);
    const Position made =
        between(at == 0 ? Position() : all[at - 1], at == all.size() ? Position() : all[at]);
    all.insert(all.begin() + static_cast<ptrdiff_t>(at), made);
  }
  size_t longest = 0;
  for (const Position& position : all) longest = std::max(longest, position.bytes.size());
  EXPECT_LE(longest, 16u);
}

TEST(Positions, AnyTwoBytesStringsWithoutTrailingZerosHaveRoom) {
  const std::string digits{'\0', '\1', '\2', '\x7f', '\xfe', '\xff'};
  std::vector<Position> all;
  for (char a : digits) {
    all.push_back({std::string{a}});
    for (char b : digits) {
      all.push_back({std::string{a, b}});
      for (char c : digits) all.push_back({std::string{a, b, c}});
    }
  }
  std::erase_if(all, [](const Position& p) { return p.bytes.back() == '\0'; });
  std::sort(all.begin(), all.end());
  for (size_t i = 0; i < all.size(); ++i) {
    between({}, all[i]);
    between(all[i], {});
    for (size_t j = i + 1; j < all.size(); ++j) between(all[i], all[j]);
  }
}

TEST(Positions, ADamagedGapGivesWhatIsAboveItsLeftEnd) {
  EXPECT_LT(Position{"b"}, position_between({"b"}, {"a"}));
  EXPECT_LT(Position{"b"}, position_between({"b"}, {"b"}));
}

TEST(Positions, EvenOnesAscendAndAreShort) {
  for (size_t count : {0, 1, 2, 63, 64, 255, 1000, 70'000}) {
    const auto positions = merging::even_positions(count);
    ASSERT_EQ(positions.size(), count);
    EXPECT_TRUE(std::is_sorted(positions.begin(), positions.end()));
    EXPECT_EQ(std::adjacent_find(positions.begin(), positions.end()), positions.end());
    for (const Position& position : positions) {
      EXPECT_LE(position.bytes.size(), 3u);
      EXPECT_NE(position.bytes.back(), '\0');
    }
  }
}

}  // namespace
}  // namespace syncline
