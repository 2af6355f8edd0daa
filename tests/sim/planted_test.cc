// Every oracle catches the bug that was planted for it (a build with SYNCLINE_PLANTED_BUGS), and
// nothing of that is in any other build.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "sim/faults/draw.h"
#include "sim/swarm/run.h"

namespace syncline::sim {
namespace {

#ifdef SYNCLINE_PLANTED_BUGS

constexpr uint64_t kSeedsAtMost = 30;

struct Plant {
  const char* bug;
  const char* oracle;
};

class Planted : public testing::TestWithParam<Plant> {};

TEST_P(Planted, IsCaughtByItsOracle) {
  ASSERT_EQ(setenv("SYNCLINE_PLANT", GetParam().bug, 1), 0);
  std::string complaints;
  bool caught = false;
  for (uint64_t seed = 1; seed <= kSeedsAtMost && !caught; ++seed) {
    SeedPlan plan = draw_plan(seed);
    plan.changing = false;  // a changed subscription brings rows anew: prefix would see it first
    const RunReport report = run_plan(plan);
    if (!report.held()) complaints += to_line(report) + "\n";
    caught = report.complaint &&
             report.complaint->find(std::string(GetParam().oracle) + ": ") != std::string::npos;
  }
  unsetenv("SYNCLINE_PLANT");
  EXPECT_TRUE(caught) << GetParam().bug << " was not caught by " << GetParam().oracle << ":\n"
                      << complaints;
  printf("%s:\n%s", GetParam().bug, complaints.c_str());
}

INSTANTIATE_TEST_SUITE_P(Bugs, Planted,
                         testing::Values(Plant{"forget_names", "ledger"},
                                         Plant{"drop_pending", "ledger"},
                                         Plant{"skip_objects", "prefix"},
                                         Plant{"forget_fields", "convergence"},
                                         Plant{"ignore_mask", "leak"}),
                         [](const auto& info) { return std::string(info.param.bug); });

#else

bool has_trace(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_GT(bytes.size(), 1000u) << path;
  // In two pieces: this file must not be a trace of its own.
  std::string name = "SYNCLINE_";
  name += "PLANT";
  return bytes.find(name) != std::string::npos;
}

TEST(Planted, LeavesNoTraceInThisProgram) { EXPECT_FALSE(has_trace("/proc/self/exe")); }

TEST(Planted, LeavesNoTraceInTheShippedProgram) {
  ASSERT_TRUE(std::ifstream(SYNCLINE_PROGRAM)) << SYNCLINE_PROGRAM << " is not built";
  EXPECT_FALSE(has_trace(SYNCLINE_PROGRAM));
}

#endif

}  // namespace
}  // namespace syncline::sim
