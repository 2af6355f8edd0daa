#include "node/replica/upload.h"

#include "proto/limits.h"
#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

class UploadTest : public testing::Test {
 protected:
  UploadTest() : node_(&disk_) { restart(1); }
  // A session on what the disk holds.
  void restart(uint8_t random) {
    node_.open(random);
    node_.frames.clear();
    node_.welcome(node_.connect(), authority_);
  }
  std::vector<ChangesetName> names(const std::vector<Upload>& uploads) {
    std::vector<ChangesetName> out;
    for (const Upload& upload : uploads) {
      const Envelope envelope = must(decode_envelope(upload.envelope));
      for (size_t i = 0; i < envelope.hashes.size(); ++i)
        out.push_back({envelope.origin, envelope.epoch, envelope.first_number + i});
    }
    return out;
  }
  MemoryStore disk_;
  Node node_;
  Authority authority_;
};

TEST_F(UploadTest, SendsNothingBeforeItIsSynced) {
  const ChangesetName a = node_.write_fridge("a", 1);  // the epoch's first: synced with it
  EXPECT_THAT(names(node_.take<Upload>()), testing::ElementsAre(a));
  const ChangesetName b = node_.write_fridge("b", 2);
  EXPECT_TRUE(node_.take<Upload>().empty());
  node_.step(replica_input::TimerFired{"progress"});
  EXPECT_TRUE(node_.take<Upload>().empty());
  node_.sync();
  EXPECT_THAT(names(node_.take<Upload>()), testing::ElementsAre(b));
  const ChangesetName c = node_.write_fridge("c", 3, Durability::relaxed);
  const ChangesetName d = node_.write_fridge("d", 4, Durability::commit);
  EXPECT_THAT(names(node_.take<Upload>()), testing::ElementsAre(c, d));
  node_.sync();
  EXPECT_TRUE(node_.take<Upload>().empty()) << "each once in a session";
}

TEST_F(UploadTest, EnvelopesAreSignedAndChained) {
  node_.write_fridge("a", 1);
  node_.write_fridge("b", 2);
  node_.write_fridge("c", 3);
  node_.sync();
  const auto uploads = node_.take<Upload>();
  ASSERT_EQ(uploads.size(), 2u);
  Hash previous;
  uint64_t number = 1;
  for (const Upload& upload : uploads) {
    const Envelope envelope = must(decode_envelope(upload.envelope));
    EXPECT_TRUE(
        verify(node_.identity().public_key, envelope_signing_bytes(envelope), envelope.signature));
    EXPECT_EQ(envelope.site, site_of(Bytes(32, 's')));
    EXPECT_EQ(envelope.first_number, number);
    EXPECT_EQ(envelope.previous, previous);
    ASSERT_EQ(envelope.hashes.size(), upload.payloads.size());
    for (size_t i = 0; i < envelope.hashes.size(); ++i) {
      EXPECT_EQ(payload_hash(upload.payloads[i]), envelope.hashes[i]);
      EXPECT_TRUE(decode_changeset(upload.payloads[i]).has_value());
    }
    previous = envelope.hashes.back();
    number += envelope.hashes.size();
  }
  EXPECT_EQ(number, 4u);
}

TEST_F(UploadTest, TheSameBytesAreSentAgainAndWhatTheAuthorityHasIsNot) {
  const ChangesetName a = node_.write_fridge("a", 1);
  node_.write_fridge("b", 2);
  node_.sync();
  std::vector<Bytes> first;
  for (const Upload& upload : node_.take<Upload>())
    for (const Bytes& payload : upload.payloads) first.push_back(payload);
  ASSERT_EQ(first.size(), 2u);
  node_.kill();
  authority_.epoch = a.epoch;
  authority_.received = 1;
  authority_.head = LogSeq(1);
  restart(2);
  auto again = node_.take<Upload>();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_THAT(again[0].payloads, testing::ElementsAre(first[1]));
  EXPECT_EQ(must(decode_envelope(again[0].envelope)).previous, payload_hash(first[0]));
  EXPECT_EQ(node_.machine().status().pending, 2u) << "pending until the decision is integrated";
}

