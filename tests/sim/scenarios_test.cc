// The stories of sim/scenarios hold, and tell what they found.
#include <gtest/gtest.h>

#include <filesystem>

#include "sim/script/run.h"

namespace syncline::sim {
namespace {

TEST(Scenarios, Hold) {
  size_t scenarios = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(SYNCLINE_SOURCE_DIR "/sim/scenarios")) {
    if (entry.path().extension() != ".json") continue;
    SCOPED_TRACE(entry.path().filename().string());
    ++scenarios;
    Result<Scenario> scenario = read_scenario(entry.path().string());
    ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
    EXPECT_FALSE(scenario->title.empty() || scenario->question.empty() ||
                 scenario->finding.empty());
    const ScriptReport report = run_scenario(*scenario, 1);
    EXPECT_TRUE(report.held()) << to_text(report);
  }
  EXPECT_GE(scenarios, 5u);
}

}  // namespace
}  // namespace syncline::sim
