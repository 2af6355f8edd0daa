// What strangers and misbehaving nodes can do to a real socket: nothing that reaches the
// application or another node.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/runtime/self_test.h"
#include "proto/limits.h"
#include "tests/node/runtime/zmq_intruder.h"

namespace syncline {
namespace {

using testing::Authority;
using testing::Node;
using testing::ZmqIntruder;

constexpr int kHandshakeFailed = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED;

class ZmqSecurity : public ::testing::Test {
 protected:
  ZmqSecurity() : authority_(&world_) {}

  // An intruder with an enrolled key of its own.
  void enrol(ZmqIntruder* intruder, NodeId id) {
    const LinkKeys keys = LinkKeys::generate();
    authority_.transport->allow(keys.public_key, id);
    intruder->with_curve(keys, authority_.keys.public_key);
  }
  void start() { ASSERT_TRUE(authority_.start()); }
  std::string endpoint() { return authority_.transport->endpoint(); }
  // Somebody lawful is served, now.
  void expect_served(NodeId id = NodeId(99)) {
    Node good(&world_, id);
    authority_.transport->allow(good.keys.public_key, id);
    ASSERT_TRUE(good.start(authority_));
    ASSERT_TRUE(good.wait_up());
    const size_t before = frames_of(id).size();
    ASSERT_TRUE(good.transport->send("good"));
    ASSERT_TRUE(authority_.diary.wait([&] { return count_of(id) == before + 1; }));
  }
  std::vector<Bytes> frames_of(NodeId id) {
    return authority_.diary.read<std::vector<Bytes>>([&] {
      std::vector<Bytes> frames;
      for (const testing::Arrival& arrival : authority_.arrivals) {
        if (arrival.node == id) frames.push_back(arrival.frame);
      }
      return frames;
    });
  }
  size_t count_of(NodeId id) const {
    size_t count = 0;
    for (const testing::Arrival& arrival : authority_.arrivals) count += arrival.node == id;
    return count;
  }
  bool wait_banned(NodeId id) {
    return authority_.diary.wait(
        [&] { return !authority_.banned.empty() && authority_.banned.back() == id; });
  }

