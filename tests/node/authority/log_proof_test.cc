#include "node/authority/log_proof.h"

#include "node/authority/fold.h"
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

using testing::HasSubstr;

class Proving : public testing::Test {
 protected:
  void SetUp() override {
    site_.connect(ann_);
    std::vector<Bytes> payloads;
    for (int i = 0; i < 3; ++i)
      payloads.push_back(
          encode_changeset(site_.changeset(ann_, site_.put_box("b" + std::to_string(i), "n"))));
    site_.run({site_.offer(ann_, payloads)});
    entries_ = site_.entries();
  }
  std::vector<std::string> faults() {
    LogProof proof(site_.options.id, site_of(site_.options.server_key), [&](NodeId id) {
      const KnownNode* node = site_.machine().directory().node(id);
      return node == nullptr ? std::nullopt : std::optional(node->identity_key);
    });
    std::vector<std::string> out;
    for (const Entry& entry : entries_)
      if (auto fault = proof.add(entry)) out.push_back(*fault);
    return out;
  }
  // The i-th of the upload's entries.
  Entry& entry(size_t i) { return entries_[entries_.size() - 3 + i]; }
  // As one who has the disk would write it: payload and hash agree.
  void rewrite(size_t i) {
    entry(i).payload = encode_changeset(site_.changeset(ann_, site_.put_box("forged", "n")));
    entry(i).payload_hash = payload_hash(entry(i).payload);
  }

  Site site_;
  Device& ann_ = site_.enrol("clerk");
  std::vector<Entry> entries_;
};

TEST_F(Proving, ALogAsTheAuthorityWroteItHoldsOfRemovedNodesToo) {
  EXPECT_FALSE(entry(0).envelope.empty());
  EXPECT_EQ(entry(2).envelope_back, 2u);
  EXPECT_THAT(faults(), testing::IsEmpty());
  site_.write([&](Draft& draft) {
    must(draft.set(system_type::kNode, to_string(ann_.id), {"removed"}, true));
  });
  EXPECT_THAT(faults(), testing::IsEmpty());
}

TEST_F(Proving, APayloadThatItsAuthorDidNotSignIsFound) {
  rewrite(1);
  ASSERT_EQ(faults().size(), 1u);
  EXPECT_THAT(faults()[0], HasSubstr("entry " + std::to_string(entry(1).seq.value)));
  EXPECT_THAT(faults()[0], HasSubstr("does not name its payload"));
  entry(1).payload_hash = {};
  EXPECT_THAT(faults()[0], HasSubstr("not what its hash says"));
}

TEST_F(Proving, AnEnvelopeThatWasMendedForItIsFound) {
  rewrite(1);
  Envelope envelope = must(decode_envelope(entry(0).envelope));
  envelope.hashes[1] = entry(1).payload_hash;
  entry(0).envelope = encode_envelope(envelope);
  ASSERT_EQ(faults().size(), 3u) << "all that it covers";
  EXPECT_THAT(faults()[2], HasSubstr("signature"));
  envelope.signature = sign(site_.enrol("boss").key, envelope_signing_bytes(envelope));
  entry(0).envelope = encode_envelope(envelope);
  EXPECT_EQ(faults().size(), 3u) << "another node's signature";
}

TEST_F(Proving, AnEntryWithoutItsEnvelopeIsFound) {
  const Bytes envelope = std::exchange(entry(0).envelope, {});
  EXPECT_EQ(faults().size(), 3u);
  entry(0).envelope = envelope;
  entry(2).envelope_back = 1;
  EXPECT_EQ(faults().size(), 1u);
  entry(2).envelope_back = 2;
  entries_.erase(entries_.end() - 3);
  EXPECT_EQ(faults().size(), 2u) << "trimmed away";
}

TEST_F(Proving, ANameThatIsNotTheEnvelopesIsFound) {
  entry(1).name.number = 3;
  EXPECT_EQ(faults().size(), 1u);
  entry(1).name.number = 2;
  entry(1).name.epoch = Epoch(9);
  EXPECT_EQ(faults().size(), 1u);
  entry(1).name.epoch = Epoch(1);
  entry(1).name.origin = site_.enrol("boss").id;
  EXPECT_EQ(faults().size(), 1u);
}

TEST_F(Proving, AnotherSitesOrAStrangersEnvelopeIsFound) {
  Envelope envelope = must(decode_envelope(entry(0).envelope));
  envelope.site = site_of(Bytes(32, 'L'));
  envelope.signature = sign(ann_.key, envelope_signing_bytes(envelope));
  entry(0).envelope = encode_envelope(envelope);
  ASSERT_EQ(faults().size(), 3u);
  EXPECT_THAT(faults()[0], HasSubstr("another site"));
  Device stranger(99);
  envelope.site = site_of(site_.options.server_key);
  envelope.origin = stranger.id;
  envelope.signature = sign(stranger.key, envelope_signing_bytes(envelope));
  entry(0).envelope = encode_envelope(envelope);
  EXPECT_THAT(faults()[0], HasSubstr("never enrolled"));
}

}  // namespace
}  // namespace syncline::authority_test
