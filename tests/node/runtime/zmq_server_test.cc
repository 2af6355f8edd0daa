// What only the real server can get wrong.
#include "node/runtime/zmq_server.h"

#include "tests/node/runtime/transport_harness.h"

namespace syncline {
namespace {

TEST(ZmqServer, ReadsWhatANodeSentBeforeItLeft) {
  testing::ZmqWorld world;
  testing::Authority authority(&world);
  testing::Node node(&world);
  authority.transport->allow(node.keys.public_key, node.id);
  ASSERT_TRUE(authority.start());
  for (int round = 1; round <= 10; ++round) {
    authority.diary.write([&] { authority.full = true; });
    const size_t before = authority.diary.read<size_t>([&] { return authority.arrivals.size(); });
    const size_t turned_away = authority.diary.read<size_t>([&] { return authority.turned_away; });
    ASSERT_TRUE(node.start(authority));
    ASSERT_TRUE(node.wait_up());
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(node.transport->send("last words"));
    ASSERT_TRUE(authority.diary.wait([&] { return authority.turned_away > turned_away; }));
    // The server reads no more, but hears of the loss; the frames wait in its ROUTER.
    node.transport->stop(testing::kPatience);
    node.up = false;
    authority.diary.write([&] { authority.full = false; });
    authority.transport->resume_reading();
    ASSERT_TRUE(authority.wait_frames(before + 10)) << "round " << round;
    ASSERT_TRUE(authority.diary.wait(
        [&] { return authority.closed.size() == static_cast<size_t>(round); }));
  }
}

TEST(ZmqServer, CanBeStartedAgainOnItsAddress) {
  testing::ZmqWorld world;
  testing::Authority authority(&world);
  ASSERT_TRUE(authority.start());
  const std::string endpoint = authority.transport->endpoint();
  for (int i = 0; i < 5; ++i) {
    authority.transport->stop();
    EXPECT_EQ(authority.transport->endpoint(), "");
    ASSERT_TRUE(authority.start(endpoint));
    EXPECT_EQ(authority.transport->endpoint(), endpoint);
  }
}

}  // namespace
}  // namespace syncline
