#include "sim/world/network.h"

#include <gtest/gtest.h>

#include <vector>

namespace syncline::sim {
namespace {

// What the real transport promises: the frames of one connection in order, each once.
TEST(Network, KeepsTheFramesOfAConnectionInOrder) {
  Clock clock;
  Network network(&clock, Random(1));
  const NodeId node(7);
  std::vector<int> up;
  std::vector<int> down;
  std::optional<ConnectionId> connection;
  bool connected = false;
  network.add_device(
      node,
      {[&] { connected = true; }, [] {}, [&](Bytes frame) { down.push_back(std::stoi(frame)); }},
      {});
  network.set_server({[&](ConnectionId from, NodeId, Bytes frame) {
                        connection = from;
                        up.push_back(std::stoi(frame));
                      },
                      [](ConnectionId) {}});
  network.set_server_up(true);
  network.set_device_up(node, true);
  while (!connected) ASSERT_TRUE(clock.run_next(10'000));
  constexpr int kFrames = 500;
  Random random(2);
  for (int i = 0; i < kFrames; ++i) {
    network.send_to_server(node, std::to_string(i));
    if (connection) network.send_to_device(*connection, std::to_string(i));
    // Any moment, within a millisecond too.
    bool moved = false;
    clock.post_in_us(random.between(1, 900), [&] { moved = true; });
    while (!moved) ASSERT_TRUE(clock.run_next(1'000'000));
  }
  while (clock.run_next(1'000'000)) {
  }
  ASSERT_EQ(up.size(), size_t{kFrames});
  EXPECT_TRUE(std::is_sorted(up.begin(), up.end()));
  ASSERT_GT(down.size(), size_t{kFrames / 2});
  EXPECT_TRUE(std::is_sorted(down.begin(), down.end()));
}

TEST(Network, LosesWhatIsOnItsWayWithTheConnection) {
  Clock clock;
  Network network(&clock, Random(1));
  const NodeId node(7);
  int arrived = 0;
  int closed = 0;
  bool connected = false;
  network.add_device(node, {[&] { connected = true; }, [&] { connected = false; }, [](Bytes) {}},
                     {});
  network.set_server(
      {[&](ConnectionId, NodeId, Bytes) { ++arrived; }, [&](ConnectionId) { ++closed; }});
  network.set_server_up(true);
  network.set_device_up(node, true);
  while (!connected) ASSERT_TRUE(clock.run_next(10'000));
  network.send_to_server(node, "lost");
  network.set_cut(node, true);
  EXPECT_FALSE(connected);
  network.set_cut(node, false);
  while (!connected) ASSERT_TRUE(clock.run_next(20'000));
  network.send_to_server(node, "kept");
  while (clock.run_next(30'000)) {
  }
  EXPECT_EQ(arrived, 1);
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(network.reconnects, 1u);
}

}  // namespace
}  // namespace syncline::sim
