// Every promise of node/runtime/transport.h that does not need a real socket, over each
// implementation.
#include "proto/limits.h"
#include "tests/node/runtime/transport_harness.h"

namespace syncline {
namespace {

using testing::Authority;
using testing::Node;

class TransportConformance : public ::testing::TestWithParam<std::string> {
 protected:
  TransportConformance() {
    if (GetParam() == "Zmq") {
      world_ = std::make_unique<testing::ZmqWorld>();
    } else {
      world_ = std::make_unique<testing::LoopbackWorld>(
          GetParam() == "Pumped" ? LoopbackNetwork::Mode::pumped : LoopbackNetwork::Mode::threaded);
    }
    authority_.emplace(world_.get());
  }
  ~TransportConformance() override {
    authority_.reset();  // before its world
  }

  testing::World* world() { return world_.get(); }
  Authority& authority() { return *authority_; }
  void enrol(const Node& node) { authority().transport->allow(node.keys.public_key, node.id); }
  // One frame from the node, so that the authority knows the connection.
  ConnectionId greet(Node* node) {
    EXPECT_TRUE(node->wait_up());
    const size_t before =
        authority().diary.read<size_t>([&] { return authority().arrivals.size(); });
    EXPECT_TRUE(node->transport->send("hello"));
    EXPECT_TRUE(authority().wait_frames(before + 1));
    return authority().diary.read<ConnectionId>(
        [&] { return authority().arrivals.back().connection; });
  }

 private:
  std::unique_ptr<testing::World> world_;
  std::optional<Authority> authority_;
};

INSTANTIATE_TEST_SUITE_P(Over, TransportConformance, ::testing::Values("Zmq", "Threaded", "Pumped"),
                         [](const auto& info) { return info.param; });

TEST_P(TransportConformance, CarriesFramesBothWaysInOrderWithTheSendersId) {
  ASSERT_TRUE(authority().start());
  Node node(world(), NodeId(7));
  enrol(node);
  ASSERT_TRUE(node.start(authority()));
  const ConnectionId connection = greet(&node);
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(node.transport->send("up " + std::to_string(i)));
    ASSERT_TRUE(authority().transport->send(connection, "down " + std::to_string(i)));
  }
  ASSERT_TRUE(authority().wait_frames(501));
  ASSERT_TRUE(node.wait_frames(500));
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(authority().arrivals[i + 1].frame, "up " + std::to_string(i));
    EXPECT_EQ(authority().arrivals[i + 1].node, NodeId(7));
    EXPECT_EQ(authority().arrivals[i + 1].connection, connection);
    EXPECT_EQ(node.frames[i], "down " + std::to_string(i));
  }
  EXPECT_EQ(authority().transport->counters().frames_in, 501u);
}

TEST_P(TransportConformance, CarriesBytesOfAnyValueUpToTheLimit) {
  ASSERT_TRUE(authority().start());
  Node node(world());
  node.outbox_bytes_max = 4u << 20;
  authority().outbox_bytes_max = 4u << 20;
  enrol(node);
  ASSERT_TRUE(node.start(authority()));
  const ConnectionId connection = greet(&node);
  Bytes large(limits::kMessageBytesMax, '\0');
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31);
  ASSERT_TRUE(node.transport->send(large));
  ASSERT_TRUE(authority().transport->send(connection, large));
  ASSERT_TRUE(node.transport->send(Bytes(1, '\0')));
  ASSERT_TRUE(authority().wait_frames(3));
  ASSERT_TRUE(node.wait_frames(1));
  EXPECT_EQ(authority().arrivals[1].frame, large);
  EXPECT_EQ(authority().arrivals[2].frame, Bytes(1, '\0'));
  EXPECT_EQ(node.frames[0], large);
}

TEST_P(TransportConformance, TellsNodesApart) {
  ASSERT_TRUE(authority().start());
  Node one(world(), NodeId(1)), two(world(), NodeId(2));
  enrol(one);
  enrol(two);
  ASSERT_TRUE(one.start(authority()));
  ASSERT_TRUE(two.start(authority()));
  const ConnectionId to_one = greet(&one);
  const ConnectionId to_two = greet(&two);
  EXPECT_NE(to_one, to_two);
  ASSERT_TRUE(authority().transport->send(to_one, "for one"));
  ASSERT_TRUE(authority().transport->send(to_two, "for two"));
  ASSERT_TRUE(one.wait_frames(1));
  ASSERT_TRUE(two.wait_frames(1));
  EXPECT_EQ(one.frames, std::vector<Bytes>{"for one"});
  EXPECT_EQ(two.frames, std::vector<Bytes>{"for two"});
  EXPECT_EQ(authority().arrivals[0].node, NodeId(1));
  EXPECT_EQ(authority().arrivals[1].node, NodeId(2));
}

