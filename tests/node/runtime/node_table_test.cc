#include "node/runtime/node_table.h"

#include <gtest/gtest.h>

namespace syncline {
namespace {

LinkKey key(uint8_t n) {
  LinkKey made;
  made.value.fill(n);
  return made;
}

TEST(NodeTable, FindsWhatIsEnrolledAndNothingElse) {
  NodeTable table;
  EXPECT_FALSE(table.find(key(1)));
  table.allow(key(1), NodeId(7));
  ASSERT_TRUE(table.find(key(1)));
  EXPECT_EQ(table.find(key(1))->node, NodeId(7));
  EXPECT_TRUE(table.holds(*table.find(key(1))));
  EXPECT_FALSE(table.find(key(2)));
}

TEST(NodeTable, WithdrawsEveryGrantOfARemovedNode) {
  NodeTable table;
  table.allow(key(1), NodeId(7));
  table.allow(key(2), NodeId(7));
  table.allow(key(3), NodeId(8));
  const auto one = *table.find(key(1)), two = *table.find(key(2)), other = *table.find(key(3));
  const uint64_t version = table.version();
  table.remove(NodeId(7));
  EXPECT_GT(table.version(), version);
  EXPECT_FALSE(table.holds(one));
  EXPECT_FALSE(table.holds(two));
  EXPECT_TRUE(table.holds(other));
  EXPECT_FALSE(table.find(key(1)));
}

TEST(NodeTable, DoesNotHonourAnOldGrantOfAKeyThatIsEnrolledAgain) {
  NodeTable table;
  table.allow(key(1), NodeId(7));
  const auto old = *table.find(key(1));
  table.remove(NodeId(7));
  table.allow(key(1), NodeId(7));
  EXPECT_FALSE(table.holds(old));
  EXPECT_TRUE(table.holds(*table.find(key(1))));
}

TEST(NodeTable, KeepsAGrantThatIsMadeTwiceAndReplacesOneForAnotherNode) {
  NodeTable table;
  table.allow(key(1), NodeId(7));
  const auto first = *table.find(key(1));
  table.allow(key(1), NodeId(7));
  EXPECT_EQ(*table.find(key(1)), first);
  table.allow(key(1), NodeId(8));
  EXPECT_FALSE(table.holds(first));
  EXPECT_EQ(table.find(key(1))->node, NodeId(8));
}

TEST(NodeTable, ABanLastsUntilTheNodeIsRemovedAndAllowedAgain) {
  NodeTable table;
  table.allow(key(1), NodeId(7));
  const auto grant = *table.find(key(1));
  EXPECT_TRUE(table.ban(grant));
  EXPECT_FALSE(table.ban(grant)) << "told once";
  EXPECT_FALSE(table.holds(grant));
  EXPECT_FALSE(table.find(key(1)));
  table.allow(key(1), NodeId(7));  // as a daemon does that reads its list of nodes again
  EXPECT_FALSE(table.find(key(1)));
  table.remove(NodeId(7));
  table.allow(key(1), NodeId(7));
  EXPECT_TRUE(table.find(key(1)));
}

TEST(NodeTable, UserIdsReadBackAndOthersAreRefused) {
  const NodeTable::Grant grant{NodeId(0x3f2a5c7791bc04de), 17};
  EXPECT_EQ(user_id_of(grant), "3f2a5c7791bc04de-17");
  EXPECT_EQ(parse_user_id(user_id_of(grant)), grant);
  for (const std::string bad :
       {"", "-", "3f2a5c7791bc04de", "3f2a5c7791bc04de-", "3f2a5c7791bc04de-x", "3f2a-17",
        "3f2a5c7791bc04de-17 ", "3f2a5c7791bc04de--17"}) {
    EXPECT_FALSE(parse_user_id(bad)) << bad;
  }
}

}  // namespace
}  // namespace syncline
