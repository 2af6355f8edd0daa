// What a node with a lawful key can send that ours never would, as bytes on a real socket: each
// ends in a named error that says what to do, nothing of it is taken, and the healthy node is
// served.
#include <fstream>

#include "proto/limits.h"
#include "tests/node/runtime/bad_input_fleet.h"

namespace syncline {
namespace {

using BadInputSocketFrames = testing::BadInputFleet;
using testing::Intruder;

Bytes fuzz_corpus(const std::string& name) {
  std::ifstream in(SYNCLINE_SOURCE_DIR "/tests/fuzz/corpus/" + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

// Its session ended; it may begin another and be served.
void expect_welcome_again(HandNode* hand) {
  hand->greet();
  const Changeset good = hand->creating("Thing", "after-" + std::to_string(hand->next_number), {});
  hand->upload({encode_changeset(good)});
  const auto decision = hand->wait_decision(hand->next_number - 1);
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->state, DecisionState::committed);
}

TEST_F(BadInputSocketFrames, BytesThatAreNoMessageAreMalformed) {
  const auto intruder = make_intruder();
  for (const Bytes& frame : {Bytes("\x07what"), Bytes("\0", 1), Bytes("\0\xff\xff\xff\xff\xff", 6),
                             Bytes("\1no zstd"), Bytes("\0\x0a\x7fshort", 8)}) {
    intruder->hand.send_frame(frame);
    intruder->hand.expect_goodbye(ErrorCode::kMalformed, "update the node's program", true);
    expect_welcome_again(&intruder->hand);
  }
  expect_event("refused_frame", "nothing of it was taken");
  expect_served();
}

TEST_F(BadInputSocketFrames, ATruncatedFrameIsMalformedWhereverItEnds) {
  const auto intruder = make_intruder();
  HandNode& hand = intruder->hand;
  const Bytes whole =
      encode_message(hand.make_upload({encode_changeset(hand.creating("Thing", "cut", {}))}));
  for (size_t bytes = 1; bytes < whole.size(); ++bytes) {
    hand.send_frame(whole.substr(0, bytes));
    hand.expect_goodbye(ErrorCode::kMalformed, "nothing of it was taken", true);
    if (HasFailure()) FAIL() << "cut to " << bytes << " bytes of " << whole.size();
  }
  expect_served();
  EXPECT_FALSE(healthy_->get("Thing", "cut").value());
}

TEST_F(BadInputSocketFrames, AFrameThatUnpacksBeyondItsLimitIsTooLarge) {
  const auto intruder = make_intruder();
  intruder->hand.send_frame(fuzz_corpus("decode_message/bomb"));
  intruder->hand.expect_goodbye(ErrorCode::kTooLarge, "uncompressed", true);
  expect_served();
}

TEST_F(BadInputSocketFrames, AFrameBeyondOneMebibyteEndsItsConnection) {
  const auto far = make_intruder();
  far->hand.send_frame(Bytes(8 * limits::kMessageBytesMax, 'o'));
  EXPECT_TRUE(far->socket.wait_lost());
  const auto slightly = make_intruder();
  slightly->hand.send_frame(Bytes(limits::kMessageBytesMax + 1, 's'));
  expect_event("banned", "beyond the limit; its key is refused until the node is removed");
  EXPECT_TRUE(slightly->socket.wait_lost());
  expect_served();
}

TEST_F(BadInputSocketFrames, AMessageOfSeveralFramesBansItsKey) {
  const auto intruder = make_intruder();
  EXPECT_TRUE(intruder->socket.send("one", /*more=*/true));
  EXPECT_TRUE(intruder->socket.send("two"));
  expect_event("banned", "several frames");
  EXPECT_TRUE(intruder->socket.wait_lost());
  expect_served();
}

TEST_F(BadInputSocketFrames, WhatOnlyAnAuthoritySaysIsMalformedFromANode) {
  const auto intruder = make_intruder();
  intruder->hand.send(Welcome{});
  intruder->hand.expect_goodbye(ErrorCode::kMalformed, "nothing that a node may send", true);
  expect_served();
}

TEST_F(BadInputSocketFrames, AKindOfMessageThatNobodyKnowsIsMalformed) {
  const auto intruder = make_intruder();
  intruder->hand.send_frame(Bytes("\0\xfa\x01\x00", 4));  // field 31, empty
  intruder->hand.expect_goodbye(ErrorCode::kMalformed, "unknown", true);
  expect_served();
}

TEST_F(BadInputSocketFrames, AFrameOfAnotherSessionIsAnsweredHelloAgain) {
  const auto intruder = make_intruder();
  HandNode& hand = intruder->hand;
  hand.session = SessionNonce(1234);
  hand.upload({encode_changeset(hand.creating("Thing", "stray", {}))});
  const auto again = hand.receive<HelloAgain>();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->session, SessionNonce(1234));
  expect_served();
  EXPECT_FALSE(healthy_->get("Thing", "stray").value());
}

TEST_F(BadInputSocketFrames, ProgressBeyondWhatWasSentIsMalformed) {
  const auto intruder = make_intruder();
  Progress progress;
  progress.session = intruder->hand.session;
  progress.consumed_bytes = uint64_t{1} << 60;
  intruder->hand.send(progress);
  intruder->hand.expect_goodbye(ErrorCode::kMalformed, "progress beyond what was sent", true);
  expect_served();
}

TEST_F(BadInputSocketFrames, AProtocolVersionThatIsNotSpokenIsNamed) {
  const auto intruder = make_intruder();
  Hello hello = intruder->hand.make_hello();
  hello.version_min = hello.version_max = kProtocolVersion + 1;
  intruder->hand.send(intruder->hand.sign_hello(hello));
  intruder->hand.expect_goodbye(ErrorCode::kWrongVersion, "update the program of the older", false);
  expect_served();
}

TEST_F(BadInputSocketFrames, ACursorThatIsNotOfThisLogIsAFork) {
  const auto intruder = make_intruder();
  Hello hello = intruder->hand.make_hello();
  hello.cursor.incarnation = Incarnation(123);
  hello.cursor.seq = LogSeq(5);
  intruder->hand.send(intruder->hand.sign_hello(hello));
  intruder->hand.expect_goodbye(ErrorCode::kFork, "Nothing of the node is lost", false);
  expect_event("fork", "incarnation");
  expect_served();
}

TEST_F(BadInputSocketFrames, PartsOutOfOrderAreMalformedAndTakeNoRoom) {
  const auto intruder = make_intruder();
  HandNode& hand = intruder->hand;
  UploadPart part{hand.session, {hand.node, hand.epoch, 1}, 0, 3000, Bytes(1000, 'p')};
  hand.send(part);
  part.offset = 2000;  // 1000 comes first
  hand.send(part);
  hand.expect_goodbye(ErrorCode::kMalformed, "out of order", true);
  hand.greet();
  part.session = hand.session;
  part.offset = 1000;  // of an earlier session
  hand.send(part);
  hand.expect_goodbye(ErrorCode::kMalformed, "out of order", true);
  expect_served();
}

TEST_F(BadInputSocketFrames, PartsThatAreNotWhatTheirEnvelopeSaysAreMalformed) {
  const auto intruder = make_intruder();
  HandNode& hand = intruder->hand;
  hand.send(UploadPart{hand.session, {hand.node, hand.epoch, 1}, 0, 5, "parts"});
  Upload upload = hand.make_upload({"other"});
  upload.payloads = {""};
  hand.send(upload);
  hand.expect_goodbye(ErrorCode::kMalformed, "not what its envelope says", true);
  expect_served();
}

TEST_F(BadInputSocketFrames, AChangesetInPartsThatIsTooLargeIsNamed) {
  const auto intruder = make_intruder();
  HandNode& hand = intruder->hand;
  hand.send(UploadPart{hand.session,
                       {hand.node, hand.epoch, 1},
                       0,
                       limits::kChangesetBytesMax + 1,
                       Bytes(1000, 'p')});
  hand.expect_goodbye(ErrorCode::kTooLarge, "UploadPart.total: more than", true);
  expect_served();
}

}  // namespace
}  // namespace syncline