TEST_P(TransportConformance, RefusesAKeyThatIsNotEnrolledUntilItIs) {
  ASSERT_TRUE(authority().start());
  Node node(world());
  ASSERT_TRUE(node.start(authority()));
  ASSERT_TRUE(node.wait_refused());
  EXPECT_FALSE(node.transport->send("let me in"));
  enrol(node);
  greet(&node);
  // Told by a monitor, which is read before any later frame is: so it is counted by now.
  EXPECT_GE(authority().transport->counters().refused_handshakes, 1u);
  EXPECT_EQ(authority().arrivals.size(), 1u);
  EXPECT_EQ(authority().arrivals[0].frame, "hello");
}

TEST_P(TransportConformance, NeverTalksToAServerWithAnotherKeyThanThePinnedOne) {
  ASSERT_TRUE(authority().start());
  Node mistaken(world(), NodeId(1)), right(world(), NodeId(2));
  enrol(mistaken);
  enrol(right);
  ASSERT_TRUE(mistaken.start(authority().transport->endpoint(), LinkKeys::generate().public_key));
  ASSERT_TRUE(right.start(authority()));
  greet(&right);
  EXPECT_EQ(mistaken.connected, 0);
  EXPECT_FALSE(mistaken.transport->send("anyone?"));
}

TEST_P(TransportConformance, RemovingANodeSilencesItsLiveConnection) {
  ASSERT_TRUE(authority().start());
  Node removed(world(), NodeId(1)), other(world(), NodeId(2));
  enrol(removed);
  enrol(other);
  ASSERT_TRUE(removed.start(authority()));
  ASSERT_TRUE(other.start(authority()));
  const ConnectionId connection = greet(&removed);
  greet(&other);

  authority().transport->remove(NodeId(1));
  ASSERT_TRUE(authority().diary.wait([&] { return authority().closed.size() == 1; }));
  EXPECT_EQ(authority().closed[0], connection);
  removed.transport->send("still here?");
  ASSERT_TRUE(removed.wait_refused());
  greet(&other);
  for (const testing::Arrival& arrival : authority().arrivals) {
    EXPECT_NE(arrival.frame, "still here?");
  }
  EXPECT_FALSE(authority().transport->send(connection, "gone"));
}

TEST_P(TransportConformance, AKeyEnrolledAgainForAnotherNodeComesWithTheNewId) {
  ASSERT_TRUE(authority().start());
  Node node(world(), NodeId(1));
  enrol(node);
  ASSERT_TRUE(node.start(authority()));
  const ConnectionId before = greet(&node);
  authority().transport->remove(NodeId(1));
  ASSERT_TRUE(node.wait_refused());
  authority().transport->allow(node.keys.public_key, NodeId(9));
  const ConnectionId after = greet(&node);
  EXPECT_NE(before, after);
  EXPECT_EQ(authority().arrivals.back().node, NodeId(9));
}

TEST_P(TransportConformance, ALostConnectionIsClosedOnceAndItsIdNeverUsedAgain) {
  ASSERT_TRUE(authority().start());
  Node node(world());
  enrol(node);
  std::set<ConnectionId> seen;
  for (int round = 1; round <= 3; ++round) {
    ASSERT_TRUE(node.start(authority()));
    EXPECT_TRUE(seen.insert(greet(&node)).second);
    node.transport->stop();
    node.up = false;
    ASSERT_TRUE(authority().diary.wait(
        [&] { return authority().closed.size() == static_cast<size_t>(round); }));
  }
  EXPECT_EQ(std::set<ConnectionId>(authority().closed.begin(), authority().closed.end()), seen);
}

TEST_P(TransportConformance, ClosingAConnectionMakesTheNodeConnectAgain) {
  ASSERT_TRUE(authority().start());
  Node node(world());
  enrol(node);
  ASSERT_TRUE(node.start(authority()));
  const ConnectionId first = greet(&node);
  authority().transport->close(first);
  ASSERT_TRUE(authority().diary.wait([&] { return authority().closed.size() == 1; }));
  ASSERT_TRUE(node.diary.wait([&] { return node.connected == 2; }));
  EXPECT_NE(greet(&node), first);
}

TEST_P(TransportConformance, ANodeStartedFirstFindsTheAuthorityLaterAndAfterItsRestart) {
  ASSERT_TRUE(authority().start());
  const std::string endpoint = authority().transport->endpoint();
  Node node(world());
  enrol(node);
  ASSERT_TRUE(node.start(authority()));
  greet(&node);
  authority().transport->stop();
  ASSERT_TRUE(node.diary.wait([&] { return !node.up; }));
  EXPECT_EQ(node.reasons.back().code, ErrorCode::kUnreachable);
  EXPECT_FALSE(node.transport->send("nobody there"));
  ASSERT_TRUE(authority().start(endpoint));
  greet(&node);
}

