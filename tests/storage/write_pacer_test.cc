#include "storage/write_pacer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace syncline::testing {
namespace {

using rocksdb::Env;
using Clock = std::chrono::steady_clock;

TEST(WritePacer, HoldsCompactionsToTheRateHoweverManyThereAre) {
  WritePacer pacer(1'000'000);
  const auto start = Clock::now();
  std::vector<std::thread> compactions;
  for (int i = 0; i < 4; ++i)
    compactions.emplace_back([&] {
      for (int j = 0; j < 10; ++j) pacer.Request(5'000, Env::IO_LOW, nullptr);
    });
  for (std::thread& compaction : compactions) compaction.join();
  // The last of 40 starts when the 39 before it are written.
  EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(195));
  EXPECT_EQ(pacer.GetTotalBytesThrough(Env::IO_LOW), 200'000);
  EXPECT_EQ(pacer.GetTotalRequests(Env::IO_TOTAL), 40);
}

TEST(WritePacer, LetsFlushesThroughUncounted) {
  WritePacer pacer(1);
  pacer.Request(1'000'000, Env::IO_HIGH, nullptr);  // would be eleven days
  pacer.Request(1, Env::IO_LOW, nullptr);
  EXPECT_EQ(pacer.GetTotalBytesThrough(Env::IO_TOTAL), 1'000'001);
}

}  // namespace
}  // namespace syncline::testing
