// Of one small history, every operation of a disk fails once: the first, the second, ... Whoever
// it was ends with that error, starts again, and every oracle holds.
#include <gtest/gtest.h>

#include "sim/swarm/run.h"

namespace syncline::sim {
namespace {

struct Enumerated {
  FaultKind kind;
  int target;
  int64_t stride;  // reads are many: every so many-th
};

class KthOperation : public testing::TestWithParam<Enumerated> {};

TEST_P(KthOperation, FailsAndNothingIsLost) {
  constexpr int64_t kAtMost = 4'000;
  // A read that the machine can do without ends nobody; after so many such in a row it is over.
  constexpr int kIdleMax = 8;
  SeedPlan plan;
  plan.seed = 5;
  plan.nodes = 2;
  plan.writing_ms = 2'500;
  plan.changing = false;
  int64_t fired = 0;
  int idle = 0;
  for (int64_t k = 1; k < kAtMost && idle < kIdleMax; k += GetParam().stride) {
    plan.faults = {{1, GetParam().kind, GetParam().target, 100, k}};
    const RunReport report = run_plan(plan);
    ASSERT_TRUE(report.held()) << to_text(plan) << to_line(report);
    idle = report.fired_in_all() == 0 ? idle + 1 : 0;
    fired += static_cast<int64_t>(report.fired_in_all());
  }
  EXPECT_GT(fired, 0);
}

INSTANTIATE_TEST_SUITE_P(Operations, KthOperation,
                         testing::Values(Enumerated{FaultKind::failed_write, 1, 1},
                                         Enumerated{FaultKind::failed_sync, 1, 1},
                                         Enumerated{FaultKind::failed_read, 1, 17},
                                         Enumerated{FaultKind::failed_write, kAuthority, 1},
                                         Enumerated{FaultKind::failed_read, kAuthority, 17}),
                         [](const auto& info) {
                           return std::string(name_of(info.param.kind)) +
                                  (info.param.target == kAuthority ? "_of_the_authority"
                                                                   : "_of_a_node");
                         });

}  // namespace
}  // namespace syncline::sim
