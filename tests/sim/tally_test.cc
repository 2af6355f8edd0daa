// Sums over seeds go on where they ended, and know of a seed that was never finished.
#include "sim/swarm/tally.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace syncline::sim {
namespace {

class TallyFile : public testing::Test {
 protected:
  void SetUp() override { std::remove(path_.c_str()); }
  void TearDown() override { std::remove(path_.c_str()); }
  RunReport report(uint64_t seed, bool held) {
    RunReport report;
    report.seed = seed;
    report.writes = 10;
    report.fired[static_cast<size_t>(FaultKind::kill)] = 2;
    if (!held) report.complaint = "ledger: gone";
    return report;
  }
  const std::string path_ = ::testing::TempDir() + "/syncline-tally-" +
                            ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(TallyFile, GoesOnWhereItEnded) {
  Tally tally = *read_tally(path_, 5, 9);
  EXPECT_EQ(tally.next, 5u);
  for (uint64_t seed : {5, 6}) {
    tally.begin();
    tally.add(report(seed, seed == 5));
  }
  ASSERT_TRUE(write_tally(path_, tally));
  tally = *read_tally(path_, 5, 9);
  EXPECT_EQ(tally.next, 7u);
  EXPECT_EQ(tally.held, 1u);
  EXPECT_EQ(tally.writes, 20u);
  EXPECT_EQ(tally.fired[static_cast<size_t>(FaultKind::kill)], 4u);
  ASSERT_EQ(tally.failed.size(), 1u);
  EXPECT_EQ(tally.failed[0].seed, 6u);
  EXPECT_EQ(tally.failed[0].exit, 1);
}

TEST_F(TallyFile, CountsASeedThatWasBegunAndNeverEndedAsCrashed) {
  Tally tally = *read_tally(path_, 1, 3);
  tally.begin();
  ASSERT_TRUE(write_tally(path_, tally));
  tally = *read_tally(path_, 1, 3);
  EXPECT_EQ(tally.next, 2u);
  ASSERT_EQ(tally.failed.size(), 1u);
  EXPECT_EQ(tally.failed[0].exit, kExitCrashed);
}

TEST_F(TallyFile, RefusesOtherSeedsAndOtherFiles) {
  ASSERT_TRUE(write_tally(path_, *read_tally(path_, 1, 3)));
  EXPECT_EQ(read_tally(path_, 1, 4).error().code, ErrorCode::kUsage);
  std::ofstream(path_, std::ios::trunc) << "something else\n";
  EXPECT_EQ(read_tally(path_, 1, 3).error().code, ErrorCode::kBadData);
}

}  // namespace
}  // namespace syncline::sim
