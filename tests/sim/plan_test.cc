// Plans as text, drawn, run, and made small.
#include "sim/faults/plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/faults/draw.h"
#include "sim/swarm/shrink.h"

namespace syncline::sim {
namespace {

TEST(Plan, ReadsBackAsItWasPrinted) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SeedPlan plan = draw_plan(seed);
    if (seed % 2 == 0) plan.turns = {{0, 3}, {7, 7}};
    const Result<SeedPlan> read = parse_plan(to_text(plan));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, plan);
  }
}

TEST(Plan, TakesCommentsAndTellsTheLineItDoesNotUnderstand) {
  EXPECT_TRUE(parse_plan("# a story\nsyncline plan 1\nnodes 2  # two\n"));
  EXPECT_TRUE(is_plan("# a story\nsyncline plan 1\n"));
  EXPECT_FALSE(is_plan("{\"app\": {}}"));
  for (const char* text : {"", "nodes 2", "syncline plan 1\nnodes 0",
                           "syncline plan 1\nat 5 us melt node 1 for 1 ms amount 0",
                           "syncline plan 1\nat 5 us kill node -3 for 1 ms amount 0",
                           "syncline plan 1\nat 5 us kill node 1", "syncline plan 1\nturns 5-2"}) {
    const Result<SeedPlan> plan = parse_plan(text);
    ASSERT_FALSE(plan) << text;
    EXPECT_EQ(plan.error().code, ErrorCode::kBadData);
  }
  EXPECT_NE(parse_plan("syncline plan 1\nnodes 2\nrain").error().message.find("line 3"),
            std::string::npos);
}

TEST(Plan, EveryKindOfFaultIsDrawnAndEachIsOffInManySeeds) {
  constexpr uint64_t kSeeds = 400;
  std::array<uint64_t, kFaultKinds> on{};
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::array<bool, kFaultKinds> has{};
    for (const Fault& fault : draw_plan(seed).faults) has[static_cast<size_t>(fault.kind)] = true;
    for (size_t kind = 0; kind < kFaultKinds; ++kind) on[kind] += has[kind];
  }
  for (size_t kind = 0; kind < kFaultKinds; ++kind) {
    EXPECT_GT(on[kind], kSeeds / 50) << name_of(static_cast<FaultKind>(kind));
    EXPECT_LT(on[kind], kSeeds * 6 / 10) << name_of(static_cast<FaultKind>(kind));
  }
}

TEST(Plan, AFaultLeftOutChangesNoOthersWrites) {
  SeedPlan plan;
  plan.seed = 8;
  plan.writing_ms = 4'000;
  const RunReport whole = run_plan(plan);
  plan.faults = {{1'000'000, FaultKind::storm, kEverybody, 0, 0}};
  const RunReport stormy = run_plan(plan);
  EXPECT_EQ(whole.turns, stormy.turns);
  EXPECT_EQ(whole.writes, stormy.writes);
  EXPECT_EQ(stormy.fired_of(FaultKind::storm), 1u);
  EXPECT_EQ(whole.fired_in_all(), 0u);
}

// Hardly anybody is quiet after no time at all: a failure that one write is enough for.
TEST(Shrink, LeavesTheWriteThatFailsAndNothingElse) {
  ShrinkOptions options;
  options.run.settle_ms = 0;
  SeedPlan plan;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    plan = draw_plan(seed);
    plan.writing_ms = 5'000;
    plan.faults = {{4'900'000, FaultKind::cut, 0, 10'000, 0},
                   {1'000'000, FaultKind::kill, kAuthority, 100, 0}};
    if (failure_of(run_plan(plan, options.run)) == "not quiet") break;
  }
  ASSERT_EQ(failure_of(run_plan(plan, options.run)), "not quiet");
  const Result<Shrunk> shrunk = shrink(plan, options);
  ASSERT_TRUE(shrunk) << shrunk.error().message;
  EXPECT_EQ(failure_of(shrunk->report), "not quiet");
  EXPECT_LE(shrunk->plan.faults.size(), 1u);
  EXPECT_LT(shrunk->plan.turns.size(), 8u);
  EXPECT_LT(shrunk->plan.writing_ms, plan.writing_ms);
}

TEST(Shrink, RefusesAPlanThatHolds) {
  SeedPlan plan;
  plan.writing_ms = 1'000;
  const Result<Shrunk> shrunk = shrink(plan, {});
  ASSERT_FALSE(shrunk);
  EXPECT_EQ(shrunk.error().code, ErrorCode::kUsage);
}

}  // namespace
}  // namespace syncline::sim
