// Three hundred seeds, each a fleet under faults; judged by the oracles of sim/oracles.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "sim/faults/draw.h"
#include "sim/swarm/run.h"

namespace syncline::sim {
namespace {

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(Seeds, HoldEveryOracle) {
  const uint64_t first = from_environment("SYNCLINE_SEED", 1);
  const uint64_t count = from_environment("SYNCLINE_SEEDS", 300);
  uint64_t counted = 0;
  uint64_t layers_ahead = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const RunReport report = run_seed(seed);
    ASSERT_TRUE(report.held()) << to_line(report);
    if (report.counts()) ++counted;
    layers_ahead += report.layers_ahead;
  }
  // A seed in which nothing went wrong proves nothing.
  EXPECT_GT(counted * 2, count) << "too few seeds had a conflict, a refusal and a reconnect";
  EXPECT_GT(layers_ahead, count) << "too few layers were decided ahead of the log";
}

// Fleets of three schema versions, mostly with somebody who is away from the first to the last.
TEST(Seeds, HoldThroughSchemaVersions) {
  const uint64_t first = from_environment("SYNCLINE_SEED", 1);
  const uint64_t count = from_environment("SYNCLINE_VERSION_SEEDS", 40);
  uint64_t of_three = 0;
  uint64_t away = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const SeedPlan plan = draw_versioned_plan(seed);
    const RunReport report = run_plan(plan);
    ASSERT_TRUE(report.held()) << to_line(report);
    of_three += report.schema_version == 3;
    away += report.schema_version == 3 && report.fired_of(FaultKind::cut) > 0;
  }
  EXPECT_GT(of_three, count / 2);
  EXPECT_GT(away, count / 3);
}

TEST(Seeds, HoldThroughRestores) {
  const uint64_t first = from_environment("SYNCLINE_SEED", 1);
  const uint64_t count = from_environment("SYNCLINE_RESTORE_SEEDS", 60);
  uint64_t restores = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    RunOptions options;
    options.restores_one_in = 1;
    const RunReport report = run_seed(seed, options);
    ASSERT_TRUE(report.held()) << to_line(report);
    restores += report.restores;
  }
  EXPECT_GT(restores, count / 2);
}

TEST(Seeds, RunTheSameTwice) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const RunReport report = run_plan_twice(draw_plan(seed));
    EXPECT_FALSE(report.differed) << to_line(report);
    EXPECT_EQ(exit_of(report), RunExit::held) << to_line(report);
  }
}

// Found bugs stay found: sim/seeds/README.md has their stories.
TEST(Seeds, ThatOnceFailedHold) {
  int replayed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SYNCLINE_SOURCE_DIR "/sim/seeds")) {
    if (entry.path().extension() != ".plan") continue;
    std::ifstream file(entry.path());
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    const Result<SeedPlan> plan = parse_plan(text);
    ASSERT_TRUE(plan) << entry.path() << ": " << plan.error().message;
    const RunReport report = run_plan(*plan);
    EXPECT_TRUE(report.held()) << entry.path() << ": " << to_line(report);
    ++replayed;
  }
  EXPECT_GT(replayed, 0);
}

}  // namespace
}  // namespace syncline::sim