TEST_F(UploadTest, PendingOfOlderEpochsIsOfferedFirst) {
  const ChangesetName a = node_.write_fridge("a", 1);
  node_.sync();
  node_.kill();
  restart(2);
  const ChangesetName b = node_.write_fridge("b", 1);
  node_.sync();
  node_.kill();
  authority_.epoch = b.epoch;
  authority_.received = 0;
  restart(3);
  EXPECT_THAT(names(node_.take<Upload>()), testing::ElementsAre(a, b));
  // The number that the authority has says nothing of another epoch.
  node_.kill();
  authority_.received = 1;
  authority_.head = LogSeq(1);
  restart(4);
  EXPECT_THAT(names(node_.take<Upload>()), testing::ElementsAre(a));
}

// Decided beside the entries (a clone's name, a gap), and the answer was lost with its connection.
TEST_F(UploadTest, WhatIsStillPendingAtTheWelcomesHeadIsOfferedAgain) {
  const ChangesetName a = node_.write_fridge("a", 1);
  const ChangesetName b = node_.write_fridge("b", 1);
  const ChangesetName c = node_.write_fridge("c", 1);
  node_.sync();
  node_.kill();
  authority_.epoch = c.epoch;
  authority_.received = 2;
  authority_.head = LogSeq(2);
  restart(2);
  EXPECT_THAT(names(node_.take<Upload>()), testing::ElementsAre(c));
  Delta delta = authority_.delta(node_, 1);
  node_.receive(delta);
  EXPECT_TRUE(node_.take<Upload>().empty()) << "the decisions may still come";
  const Hash hash = pending_hash(node_.disk(), a);
  delta = authority_.delta(node_, 2);
  delta.decisions = {committed(a, hash, 2)};
  node_.receive(delta);
  EXPECT_THAT(names(node_.take<Upload>()), testing::ElementsAre(b));
  node_.receive(authority_.delta(node_, 3));
  EXPECT_TRUE(node_.take<Upload>().empty()) << "once in a session";
  // In the next session there may be no delta at all: the node is at the head.
  authority_.received = 3;
  authority_.head = LogSeq(3);
  authority_.session = SessionNonce(501);
  node_.step(replica_input::Disconnected{});
  node_.welcome(node_.connect(), authority_);
  EXPECT_THAT(names(node_.take<Upload>()), testing::ElementsAre(b, c));
}

TEST_F(UploadTest, ANumberThatACloneUsedBeforeIsOfferedAllTheSame) {
  const ChangesetName a = node_.write_fridge("a", 1);
  node_.step(replica_input::Disconnected{});
  authority_.epoch = a.epoch;
  authority_.received = 3;
  authority_.head = LogSeq(9);
  node_.frames.clear();
  node_.welcome(node_.connect(), authority_);
  EXPECT_TRUE(node_.take<Upload>().empty());
  const ChangesetName b = node_.write_fridge("b", 1, Durability::commit);
  EXPECT_EQ(b.number, 2u);
  EXPECT_THAT(names(node_.take<Upload>()), testing::ElementsAre(b));
  EXPECT_EQ(node_.machine().status().not_received, 1u);
}

TEST_F(UploadTest, ASessionThatOpensSendsTheSyncedPartOfTheQueue) {
  node_.step(replica_input::Disconnected{});
  const ChangesetName a = node_.write_fridge("a", 1);
  const ChangesetName b = node_.write_fridge("b", 2);
  node_.welcome(node_.connect(), authority_);
  EXPECT_THAT(names(node_.take<Upload>()), testing::ElementsAre(a));
  node_.sync();
  EXPECT_THAT(names(node_.take<Upload>()), testing::ElementsAre(b));
}

TEST_F(UploadTest, WhatWasWrittenBeforeAKillIsSyncedAtOpenAndSent) {
  const ChangesetName a = node_.write_fridge("a", 1);
  const ChangesetName b = node_.write_fridge("b", 2);
  node_.kill();
  node_.open(2);
  EXPECT_TRUE(node_.last.sync);
  node_.frames.clear();
  node_.welcome(node_.connect(), authority_);
  EXPECT_THAT(names(node_.take<Upload>()), testing::ElementsAre(a, b));
}

