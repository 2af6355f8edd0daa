#include "node/authority/stamping.h"

#include <gtest/gtest.h>

namespace syncline {
namespace {

TEST(Stamping, TheAuthoritysClockLiesAboveEveryStamp) {
  const Instant now{1'000, 0, 1};
  EXPECT_EQ(authority_clock(now, Stamp(0)), stamp_of_ms(1'000));
  const Stamp ahead(stamp_of_ms(5'000).value + 3);
  EXPECT_EQ(authority_clock(now, ahead).value, ahead.value + 1)
      << "a clock that jumped back still moves on";
  EXPECT_GT(authority_clock({-5, 0, 1}, Stamp(7)).value, 7u) << "a clock before 1970 too";
}

TEST(Stamping, InOneBootAWriteIsAsOldAsItsMonotonicClockSays) {
  // Written 300 ms before the upload; the device's wall clock is ten years off.
  const WriteClock written{9, 700, -315'360'000'000};
  const WriteClock uploaded{9, 1'000, 17};
  EXPECT_EQ(claimed_stamp(written, uploaded, {50'000, 0, 1}), stamp_of_ms(49'700));
}

TEST(Stamping, AcrossBootsTheWallClockCountsLessItsSkewAtTheUpload) {
  const WriteClock written{1, 10, 80'000};
  const WriteClock uploaded{2, 5, 100'000};  // 60 s ahead of the authority's 40 s
  EXPECT_EQ(claimed_stamp(written, uploaded, {40'000, 0, 1}), stamp_of_ms(20'000));
}

TEST(Stamping, AnEffectiveStampLiesAboveWhatItsWriterSawAndNeverBeyondTheClock) {
  const Stamp clock(1'000);
  EXPECT_EQ(effective_stamp(Stamp(10), Stamp(500), Stamp(0), clock).value, 501u);
  EXPECT_EQ(effective_stamp(Stamp(10), Stamp(0), Stamp(700), clock).value, 701u);
  EXPECT_EQ(effective_stamp(Stamp(800), Stamp(500), Stamp(700), clock).value, 800u);
  EXPECT_EQ(effective_stamp(Stamp(5'000), Stamp(0), Stamp(0), clock).value, 1'000u)
      << "a claim from the future";
}

TEST(Stamping, HostileClocksOverflowNothing) {
  const int64_t least = std::numeric_limits<int64_t>::min();
  const int64_t most = std::numeric_limits<int64_t>::max();
  for (int64_t a : {least, int64_t{0}, most})
    for (int64_t b : {least, int64_t{0}, most})
      for (uint64_t boot : {1, 2}) (void)claimed_stamp({1, a, b}, {boot, b, a}, {most, 0, 1});
}

TEST(Origins, PrecedeAlongTheParentsOnly) {
  OriginRecord origin;
  origin.epochs.push_back({Epoch(1), std::nullopt, 9, {}, {}});
  origin.epochs.push_back({Epoch(2), std::pair(Epoch(1), uint64_t{5}), 3, {}, {}});
  EXPECT_TRUE(origin.precedes(Epoch(1), 5, Epoch(2), 1));
  EXPECT_FALSE(origin.precedes(Epoch(1), 6, Epoch(2), 1))
      << "written by the other self, after the fork";
  EXPECT_TRUE(origin.precedes(Epoch(2), 1, Epoch(2), 2));
  EXPECT_FALSE(origin.precedes(Epoch(2), 2, Epoch(2), 2));
  EXPECT_FALSE(origin.precedes(Epoch(2), 1, Epoch(1), 9));
}

TEST(Origins, ARingOfParentsEnds) {
  OriginRecord origin;
  origin.epochs.push_back({Epoch(1), std::pair(Epoch(2), uint64_t{1}), 1, {}, {}});
  origin.epochs.push_back({Epoch(2), std::pair(Epoch(1), uint64_t{1}), 1, {}, {}});
  EXPECT_FALSE(origin.precedes(Epoch(3), 1, Epoch(1), 2));
}

}  // namespace
}  // namespace syncline
