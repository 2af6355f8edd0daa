#include "node/runtime/server_connections.h"

#include <gtest/gtest.h>

namespace syncline {
namespace {

constexpr NodeTable::Grant kGrant{NodeId(7), 1};

std::vector<ConnectionId> only(ConnectionId id) { return {id}; }

TEST(ServerConnections, AreFoundByEveryName) {
  ServerConnections connections;
  connections.on_accepted(9);
  ServerConnection* opened = connections.open("route", "user", kGrant, 9);
  EXPECT_EQ(connections.find(opened->id), opened);
  EXPECT_EQ(connections.find(Bytes("route")), opened);
  EXPECT_EQ(connections.find_by_descriptor(9), opened);
  EXPECT_EQ(connections.find(Bytes("other")), nullptr);
  connections.close(opened->id);
  EXPECT_EQ(connections.find(Bytes("route")), nullptr);
  EXPECT_EQ(connections.find_by_descriptor(9), nullptr);
  EXPECT_TRUE(connections.is_closed("route"));
}

TEST(ServerConnections, StayUntilWhatCameBeforeTheLossIsRead) {
  ServerConnections connections;
  connections.on_accepted(9);
  const ConnectionId id = connections.open("route", "user", kGrant, 9)->id;
  connections.on_disconnected(9);
  ASSERT_NE(connections.find(Bytes("route")), nullptr);
  EXPECT_EQ(connections.find(id)->descriptor, -1) << "the descriptor may be another's by now";
  EXPECT_EQ(connections.take_over(false), std::vector<ConnectionId>());
  EXPECT_EQ(connections.take_over(true), only(id));
  EXPECT_EQ(connections.take_over(true), std::vector<ConnectionId>()) << "told once";
}

TEST(ServerConnections, DoNotStayForEverWhileOthersKeepTheReaderBusy) {
  ServerConnections connections;
  connections.on_accepted(9);
  const ConnectionId id = connections.open("route", "user", kGrant, 9)->id;
  connections.on_disconnected(9);
  std::vector<ConnectionId> over;
  for (int turn = 0; turn < 1000 && over.empty(); ++turn) over = connections.take_over(false);
  EXPECT_EQ(over, only(id));
}

TEST(ServerConnections, AFirstFrameThatIsReadAfterTheLossOpensOneThatIsLeaving) {
  ServerConnections connections;
  connections.on_accepted(9);
  connections.on_disconnected(9);
  const ConnectionId id = connections.open("route", "user", kGrant, 9)->id;
  EXPECT_EQ(connections.take_over(true), only(id));
}

TEST(ServerConnections, ADescriptorThatIsUsedAgainIsTheNewConnections) {
  ServerConnections connections;
  connections.on_accepted(9);
  const ConnectionId old_one = connections.open("old", "user", kGrant, 9)->id;
  connections.on_disconnected(9);
  connections.on_accepted(9);
  ServerConnection* new_one = connections.open("new", "user", kGrant, 9);
  EXPECT_EQ(connections.find_by_descriptor(9), new_one);
  EXPECT_EQ(connections.take_over(true), only(old_one));
  connections.close(old_one);
  EXPECT_EQ(connections.find_by_descriptor(9), new_one);
}

TEST(ServerConnections, CountTheStuckOnes) {
  ServerConnections connections;
  connections.on_accepted(1);
  connections.on_accepted(2);
  ServerConnection* one = connections.open("a", "user", kGrant, 1);
  ServerConnection* two = connections.open("b", "user", kGrant, 2);
  EXPECT_FALSE(connections.any_stuck());
  connections.set_stuck(two, true);
  connections.set_stuck(one, true);
  connections.set_stuck(one, true);
  EXPECT_EQ(connections.stuck(), (std::vector<ConnectionId>{one->id, two->id}));
  connections.set_stuck(two, false);
  connections.close(one->id);
  EXPECT_FALSE(connections.any_stuck());
}

}  // namespace
}  // namespace syncline