TEST_F(UploadTest, StaysWithinItsCreditAndGoesOnWithMore) {
  authority_.credit = 600'000;
  node_.kill();
  restart(9);
  for (int i = 0; i < 20; ++i) {
    node_.write([&](Draft& d) {
      Bytes noise;
      for (int k = 0; k < 3000; ++k)
        noise += to_hex(hash("noise", std::to_string(i * 10000 + k)).view());
      must(d.put(kFridge, Document{{"_id", std::to_string(i)}, {"name", noise.substr(0, 90'000)}}));
    });
  }
  node_.sync();
  size_t sent = 0;
  for (const Bytes& frame : node_.frames) sent += frame.size();
  std::vector<ChangesetName> got = names(node_.take<Upload>());
  EXPECT_LE(sent, authority_.credit);
  EXPECT_GE(got.size(), 3u);
  EXPECT_LT(got.size(), 20u);
  for (uint64_t credit = 1'200'000; credit <= 9'600'000; credit += 600'000) {
    node_.receive(UploadCredit{authority_.session, got.back().epoch, got.size(), credit});
    for (const Bytes& frame : node_.frames) sent += frame.size();
    for (const ChangesetName& name : names(node_.take<Upload>())) got.push_back(name);
    EXPECT_LE(sent, credit);
  }
  ASSERT_EQ(got.size(), 20u);
  for (size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i].number, i + 1);
}

TEST_F(UploadTest, LargePayloadsTravelInPartsBeforeTheUploadThatNamesThem) {
  node_.write_fridge("a", 1);
  std::string large;
  for (int i = 0; i < 30'000; ++i) large += to_hex(hash("noise", std::to_string(i)).view());
  const ChangesetName b =
      node_.write([&](Draft& d) { must(d.put(kFridge, Document{{"_id", "b"}, {"name", large}})); });
  const ChangesetName c = node_.write_fridge("c", 3);
  node_.frames.clear();
  node_.kill();
  authority_.credit = 1'000'000;
  authority_.epoch = b.epoch;
  authority_.received = 1;
  authority_.head = LogSeq(1);
  restart(3);
  Bytes whole;
  std::vector<ChangesetName> uploaded;
  uint64_t credit = authority_.credit;
  for (int round = 0; round < 20 && uploaded.size() < 2; ++round) {
    for (const Bytes& frame : node_.frames) {
      const Message message = must(decode_message(frame));
      if (const auto* part = std::get_if<UploadPart>(&message)) {
        EXPECT_TRUE(uploaded.empty());
        EXPECT_EQ(part->name, b);
        EXPECT_EQ(part->offset, whole.size());
        whole += part->bytes;
      } else if (const auto* upload = std::get_if<Upload>(&message)) {
        const Envelope envelope = must(decode_envelope(upload->envelope));
        if (uploaded.empty()) {
          EXPECT_EQ(upload->payloads, std::vector<Bytes>(1));
          EXPECT_EQ(payload_hash(whole), envelope.hashes[0]);
        }
        for (const ChangesetName& name : names({*upload})) uploaded.push_back(name);
      }
    }
    node_.frames.clear();
    credit += 500'000;
    node_.receive(UploadCredit{authority_.session, b.epoch, 1, credit});
  }
  EXPECT_THAT(uploaded, testing::ElementsAre(b, c));
}

TEST_F(UploadTest, GroupsConsecutiveChangesetsWithinTheBounds) {
  node_.step(replica_input::Disconnected{});
  for (int i = 0; i < 5000; ++i)
    node_.write_fridge("f" + std::to_string(i % 7), i, Durability::relaxed);
  node_.sync();
  node_.welcome(node_.connect(), authority_);
  uint64_t number = 1;
  for (const Bytes& frame : node_.frames) EXPECT_LE(frame.size(), limits::kMessageBytesMax);
  for (const Upload& upload : node_.take<Upload>()) {
    EXPECT_LE(upload.payloads.size(), limits::kChangesetsPerUploadMax);
    EXPECT_EQ(must(decode_envelope(upload.envelope)).first_number, number);
    number += upload.payloads.size();
  }
  EXPECT_EQ(number, 5001u);
}

}  // namespace
}  // namespace syncline::test
