// Every oracle catches the bug that was planted for it (a build with SYNCLINE_PLANTED_BUGS), and
// nothing of that is in any other build.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "sim/swarm/run.h"

namespace syncline::sim {
namespace {

#ifdef SYNCLINE_PLANTED_BUGS

// The first seed that finds a bug, of at most so many.
constexpr uint64_t kSeedsAtMost = 2'000;

struct Plant {
  const char* bug;
  const char* oracle;
};

class Planted : public testing::TestWithParam<Plant> {};

// "at 5 ms: prefix: node ..." is prefix's, "liveness: node ..." is liveness's.
std::string oracle_of(const std::string& what) {
  const size_t time = what.starts_with("at ") ? what.find("ms: ") : std::string::npos;
  const size_t name = time == std::string::npos ? 0 : time + 4;
  return what.substr(name, what.find(": ", name) - name);
}

TEST_P(Planted, IsCaughtByItsOracle) {
  ASSERT_EQ(setenv("SYNCLINE_PLANT", GetParam().bug, 1), 0);
  std::map<std::string, uint64_t> others;  // that complained first, and how often
  std::string caught;
  uint64_t seed = 0;
  while (caught.empty() && seed < kSeedsAtMost) {
    const RunReport report = run_seed(++seed);
    const std::string what = report.complaint.value_or(report.unrest.value_or(""));
    if (what.empty()) continue;
    if (oracle_of(what) == GetParam().oracle) {
      caught = what;
    } else {
      ++others[oracle_of(what)];
    }
  }
  unsetenv("SYNCLINE_PLANT");
  std::string before;
  for (const auto& [oracle, times] : others)
    before += " " + oracle + " " + std::to_string(times) + " times;";
  EXPECT_FALSE(caught.empty()) << GetParam().bug << " was not caught by " << GetParam().oracle
                               << ", but by:" << before;
  printf("| `%s` | %s | %llu |%s %s\n", GetParam().bug, GetParam().oracle,
         static_cast<unsigned long long>(seed), before.c_str(), caught.c_str());
}

std::string name_of_plant(const testing::TestParamInfo<Plant>& info) { return info.param.bug; }

// One of each kind, found by the first seeds: the everyday proof.
INSTANTIATE_TEST_SUITE_P(Few, Planted,
                         testing::Values(Plant{"forget_names", "ledger"},
                                         Plant{"skip_objects", "prefix"},
                                         Plant{"ignore_mask", "leak"},
                                         Plant{"drop_rejection", "journal"},
                                         Plant{"last_arrived_wins", "model"}),
                         name_of_plant);

INSTANTIATE_TEST_SUITE_P(All, Planted,
                         testing::Values(
                             // node/authority
                             Plant{"forget_fields", "state"}, Plant{"forget_index", "state"},
                             Plant{"forget_mark", "state"}, Plant{"sweep_too_far", "state"},
                             Plant{"skip_in_recovery", "recovery"}, Plant{"apply_twice", "ledger"},
                             Plant{"stale_stamp", "model"}, Plant{"first_group_only", "model"},
                             Plant{"skip_signature", "proof"}, Plant{"skip_validation", "schema"},
                             Plant{"skip_rules", "permission"}, Plant{"stale_access", "permission"},
                             Plant{"keep_old_view", "leak"}, Plant{"forget_subscription", "prefix"},
                             Plant{"wrong_chain", "prefix"}, Plant{"keep_left", "prefix"},
                             Plant{"lose_leave", "prefix"}, Plant{"forget_decisions", "liveness"},

                             // node/replica and node/driver
                             Plant{"drop_pending", "shown"}, Plant{"reuse_epoch", "ledger"},
                             Plant{"skip_sync", "ledger"}, Plant{"forget_receipt", "ledger"},
                             Plant{"forget_content", "journal"}, Plant{"lose_overlay", "shown"},
                             Plant{"reoffer_skipped", "ledger"},
                             Plant{"reoffer_renumbered", "permission"},
                             Plant{"fork_off_by_one", "ledger"}, Plant{"keep_overlay", "shown"},
                             Plant{"keep_unstaged", "prefix"},
                             // node/merge
                             Plant{"drop_later_adds", "model"}, Plant{"last_comes_first", "model"},
                             Plant{"ignore_reset", "model"}, Plant{"count_twice", "shown"},
                             Plant{"clear_nothing", "model"},
                             // storage
                             Plant{"acknowledge_unsynced", "proof"}, Plant{"lying_sync", "ledger"},
                             Plant{"forget_range_erase", "engine"},
                             Plant{"read_past_bound", "engine"}, Plant{"skip_log", "engine"}),
                         name_of_plant);

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