TEST_P(TransportConformance, AnAddressThatIsTakenIsNamed) {
  ASSERT_TRUE(authority().start());
  Authority second(world());
  const Status started = second.start(authority().transport->endpoint());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kPortInUse);
  EXPECT_NE(started.error().message.find(authority().transport->endpoint()), std::string::npos)
      << started.error().message;
}

TEST_P(TransportConformance, ASlowNodeFillsItsOutboxAndNobodyElses) {
  ASSERT_TRUE(authority().start());
  Node slow(world(), NodeId(1)), quick(world(), NodeId(2));
  enrol(slow);
  enrol(quick);
  slow.full = true;
  ASSERT_TRUE(slow.start(authority()));
  ASSERT_TRUE(quick.start(authority()));
  const ConnectionId to_slow = greet(&slow);
  const ConnectionId to_quick = greet(&quick);

  // Beside the outbox, libzmq and the kernel take some megabytes.
  const Bytes frame(64u << 10, 'x');
  size_t sent = 0;
  bool refused = false;
  // The network thread moves frames on meanwhile: only what stays refused is a full pipe all the
  // way.
  while (!refused && sent < 4096) {
    if (authority().transport->send(to_slow, frame)) {
      ++sent;
      continue;
    }
    const auto rooms = authority().diary.read<size_t>([&] { return authority().room.size(); });
    // While the slow one is stuck, the quick one is served; afterwards either there is room or
    // there is none.
    const size_t had = quick.diary.read<size_t>([&] { return quick.frames.size(); });
    ASSERT_TRUE(authority().transport->send(to_quick, "quick"));
    ASSERT_TRUE(quick.wait_frames(had + 1));
    refused = authority().diary.read<size_t>([&] { return authority().room.size(); }) == rooms &&
              !authority().transport->send(to_slow, frame);
  }
  ASSERT_TRUE(refused) << "an outbox took " << sent << " frames";

  slow.diary.write([&] { slow.full = false; });
  slow.transport->resume_reading();
  ASSERT_TRUE(slow.wait_frames(sent));
  ASSERT_TRUE(authority().diary.wait([&] { return !authority().room.empty(); }));
  EXPECT_EQ(authority().room.back(), to_slow);
  EXPECT_TRUE(authority().transport->send(to_slow, frame));
}

TEST_P(TransportConformance, AFullInboxOfTheAuthorityHoldsFramesBackAndLosesNone) {
  ASSERT_TRUE(authority().start());
  Node node(world());
  enrol(node);
  ASSERT_TRUE(node.start(authority()));
  greet(&node);
  authority().diary.write([&] { authority().full = true; });
  const Bytes frame(64u << 10, 'x');
  ASSERT_TRUE(node.transport->send(frame));
  ASSERT_TRUE(authority().diary.wait([&] { return authority().turned_away == 1; }));
  size_t sent = 1;
  while (sent < 8 && node.transport->send(frame + std::to_string(sent))) ++sent;
  EXPECT_EQ(authority().turned_away, 1u);
  EXPECT_EQ(authority().arrivals.size(), 1u);

  authority().diary.write([&] { authority().full = false; });
  authority().transport->resume_reading();
  ASSERT_TRUE(authority().wait_frames(1 + sent));
  EXPECT_EQ(authority().arrivals[1].frame, frame);
  for (size_t i = 1; i < sent; ++i)
    EXPECT_EQ(authority().arrivals[1 + i].frame, frame + std::to_string(i));
}

TEST_P(TransportConformance, DrainingStopLetsQueuedFramesLeave) {
  ASSERT_TRUE(authority().start());
  Node node(world());
  enrol(node);
  ASSERT_TRUE(node.start(authority()));
  greet(&node);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(node.transport->send("last " + std::to_string(i)));
  world()->pump();
  node.transport->stop(testing::kPatience);
  ASSERT_TRUE(authority().wait_frames(101));
  EXPECT_EQ(authority().arrivals.back().frame, "last 99");
}

TEST_P(TransportConformance, EventsMayCallTheTransport) {
  Node node(world());
  enrol(node);
  ServerOptions options;
  options.endpoint = world()->endpoint();
  options.keys = authority().keys;
  ServerEvents events = authority().events();
  events.on_frame = [&](ConnectionId from, NodeId, Bytes& frame) {
    EXPECT_TRUE(authority().transport->send(from, "echo " + frame));
    authority().transport->resume_reading();
    return true;
  };
  ASSERT_TRUE(authority().transport->start(std::move(options), std::move(events)));
  ASSERT_TRUE(node.start(authority()));
  ASSERT_TRUE(node.wait_up());
  ASSERT_TRUE(node.transport->send("a"));
  ASSERT_TRUE(node.transport->send("b"));
  ASSERT_TRUE(node.wait_frames(2));
  EXPECT_EQ(node.frames, (std::vector<Bytes>{"echo a", "echo b"}));
}

}  // namespace
}  // namespace syncline
