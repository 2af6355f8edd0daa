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

// One device and the authority, and what reaches either.
class Ends : public testing::Test {
 protected:
  void SetUp() override {
    network_.add_device(node_,
                        {[this] { connected_ = true; }, [this] { connected_ = false; },
                         [this](Bytes frame) { down_.push_back(std::move(frame)); }},
                        {});
    network_.set_server({[this](ConnectionId from, NodeId, Bytes frame) {
                           from_ = from;
                           up_.push_back(std::move(frame));
                         },
                         [this](ConnectionId) { ++closed_; }});
    network_.set_server_up(true);
    network_.set_device_up(node_, true);
    await([this] { return connected_; });
    network_.send_to_server(node_, "first");
    await([this] { return !up_.empty(); });
    up_.clear();
  }
  template <class Condition>
  void await(Condition condition) {
    while (!condition()) ASSERT_TRUE(clock_.run_next(clock_.now_ms() + 60'000));
  }
  void pass_ms(int64_t ms) {
    const int64_t until = clock_.now_ms() + ms;
    while (clock_.run_next(until)) {
    }
  }

  Clock clock_;
  Network network_{&clock_, Random(3)};
  const NodeId node_{7};
  bool connected_ = false;
  int closed_ = 0;
  ConnectionId from_;
  std::vector<Bytes> up_;
  std::vector<Bytes> down_;
};

TEST_F(Ends, APartitionHoldsFramesOneWayAndLetsThemGoInOrder) {
  network_.set_blocked(node_, true, false);
  for (const char* frame : {"a", "b", "c"}) network_.send_to_server(node_, frame);
  network_.send_to_device(from_, "down");
  pass_ms(10'000);
  EXPECT_TRUE(up_.empty());
  EXPECT_EQ(down_, std::vector<Bytes>{"down"});
  network_.set_blocked(node_, false, false);
  EXPECT_EQ(up_, (std::vector<Bytes>{"a", "b", "c"}));
  EXPECT_EQ(closed_, 0);
}

TEST_F(Ends, APartitionBeyondTheHeartbeatsCostsTheConnectionAndWhatItHolds) {
  network_.set_blocked(node_, true, false);
  network_.send_to_server(node_, "lost");
  pass_ms(25'000);
  EXPECT_FALSE(connected_);
  EXPECT_EQ(closed_, 1);
  network_.set_blocked(node_, false, false);
  await([this] { return connected_; });
  network_.send_to_server(node_, "kept");
  pass_ms(1'000);
  EXPECT_EQ(up_, std::vector<Bytes>{"kept"});
}

TEST_F(Ends, AHalfOpenConnectionBringsLateFramesBesideTheNewOne) {
  network_.set_extra_latency(node_, 10'000'000);
  network_.send_to_server(node_, "late");
  network_.set_extra_latency(node_, 0);
  const ConnectionId old = from_;
  network_.break_device_end(node_);
  await([this] { return connected_; });
  network_.send_to_server(node_, "new");
  await([this] { return up_.size() == 2; });
  EXPECT_EQ(up_, (std::vector<Bytes>{"new", "late"}));
  EXPECT_EQ(from_, old);
  EXPECT_EQ(closed_, 0) << "nobody told the authority";
  EXPECT_EQ(network_.counts(node_).late, 1u);
  pass_ms(25'000);
  EXPECT_EQ(closed_, 1);
}

TEST_F(Ends, AProcessThatEndsIsHeardBehindWhatItSent) {
  network_.send_to_server(node_, "last words");
  network_.set_device_up(node_, false, Loss::closed);
  pass_ms(1'000);
  EXPECT_EQ(up_, std::vector<Bytes>{"last words"});
  EXPECT_EQ(closed_, 1);
}

TEST_F(Ends, ASlowReaderWhoseOutboxIsFullLosesItsConnection) {
  network_.set_slow_reader(node_, 1'000'000, 8);
  for (const char* frame : {"1234", "5678", "9"}) network_.send_to_device(from_, frame);
  pass_ms(10);
  EXPECT_EQ(closed_, 1);
  EXPECT_EQ(network_.counts(node_).overflows, 1u);
}

}  // namespace
}  // namespace syncline::sim
