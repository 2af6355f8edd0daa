// What a node is told of an authority that it does not reach: each reason once, until it changes.
// another.
#include "node/runtime/zmq_client.h"

#include <gmock/gmock.h>

#include "tests/node/runtime/transport_harness.h"

namespace syncline {
namespace {

using ::testing::HasSubstr;

TEST(BadInputSocketReach, AnAuthorityThatIsAwayIsToldOnceUntilThatChanges) {
  testing::ZmqWorld world;
  testing::Authority authority(&world);
  ASSERT_TRUE(authority.start());
  const std::string endpoint = authority.transport->endpoint();
  authority.transport->stop();
  testing::Node node(&world);
  authority.transport->allow(node.keys.public_key, node.id);
  ASSERT_TRUE(node.start(endpoint, authority.keys.public_key));
  ASSERT_TRUE(node.diary.wait([&] { return !node.reasons.empty(); }));
  EXPECT_EQ(node.reasons[0].code, ErrorCode::kUnreachable);
  EXPECT_THAT(node.reasons[0].message, HasSubstr(endpoint + " cannot be reached"));
  ASSERT_TRUE(authority.start(endpoint));
  ASSERT_TRUE(node.wait_up());
  authority.transport->stop();
  // The loss, and then that it stays away.
  ASSERT_TRUE(node.diary.wait([&] {
    return !node.up && node.reasons.size() >= 3 &&
           node.reasons.back().message.find("cannot be reached") != std::string::npos;
  }));
  node.transport->stop();
  for (size_t i = 1; i < node.reasons.size(); ++i)
    EXPECT_NE(node.reasons[i - 1], node.reasons[i]) << "told twice: " << node.reasons[i].message;
}

TEST(BadInputSocketReach, AnotherKeyThanThePinnedOneIsNamed) {
  testing::ZmqWorld world;
  testing::Authority authority(&world);
  ASSERT_TRUE(authority.start());
  testing::Node node(&world);
  authority.transport->allow(node.keys.public_key, node.id);
  ASSERT_TRUE(node.start(authority.transport->endpoint(), LinkKeys::generate().public_key));
  ASSERT_TRUE(node.diary.wait([&] { return node.reasons.size() >= 2; }));
  EXPECT_THAT(node.reasons[0].message, HasSubstr("closed the connection before it said who it is"))
      << "as one does that has just been stopped";
  EXPECT_EQ(node.reasons[1].code, ErrorCode::kUnreachable);
  EXPECT_THAT(node.reasons[1].message, HasSubstr("another key than the one pinned here"));
}

}  // namespace
}  // namespace syncline
