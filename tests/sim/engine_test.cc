// The shipped engine beside the virtual disks: it changes no run, and a difference is seen.
#include <gtest/gtest.h>

#include "sim/swarm/run.h"

namespace syncline::sim {
namespace {

TEST(Engine, ChangesNoRun) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    RunOptions with, without;
    with.engine_every = 1;
    without.engine_every = 0;
    const RunReport report = run_seed(seed, with);
    EXPECT_TRUE(report.held()) << to_line(report);
    EXPECT_TRUE(report.engine);
    EXPECT_EQ(report.trace, run_seed(seed, without).trace) << seed;
  }
}

TEST(Engine, RunsInEveryTenthSeed) {
  EXPECT_FALSE(run_seed(9).engine);
  EXPECT_TRUE(run_seed(10).engine);
}

class Twin : public testing::Test {
 protected:
  void put(Store* store, const Bytes& key, bool sync) {
    Batch batch;
    batch.put(key, "value of " + key);
    ASSERT_TRUE(store->write(batch, BatchKind::logged, sync));
  }
  MemoryStore disk_;
  std::string seen_;
  const std::unique_ptr<EngineLane> lane_ =
      *EngineLane::make([this](const std::string& what) { seen_ = what; });
  const std::unique_ptr<TwinStore> twin_ = lane_->twin_of(&disk_, "the twin");
};

TEST_F(Twin, FollowsEveryCrash) {
  for (int round = 0; round < 8; ++round) {
    const Bytes name = "\x01" + std::to_string(round);
    put(twin_.get(), name + "synced", true);
    for (const char* one : {"a", "b", "c"}) put(twin_.get(), name + one, false);
    if (round % 3 == 0) {
      twin_->kill(0);
    } else {
      twin_->lose_power({.logged = uint64_t(round % 4), .derived = 0});
    }
    ASSERT_TRUE(twin_->get(name + "synced")->has_value());
    EXPECT_EQ(twin_->get(name + "c")->has_value(), round % 3 == 0 || round % 4 == 3);
    EXPECT_EQ(seen_, "") << round;
  }
}

TEST_F(Twin, SeesAValueThatDiffers) {
  put(twin_.get(), "\x01k", true);
  disk_.corrupt("\x01k", "another");
  (void)twin_->get("\x01k");
  EXPECT_NE(seen_, "");
}

TEST_F(Twin, SeesAKeyThatAnIteratorLacks) {
  put(twin_.get(), "\x01k", true);
  put(&disk_, "\x01n", true);
  for (auto at = twin_->scan("\x01", "\x02"); at->valid(); at->next()) {
  }
  EXPECT_NE(seen_, "");
}

TEST_F(Twin, SeesAfterACrashWhatTheDiskLacks) {
  put(twin_.get(), "\x01k", true);
  Batch batch;
  batch.erase("\x01k");
  ASSERT_TRUE(disk_.write(batch, BatchKind::logged, true));
  twin_->compare();
  EXPECT_NE(seen_, "");
}

}  // namespace
}  // namespace syncline::sim
