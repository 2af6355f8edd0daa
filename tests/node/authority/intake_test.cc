#include "node/authority/intake.h"

#include <gtest/gtest.h>

#include "proto/limits.h"
#include "proto/uses.h"

namespace syncline {
namespace {

const Bytes kServerKey(32, 'K');

class IntakeTest : public testing::Test {
 protected:
  // A changeset that inserts one list element of this name, with a text of so many bytes.
  Bytes payload(const ChangesetName& element, size_t text_bytes = 1) const {
    Changeset changeset;
    Group& group = changeset.groups.emplace_back();
    group.id = Value("a");
    group.object = {TypeNumber(16), *object_key(group.id)};
    Operation& operation = group.operations.emplace_back();
    operation.kind = OperationKind::insert;
    operation.path = {FieldNumber(4), ElementId{element, 0}};
    operation.item = Item(Value(std::string(text_bytes, 'x')));
    return encode_changeset(changeset);
  }
  ChangesetName name(uint64_t number) const { return {node_, Epoch(2), number}; }

  // What becomes of an upload of these, signed as it should be.
  Result<Arrived> take(std::vector<Bytes> payloads) const {
    Envelope envelope;
    envelope.site = site_of(kServerKey);
    envelope.origin = node_;
    envelope.epoch = Epoch(2);
    envelope.first_number = 1;
    for (const Bytes& one : payloads) envelope.hashes.push_back(payload_hash(one));
    envelope.signature = sign(key_, envelope_signing_bytes(envelope));
    Upload upload;
    upload.session = SessionNonce(5);
    upload.envelope = encode_envelope(envelope);
    upload.payloads = std::move(payloads);
    return intake(encode_message(std::move(upload)), node_, site_of(kServerKey), kServerKey,
                  [this](NodeId) { return std::optional(key_.public_key); });
  }
  const Offered& first(const Result<Arrived>& arrived) const {
    return std::get<OfferedUpload>(*arrived).changesets.at(0);
  }

  KeyPair key_ = key_pair_from_seed({});
  NodeId node_ = node_id_of(key_.public_key);
};

TEST_F(IntakeTest, TakesWhatItsNodeSigned) {
  Result<Arrived> arrived = take({payload(name(1))});
  ASSERT_TRUE(arrived) << arrived.error().message;
  EXPECT_TRUE(first(arrived).changeset);
}

TEST_F(IntakeTest, KeepsTheNameOfWhatCreatesElementsUnderAnothers) {
  Result<Arrived> arrived = take({payload(name(7))});
  ASSERT_TRUE(arrived) << "to be refused by its name";
  EXPECT_FALSE(first(arrived).changeset);
  EXPECT_EQ(first(arrived).name, name(1));
  EXPECT_NE(first(arrived).undecodable.find("creates a list element under the name of changeset"),
            std::string::npos)
      << first(arrived).undecodable;
}

TEST_F(IntakeTest, RefusesAFrameThatIsSmallOnlyCompressed) {
  const size_t half = limits::kMessageBytesMax / 2;
  EXPECT_TRUE(take({payload(name(1), half)}));
  Result<Arrived> swollen = take({payload(name(1), half), payload(name(2), half)});
  ASSERT_FALSE(swollen);
  EXPECT_EQ(swollen.error().code, ErrorCode::kTooLarge);
}

TEST_F(IntakeTest, LeavesWhatCameInPartsUndecodedUntilItsTurn) {
  const Bytes whole = payload(name(1));
  Offered offered;
  offered.name = name(1);
  offered.hash = payload_hash(whole);
  offered.in_parts = true;
  ASSERT_TRUE(complete(&offered, whole));
  EXPECT_FALSE(offered.changeset) << "memory for it before its turn";
  decode_payload(&offered);
  EXPECT_TRUE(offered.changeset);
  EXPECT_FALSE(complete(&offered, whole + "x")) << "not what the envelope says";
}

}  // namespace
}  // namespace syncline
