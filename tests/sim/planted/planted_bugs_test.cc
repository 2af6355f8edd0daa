// Every oracle catches the bugs that were planted for it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>

#include "sim/swarm/run.h"

namespace syncline::sim {
namespace {

// The first seed that finds a bug, of at most so many.
constexpr uint64_t kSeedsAtMost = 2'000;

struct Plant {
  const char* bug;
  const char* oracle;
  bool by_restores = false;  // only a restored authority shows it
};

class Planted : public testing::TestWithParam<Plant> {};

// Of "at 5 ms: prefix: node ...": prefix.
std::string oracle_of(const RunReport& report) {
  if (!report.complaint) return report.unrest ? "liveness" : "";
  const std::string& what = *report.complaint;
  const size_t time = what.find("ms: ");
  const size_t name = time == std::string::npos ? 0 : time + 4;
  return what.substr(name, what.find(": ", name) - name);
}

TEST_P(Planted, IsCaughtByItsOracle) {
  ASSERT_EQ(setenv("SYNCLINE_PLANT", GetParam().bug, 1), 0);
  RunOptions options;
  if (GetParam().by_restores) options.restores_one_in = 1;
  std::map<std::string, uint64_t> others;  // that complained first, and how often
  std::string caught;
  uint64_t seed = 0;
  while (caught.empty() && seed < kSeedsAtMost) {
    const RunReport report = run_seed(++seed, options);
    const std::string oracle = oracle_of(report);
    if (oracle == GetParam().oracle) {
      caught = report.complaint.value_or(report.unrest.value_or(""));
    } else if (!oracle.empty()) {
      ++others[oracle];
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

INSTANTIATE_TEST_SUITE_P(
    All, Planted,
    testing::Values(
        // node/authority
        Plant{"forget_fields", "state"}, Plant{"forget_index", "state"},
        Plant{"forget_mark", "state"}, Plant{"sweep_too_far", "state"},
        Plant{"skip_in_recovery", "state"}, Plant{"apply_twice", "ledger"},
        Plant{"stale_stamp", "model"}, Plant{"first_group_only", "model"},
        Plant{"skip_signature", "proof"}, Plant{"skip_validation", "schema"},
        Plant{"skip_rules", "permission"}, Plant{"change_inserted", "insert_only"},
        Plant{"stale_access", "permission"}, Plant{"skip_view", "permission"},
        Plant{"skip_guards", "permission"}, Plant{"guards_see_hidden", "permission"},
        Plant{"guard_sees_base", "model"}, Plant{"keep_old_view", "leak"},
        Plant{"forget_subscription", "prefix"}, Plant{"wrong_chain", "prefix"},
        Plant{"keep_left", "prefix"}, Plant{"lose_leave", "prefix"}, Plant{"lose_run", "state"},
        Plant{"forget_decisions", "liveness"}, Plant{"forget_state_index", "prefix"},
        Plant{"index_before_layers", "prefix"}, Plant{"forget_linking", "prefix"},
        Plant{"forget_displaced", "prefix"}, Plant{"route_by_after", "prefix"},
        Plant{"trust_lists", "prefix"}, Plant{"ask_hidden", "leak"}, Plant{"forget_rule", "leak"},
        Plant{"forget_field_condition", "leak"}, Plant{"forget_other_versions", "versions"},

        // node/replica and node/driver
        Plant{"drop_pending", "shown"}, Plant{"reuse_epoch", "ledger"},
        Plant{"skip_sync", "ledger"}, Plant{"forget_receipt", "ledger"},
        Plant{"forget_content", "journal"}, Plant{"lose_overlay", "shown"},
        Plant{"reoffer_skipped", "ledger", true}, Plant{"reoffer_renumbered", "journal", true},
        Plant{"fork_off_by_one", "ledger", true}, Plant{"keep_overlay", "shown"},
        Plant{"keep_unstaged", "prefix"}, Plant{"tear_batch", "crash"},
        Plant{"hash_the_holder", "convergence"},
        // node/merge
        Plant{"drop_later_adds", "model"}, Plant{"last_comes_first", "model"},
        Plant{"ignore_reset", "model"}, Plant{"count_twice", "shown"},
        Plant{"clear_nothing", "model"},
        // storage
        Plant{"lose_layer", "state"}, Plant{"trust_unknown", "prefix"},
        Plant{"run_far_ahead", "bounds"}, Plant{"alter_record", "chain"},
        Plant{"acknowledge_unsynced", "proof"}, Plant{"lying_sync", "ledger"},
        Plant{"forget_range_erase", "engine"}, Plant{"read_past_bound", "engine"},
        Plant{"skip_log", "engine"}),
    name_of_plant);

}  // namespace
}  // namespace syncline::sim
