// Strangers, and nodes that speak for others, on a real socket: nothing is accepted in another's
// name, the error says what to do, and the healthy node is served.
#include "tests/node/runtime/bad_input_fleet.h"

namespace syncline {
namespace {

using BadInputSocketIdentity = testing::BadInputFleet;
using testing::Intruder;

TEST_F(BadInputSocketIdentity, AStrangersKeyIsNamedOnItsNodeAndServedOnceItIsAdded) {
  const StoreDirectory store = make_node_store("stranger");
  auto stranger = Node::open(store.path);
  ASSERT_TRUE(stranger) << stranger.error().message;
  std::mutex mutex;
  std::condition_variable told;
  std::optional<Error> trouble;
  const Observation observation = stranger->observe_status([&](const NodeStatus& status) {
    std::lock_guard lock(mutex);
    if (status.trouble) trouble = status.trouble;
    told.notify_all();
  });
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(told.wait_for(lock, testing::kPatience, [&] { return trouble.has_value(); }));
    EXPECT_EQ(trouble->code, ErrorCode::kUnknownNode);
    EXPECT_NE(trouble->message.find("syncline node add"), std::string::npos) << trouble->message;
  }
  EXPECT_EQ(stranger->status().trouble, trouble);
  expect_served();
  enrol(store.keys, "stranger");
  ASSERT_TRUE(stranger->wait_for_download(testing::kPatience));
  EXPECT_FALSE(stranger->status().trouble);
}

TEST_F(BadInputSocketIdentity, AGreetingInAnothersNameIsForged) {
  const auto one = make_intruder();
  const auto other = make_intruder();
  Hello hello = one->hand.make_hello();
  hello.node = other->hand.node;
  one->hand.send(one->hand.sign_hello(hello));
  one->hand.expect_goodbye(ErrorCode::kForged, "remove the node", true);
  // In its own name, and signed by nobody.
  hello = one->hand.make_hello();
  hello.signature[5] = static_cast<char>(hello.signature[5] ^ 1);
  one->hand.send(hello);
  one->hand.expect_goodbye(ErrorCode::kForged, "does not match its bytes", true);
  expect_event("refused_frame", "greeted as");
  expect_served();
}

TEST_F(BadInputSocketIdentity, AnUploadInAnothersNameIsForged) {
  const auto one = make_intruder();
  const auto other = make_intruder();
  const Changeset changeset = one->hand.creating("Thing", "forged", {});
  // Signed with its own key, in the other's name; then as the other signed it, by another courier.
  Envelope envelope =
      decode_envelope(one->hand.make_upload({encode_changeset(changeset)}).envelope).value();
  envelope.origin = other->hand.node;
  one->hand.send(one->hand.seal(envelope, {encode_changeset(changeset)}));
  one->hand.expect_goodbye(ErrorCode::kForged, "in the name of", true);
  one->hand.greet();
  Upload stolen = other->hand.make_upload({encode_changeset(changeset)});
  stolen.session = one->hand.session;
  one->hand.send(stolen);
  one->hand.expect_goodbye(ErrorCode::kForged, "in the name of", true);
  expect_served();
  EXPECT_FALSE(healthy_->get("Thing", "forged").value());
}

TEST_F(BadInputSocketIdentity, AChangedPayloadOrSignatureIsForged) {
  const auto intruder = make_intruder();
  HandNode& hand = intruder->hand;
  Upload upload = hand.make_upload({encode_changeset(hand.creating("Thing", "changed", {}))});
  upload.payloads[0].back() = static_cast<char>(upload.payloads[0].back() ^ 1);
  hand.send(upload);
  hand.expect_goodbye(ErrorCode::kForged, "is not what its envelope says", true);
  hand.greet();
  upload = hand.make_upload({encode_changeset(hand.creating("Thing", "changed", {}))});
  Envelope envelope = decode_envelope(upload.envelope).value();
  envelope.signature[9] = static_cast<char>(envelope.signature[9] ^ 1);
  upload.envelope = encode_envelope(envelope);
  hand.send(upload);
  hand.expect_goodbye(ErrorCode::kForged, "does not match its bytes", true);
  expect_served();
}

TEST_F(BadInputSocketIdentity, AnEnvelopeForAnotherFleetIsForged) {
  const auto intruder = make_intruder();
  HandNode& hand = intruder->hand;
  const Bytes payload = encode_changeset(hand.creating("Thing", "astray", {}));
  Envelope envelope = decode_envelope(hand.make_upload({payload}).envelope).value();
  envelope.site = Bytes(32, 'x');
  hand.send(hand.seal(envelope, {payload}));
  hand.expect_goodbye(ErrorCode::kForged, "another site", true);
  expect_served();
}

TEST_F(BadInputSocketIdentity, APartInAnothersNameIsForged) {
  const auto one = make_intruder();
  const auto other = make_intruder();
  one->hand.send(UploadPart{one->hand.session, {other->hand.node, Epoch(1), 1}, 0, 5, "bytes"});
  one->hand.expect_goodbye(ErrorCode::kForged, "in the name of", true);
  expect_served();
}

TEST_F(BadInputSocketIdentity, ANodeRemovedInMidSessionIsToldAndShutOut) {
  const StoreDirectory store = make_node_store("removed");
  enrol(store.keys, "removed");
  auto node = Node::open(store.path);
  ASSERT_TRUE(node) << node.error().message;
  ASSERT_TRUE(node->wait_for_download(testing::kPatience));
  ASSERT_TRUE(node->subscribe("Thing"));
  ASSERT_TRUE(node->wait_for_decided(testing::kPatience));
  std::mutex mutex;
  std::condition_variable told;
  bool stopped = false;
  const Observation observation = node->observe_status([&](const NodeStatus& status) {
    std::lock_guard lock(mutex);
    stopped |= status.trouble && status.trouble->code == ErrorCode::kUnknownNode;
    told.notify_all();
  });
  change_node(store.keys, "removed", true);
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(told.wait_for(lock, testing::kPatience, [&] { return stopped; }));
  }
  // What it writes now is kept there.
  auto receipt = node->write([](Transaction& t) { return t.put("Thing", Document{{"_id", "z"}}); });
  ASSERT_TRUE(receipt);
  ASSERT_TRUE(receipt->wait(ReceiptState::durable, testing::kPatience));
  expect_served();
  EXPECT_EQ(node->pending()->size(), 1u);
  EXPECT_FALSE(healthy_->get("Thing", "z").value());
}

}  // namespace
}  // namespace syncline
