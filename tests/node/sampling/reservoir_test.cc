#include "node/sampling/reservoir.h"

#include <gtest/gtest.h>

#include <vector>

namespace syncline::sampling {
namespace {

std::vector<uint64_t> chosen(uint64_t size, uint64_t of, uint64_t seed) {
  Reservoir reservoir(size, seed);
  std::vector<uint64_t> kept;
  for (uint64_t i = 0; i < of; ++i) {
    const auto place = reservoir.place_of_next();
    if (!place) continue;
    if (*place == kept.size())
      kept.push_back(i);
    else
      kept[*place] = i;
  }
  return kept;
}

TEST(Reservoir, KeepsAllThatFits) {
  EXPECT_EQ(chosen(5, 3, 0), (std::vector<uint64_t>{0, 1, 2}));
  EXPECT_EQ(chosen(5, 100, 0).size(), 5u);
}

TEST(Reservoir, ChoosesTheSameForTheSameSeed) {
  EXPECT_EQ(chosen(20, 1000, 7), chosen(20, 1000, 7));
  EXPECT_NE(chosen(20, 1000, 7), chosen(20, 1000, 8));
}

// Each of 100 items is kept in a tenth of 100,000 samples: 10,000, with a deviation of 95. Drawing
// from one place too few makes the first ten 820 too rare.
TEST(Reservoir, ChoosesEachItemEquallyOften) {
  std::vector<int> times(100);
  for (uint64_t seed = 0; seed < 100'000; ++seed)
    for (const uint64_t item : chosen(10, 100, seed)) ++times[item];
  for (size_t i = 0; i < times.size(); ++i) {
    EXPECT_GT(times[i], 10'000 - 6 * 95) << i;
    EXPECT_LT(times[i], 10'000 + 6 * 95) << i;
  }
}

}  // namespace
}  // namespace syncline::sampling