  testing::ZmqWorld world_;
  Authority authority_;
};

TEST_F(ZmqSecurity, NoByteOfAStrangersKeyReachesTheApplication) {
  start();
  ZmqIntruder stranger;
  stranger.with_curve(LinkKeys::generate(), authority_.keys.public_key).connect(endpoint());
  for (int i = 0; i < 10; ++i) stranger.send("stranger");
  EXPECT_EQ(stranger.wait(ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_SUCCEEDED),
            ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
  expect_served();
  EXPECT_EQ(authority_.arrivals.size(), 1u);
}

TEST_F(ZmqSecurity, NoByteOfANullOrPlainClientReachesTheApplication) {
  start();
  ZmqIntruder null, plain;
  null.connect(endpoint());
  plain.with_plain().connect(endpoint());
  for (int i = 0; i < 10; ++i) null.send("null"), plain.send("plain");
  EXPECT_NE(null.wait(kHandshakeFailed), 0);
  EXPECT_NE(plain.wait(kHandshakeFailed), 0);
  expect_served();
  EXPECT_EQ(authority_.arrivals.size(), 1u);
}

TEST_F(ZmqSecurity, AnEnrolledKeyWithoutItsSecretIsNobody) {
  start();
  const LinkKeys enrolled = LinkKeys::generate();
  authority_.transport->allow(enrolled.public_key, NodeId(5));
  LinkKeys forged = LinkKeys::generate();
  forged.public_key = enrolled.public_key;
  ZmqIntruder forger;
  forger.with_curve(forged, authority_.keys.public_key).connect(endpoint());
  forger.send("forged");
  EXPECT_NE(forger.wait(kHandshakeFailed), 0);
  expect_served();
  EXPECT_EQ(frames_of(NodeId(5)).size(), 0u);
}

TEST_F(ZmqSecurity, TheSelfTestTellsAnOpenServerFromAClosedOne) {
  // An open one: CURVE without anybody who is asked. It has to be found out.
  const ZmqContext context;
  const LinkKeys keys = LinkKeys::generate();
  ZmqSocket open(context, ZMQ_ROUTER);
  open.set(ZMQ_CURVE_SERVER, 1);
  open.set_bytes(ZMQ_CURVE_SECRETKEY, keys.secret_key.bytes());
  ASSERT_EQ(zmq_bind(open.get(), "tcp://127.0.0.1:*"), 0);
  const Status tested =
      check_rejects_strangers(open.last_endpoint(), keys.public_key, testing::kPatience);
  ASSERT_FALSE(tested);
  EXPECT_EQ(tested.error().code, ErrorCode::kInternal);
  EXPECT_NE(tested.error().message.find("accepted a key"), std::string::npos)
      << tested.error().message;

  start();
  EXPECT_TRUE(check_rejects_strangers(endpoint(), authority_.keys.public_key, testing::kPatience));
}

TEST_F(ZmqSecurity, TheSelfTestDoesNotTakeSilenceForANo) {
  const Status tested = check_rejects_strangers(
      "tcp://127.0.0.1:1", LinkKeys::generate().public_key, std::chrono::milliseconds(50));
  ASSERT_FALSE(tested);
  EXPECT_NE(tested.error().message.find("no answer"), std::string::npos) << tested.error().message;
}

TEST_F(ZmqSecurity, NobodyTakesOverAConnectionByItsRoutingId) {
  start();
  // Both claim one id, in the form that the ROUTER gives itself.
  const Bytes id("\0id42", 5);
  ZmqIntruder owner, hijacker;
  enrol(&owner, NodeId(1));
  enrol(&hijacker, NodeId(2));
  owner.with_routing_id(id).connect(endpoint());
  ASSERT_TRUE(owner.wait_up());
  ASSERT_TRUE(owner.send("mine"));
  ASSERT_TRUE(authority_.wait_frames(1));
  const ConnectionId connection = authority_.arrivals[0].connection;

  hijacker.with_routing_id(id).connect(endpoint());
  ASSERT_TRUE(hijacker.wait_up());
  hijacker.send("yours is mine");
  expect_served();
  ASSERT_TRUE(authority_.transport->send(connection, "secret"));
  EXPECT_EQ(owner.receive(), "secret");
  EXPECT_EQ(hijacker.receive(std::chrono::milliseconds(0)), "");
  for (const testing::Arrival& arrival : authority_.arrivals) {
    EXPECT_EQ(arrival.connection == connection, arrival.node == NodeId(1));
  }
}

TEST_F(ZmqSecurity, APeerThatChoosesARoutingIdIsBanned) {
  start();
  ZmqIntruder squatter;
  enrol(&squatter, NodeId(3));
  squatter.with_routing_id("node-4").connect(endpoint());
  ASSERT_TRUE(squatter.wait_up());
  squatter.send("I am node 4");
  ASSERT_TRUE(wait_banned(NodeId(3)));
  EXPECT_TRUE(squatter.wait_lost());
  EXPECT_EQ(frames_of(NodeId(3)).size(), 0u);
  expect_served(NodeId(4));
}

TEST_F(ZmqSecurity, ARemovedNodesFloodStopsAtOnce) {
  start();
  ZmqIntruder flooder;
  enrol(&flooder, NodeId(3));
  flooder.connect(endpoint());
  ASSERT_TRUE(flooder.wait_up());
  ASSERT_TRUE(flooder.send("first"));
  ASSERT_TRUE(authority_.wait_frames(1));
  // The inbox is full, so frames pile up in libzmq and the kernel; none of them may come after the
  // removal.
  authority_.diary.write([&] { authority_.full = true; });
  ASSERT_TRUE(flooder.send("held"));
  ASSERT_TRUE(authority_.diary.wait([&] { return authority_.turned_away == 1; }));
  while (flooder.send("more")) {
  }
  authority_.transport->remove(NodeId(3));
  ASSERT_TRUE(authority_.diary.wait([&] { return authority_.closed.size() == 1; }));
  EXPECT_TRUE(flooder.wait_lost());
  authority_.diary.write([&] { authority_.full = false; });
  authority_.transport->resume_reading();
  expect_served();
  EXPECT_EQ(frames_of(NodeId(3)), std::vector<Bytes>{"first"});
}

TEST_F(ZmqSecurity, AMessageOfManyFramesIsDroppedAndItsKeyBannedUntilItIsEnrolledAgain) {
  start();
  const LinkKeys keys = LinkKeys::generate();
  authority_.transport->allow(keys.public_key, NodeId(3));
  {
    ZmqIntruder bomber;
    bomber.with_curve(keys, authority_.keys.public_key).connect(endpoint());
    ASSERT_TRUE(bomber.wait_up());
    const Bytes frame(8u << 10, 'b');
    for (int i = 0; i < 1999; ++i) ASSERT_TRUE(bomber.send(frame, true));
    ASSERT_TRUE(bomber.send(frame));
    ASSERT_TRUE(wait_banned(NodeId(3)));
    EXPECT_EQ(authority_.bans.back().code, ErrorCode::kMalformed);
    EXPECT_TRUE(bomber.wait_lost());
  }
  {
    ZmqIntruder again;
    again.with_curve(keys, authority_.keys.public_key).connect(endpoint());
    EXPECT_EQ(again.wait(ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_SUCCEEDED),
              ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
  }
  expect_served();
  EXPECT_EQ(frames_of(NodeId(3)).size(), 0u);
  EXPECT_EQ(authority_.transport->counters().bans, 1u);

  authority_.transport->remove(NodeId(3));
  authority_.transport->allow(keys.public_key, NodeId(3));
  ZmqIntruder pardoned;
  pardoned.with_curve(keys, authority_.keys.public_key).connect(endpoint());
  ASSERT_TRUE(pardoned.wait_up());
  pardoned.send("sorry");
  ASSERT_TRUE(authority_.diary.wait([&] { return count_of(NodeId(3)) == 1; }));
}

TEST_F(ZmqSecurity, AFrameBeyondTheLimitEndsItsConnectionAndNothingElse) {
  start();
  ZmqIntruder oversized, slightly, empty;
  enrol(&oversized, NodeId(3));
  enrol(&slightly, NodeId(4));
  enrol(&empty, NodeId(5));
  oversized.connect(endpoint());
  slightly.connect(endpoint());
  empty.connect(endpoint());
  ASSERT_TRUE(oversized.wait_up());
  ASSERT_TRUE(slightly.wait_up());
  ASSERT_TRUE(empty.wait_up());
  oversized.send(Bytes(8 * limits::kMessageBytesMax, 'o'));
  EXPECT_TRUE(oversized.wait_lost());
  EXPECT_EQ(authority_.transport->counters().bans, 0u)
      << "libzmq ends it before the frame is whole";
  // So little beyond that libzmq, which counts CURVE's own bytes too, lets it pass.
  slightly.send(Bytes(limits::kMessageBytesMax + 1, 's'));
  EXPECT_TRUE(wait_banned(NodeId(4)));
  empty.send("");
  EXPECT_TRUE(wait_banned(NodeId(5)));
  expect_served();
  EXPECT_EQ(authority_.arrivals.size(), 1u);
}

class TcpConnection {
 public:
  explicit TcpConnection(const std::string& endpoint)
      : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port =
        htons(static_cast<uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ~TcpConnection() { ::close(descriptor_); }
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;
  void send(const Bytes& bytes) {
    [[maybe_unused]] const ssize_t sent =
        ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  // The other side has hung up, within the patience.
  bool wait_closed() {
    const auto deadline = std::chrono::steady_clock::now() + testing::kPatience;
    char buffer[4096];
    while (std::chrono::steady_clock::now() < deadline) {
      pollfd item{descriptor_, POLLIN, 0};
      if (::poll(&item, 1, 100) > 0 && ::recv(descriptor_, buffer, sizeof(buffer), 0) <= 0)
        return true;
    }
    return false;
  }

 private:
  int descriptor_;
};

TEST_F(ZmqSecurity, ConnectionsThatSendGarbageOrNothingAreDroppedAndTheOthersServed) {
  authority_.handshake_max = std::chrono::milliseconds(300);
  start();
  std::vector<std::unique_ptr<TcpConnection>> connections;
  const Bytes greeting("\xff\0\0\0\0\0\0\0\x01\x7f\x03\0CURVE", 17);
  for (int i = 0; i < 200; ++i) {
    connections.push_back(std::make_unique<TcpConnection>(endpoint()));
    Bytes garbage;
    for (int k = 0; k < 600; ++k) garbage.push_back(static_cast<char>(k * 7 + i * 13));
    if (i % 4 == 1) connections.back()->send(garbage);
    if (i % 4 == 2) connections.back()->send(greeting + Bytes(47, '\0') + garbage);
    if (i % 4 == 3) connections.back()->send("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
  }
  expect_served();
  for (auto& connection : connections) EXPECT_TRUE(connection->wait_closed());
  expect_served(NodeId(100));
  EXPECT_EQ(authority_.arrivals.size(), 2u);
}

TEST_F(ZmqSecurity, WithoutAHandlerNobodyNewGetsInAndTheFaultIsReported) {
  authority_.handshake_max = std::chrono::milliseconds(300);
  start();
  Node before(&world_, NodeId(1));
  authority_.transport->allow(before.keys.public_key, NodeId(1));
  ASSERT_TRUE(before.start(authority_));
  ASSERT_TRUE(before.wait_up());
  static_cast<ZmqServer*>(authority_.transport.get())->stop_zap_for_test();

  ZmqIntruder late;
  enrol(&late, NodeId(2));
  late.connect(endpoint());
  late.send("late");
  const int event = late.wait(kHandshakeFailed | ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
  EXPECT_NE(event, 0);
  EXPECT_NE(event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
  ASSERT_TRUE(authority_.diary.wait([&] { return authority_.failures.size() == 1; }));
  ASSERT_TRUE(before.transport->send("still served"));
  ASSERT_TRUE(authority_.wait_frames(1));
  EXPECT_EQ(frames_of(NodeId(2)).size(), 0u);
}

TEST_F(ZmqSecurity, AnAddressThatAnotherProgramHoldsIsNamed) {
  const int other = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(other, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(other, 1), 0);
  socklen_t length = sizeof(address);
  ASSERT_EQ(::getsockname(other, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const std::string taken = "tcp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  const Status started = authority_.start(taken);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kPortInUse);
  EXPECT_NE(started.error().message.find(taken), std::string::npos) << started.error().message;
  ::close(other);
  EXPECT_TRUE(authority_.start(taken)) << "a failed start can be tried again";
}

TEST_F(ZmqSecurity, AnAddressThatIsNoneIsNamed) {
  for (const std::string bad :
       {"127.0.0.1:7000", "tcp://", "tcp://127.0.0.1", "tcp://192.0.2.1:7000", "ipc://x"}) {
    const Status started = authority_.start(bad);
    ASSERT_FALSE(started) << bad;
    EXPECT_EQ(started.error().code, ErrorCode::kUsage) << bad;
    EXPECT_NE(started.error().message.find(bad), std::string::npos) << started.error().message;
  }
  Node node(&world_);
  for (const std::string bad :
       {"", "127.0.0.1:7000", "tcp://:7000", "tcp://host", "tcp://host:*"}) {
    EXPECT_EQ(node.start(bad, authority_.keys.public_key).error().code, ErrorCode::kUsage) << bad;
  }
}

}  // namespace
}  // namespace syncline
