// History that everybody has is let go, and everything goes on: updates, removals, a node that was
// away, a restart.
#include <gtest/gtest.h>

#include "node/authority/state_keys.h"
#include "sim/world/fleet.h"

namespace syncline::sim {
namespace {

constexpr int64_t kQuietMs = 60'000;
constexpr int64_t kRetentionLooksMs = 130'000;  // two looks of the authority's retention

class Trim : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fleet_.begin().has_value());
    write("a");
    write("b");
    ASSERT_TRUE(fleet_.settle(kQuietMs).has_value());
  }
  void write(const char* id) {
    ASSERT_TRUE(fleet_.nodes[0]->write(Durability::commit, [&](Draft& draft) {
      return draft.put(fleet_.type("Thing"),
                       Document{{"_id", id}, {"name", "n"}, {"count", int64_t{1}}});
    }));
  }
  void remove(const char* id) {
    ASSERT_TRUE(fleet_.nodes[0]->write(Durability::commit, [&](Draft& draft) {
      return draft.remove(fleet_.type("Thing"), Value(id));
    }));
  }
  size_t held(NodeProcess& node) {
    size_t count = 0;
    EXPECT_TRUE(
        visit_objects(node.disk(), fleet_.type("Thing"), true, [&](const ObjectKey&, const Row&) {
          return ++count, true;
        }).has_value());
    return count;
  }
  void keep_only(uint64_t bytes) {
    fleet_.authority.kill();
    fleet_.authority.retention_bytes = bytes;
    ASSERT_TRUE(fleet_.authority.start().has_value());
  }
  LogIndex first() { return *fleet_.authority.log().first(); }
  LogSeq horizon() { return fleet_.authority.machine().status().horizon; }

  Fleet fleet_{FleetOptions{.seed = 3, .nodes = 3}};
};

TEST_F(Trim, LetsGoOfMarksThatEveryNodeHasAndKeepsTheHistory) {
  remove("a");
  fleet_.run_for(kRetentionLooksMs);
  EXPECT_GT(horizon().value, 0u);
  EXPECT_EQ(first().value, 1u);
  EXPECT_LE(horizon(), fleet_.authority.machine().committed().seq);
}

TEST_F(Trim, LeavesAnAuthorityThatStartsAgainAndGoesOn) {
  keep_only(100);
  fleet_.run_for(kRetentionLooksMs);
  ASSERT_GT(first().value, 1u);
  fleet_.authority.kill();
  ASSERT_TRUE(fleet_.authority.start().has_value());
  write("c");
  remove("b");
  ASSERT_TRUE(fleet_.settle(kQuietMs).has_value());
  for (auto& node : fleet_.nodes) EXPECT_EQ(held(*node), 2u);
}

TEST_F(Trim, KeepsWhatANodeThatIsAwayHasNotSeen) {
  NodeProcess& away = *fleet_.nodes[2];
  fleet_.run_for(10'000);
  const LogSeq has = away.machine().status().cursor.seq;
  away.kill();
  remove("a");
  write("c");
  fleet_.run_for(kRetentionLooksMs);
  EXPECT_LE(horizon(), has) << "the age allows nothing yet, so the oldest cursor decides";
  ASSERT_TRUE(fleet_.settle(kQuietMs).has_value());
  EXPECT_EQ(held(away), 2u);
}

TEST_F(Trim, LetsGoOfMoreThanTheSizeThoughANodeIsAway) {
  NodeProcess& away = *fleet_.nodes[2];
  fleet_.run_for(10'000);
  const LogSeq has = away.machine().status().cursor.seq;
  away.kill();
  keep_only(100);  // less than an entry
  remove("a");
  write("c");
  fleet_.run_for(kRetentionLooksMs);
  EXPECT_GT(horizon(), has);
  EXPECT_GT(first().value, 1u);
  ASSERT_TRUE(fleet_.settle(kQuietMs).has_value());
  EXPECT_EQ(held(away), 2u) << "by a bootstrap";
}

// What the state says that the log's entries take, and what they take.
TEST_F(Trim, CountsTheSizeOfTheLogAlsoWhenARestartReplaysIt) {
  const auto counted = [&] {
    const auto bytes = fleet_.authority.state().get(state_keys::applied());
    return decode_applied(**bytes)->log_bytes;
  };
  const auto taken = [&] {
    uint64_t bytes = 0;
    const auto records = fleet_.authority.log().read(first(), size_t{1} << 30);
    for (const LogRecord& record : *records) bytes += record.bytes.size();
    return bytes;
  };
  ASSERT_EQ(first().value, 1u) << "nothing is trimmed yet";
  EXPECT_EQ(counted(), taken());
  fleet_.authority.lose_power();  // the state was never flushed: all is replayed
  EXPECT_LT(counted(), taken());
  ASSERT_TRUE(fleet_.authority.start().has_value());
  EXPECT_EQ(counted(), taken());
  write("c");
  ASSERT_TRUE(fleet_.settle(kQuietMs).has_value());
  EXPECT_EQ(counted(), taken());
}

TEST_F(Trim, OfAnObjectThatIsMadeAgainForgetsOnlyThePast) {
  remove("a");
  ASSERT_TRUE(fleet_.settle(kQuietMs).has_value());
  fleet_.run_for(kRetentionLooksMs);
  write("a");
  ASSERT_TRUE(fleet_.settle(kQuietMs).has_value());
  fleet_.run_for(kRetentionLooksMs);
  for (auto& node : fleet_.nodes) EXPECT_EQ(held(*node), 2u);
}

}  // namespace
}  // namespace syncline::sim
