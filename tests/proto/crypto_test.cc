#include <gtest/gtest.h>

#include "proto/codec.h"
#include "tests/proto/random_messages.h"

namespace syncline {
namespace {

KeyPair key_pair(uint8_t seed) {
  std::array<uint8_t, 32> bytes{};
  bytes[0] = seed;
  return key_pair_from_seed(bytes);
}

TEST(Hash, KeepsUsesApart) {
  EXPECT_EQ(hash("payload", "abc"), hash("payload", "abc"));
  EXPECT_NE(hash("payload", "abc"), hash("site", "abc"));
  EXPECT_NE(hash("payload", "abc"), hash("payload", "abd"));
  EXPECT_NE(hash("sixteen letters.", ""), hash("sixteen letters", ""));
}

// They are on disks and in signatures: a change of library or of this code must not change them.
TEST(Hash, IsTheSameForEver) {
  // BLAKE2b-256 of "abc" without a use, as published implementations give it.
  EXPECT_EQ(to_hex(hash("", "abc").view()),
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  EXPECT_EQ(chain_hash(Hash(), LogIndex(1), FenceEpoch(2), "x"),
            hash("chain", Bytes(32, '\0') + Bytes("\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2x", 17)));
}

TEST(ChainHash, DependsOnEveryPart) {
  const Hash before = hash("payload", "before");
  const Hash one = chain_hash(before, LogIndex(1), FenceEpoch(1), "a");
  EXPECT_NE(one, chain_hash(Hash(), LogIndex(1), FenceEpoch(1), "a"));
  EXPECT_NE(one, chain_hash(before, LogIndex(2), FenceEpoch(1), "a"));
  EXPECT_NE(one, chain_hash(before, LogIndex(1), FenceEpoch(2), "a"));
  EXPECT_NE(one, chain_hash(before, LogIndex(1), FenceEpoch(1), "b"));
}

TEST(Signature, HoldsForItsKeyAndBytesOnly) {
  const KeyPair key = key_pair(1);
  const Bytes signature = sign(key, "text");
  EXPECT_EQ(signature.size(), 64u);
  EXPECT_TRUE(verify(key.public_key, "text", signature));
  EXPECT_FALSE(verify(key.public_key, "texT", signature));
  EXPECT_FALSE(verify(key_pair(2).public_key, "text", signature));
  EXPECT_FALSE(verify(key.public_key, "text", signature.substr(1)));
  EXPECT_FALSE(verify(key.public_key, "text", ""));
  Bytes altered = signature;
  altered[5] ^= 1;
  EXPECT_FALSE(verify(key.public_key, "text", altered));
}

TEST(NodeIdOf, FollowsFromTheIdentityKey) {
  EXPECT_EQ(node_id_of(key_pair(1).public_key), node_id_of(key_pair(1).public_key));
  EXPECT_NE(node_id_of(key_pair(1).public_key), node_id_of(key_pair(2).public_key));
}

// Each field of an envelope is under its signature.
TEST(Envelope, SignsEveryFieldButTheSignature) {
  test::RandomMessages random(9);
  Envelope envelope = random.envelope();
  envelope.hashes.resize(2);
  const Bytes bytes = envelope_signing_bytes(envelope);
  const auto changed = [&](auto change) {
    Envelope other = envelope;
    change(other);
    return envelope_signing_bytes(other) != bytes;
  };
  EXPECT_TRUE(changed([](Envelope& e) { e.site += "x"; }));
  EXPECT_TRUE(changed([](Envelope& e) { ++e.origin.value; }));
  EXPECT_TRUE(changed([](Envelope& e) { ++e.epoch.value; }));
  EXPECT_TRUE(changed([](Envelope& e) { ++e.first_number; }));
  EXPECT_TRUE(changed([](Envelope& e) { e.previous.bytes[0] ^= 1; }));
  EXPECT_TRUE(changed([](Envelope& e) { e.hashes[1].bytes[31] ^= 1; }));
  EXPECT_TRUE(changed([](Envelope& e) { e.hashes.pop_back(); }));
  EXPECT_FALSE(changed([](Envelope& e) { e.signature = "other"; }));
}

TEST(Hello, SignsEveryFieldAndTheServerKey) {
  test::RandomMessages random(9);
  const Hello hello = random.hello();
  const Bytes bytes = hello_signing_bytes(hello, "server");
  const auto changed = [&](auto change) {
    Hello other = hello;
    change(other);
    return hello_signing_bytes(other, "server") != bytes;
  };
  EXPECT_NE(hello_signing_bytes(hello, "serveR"), bytes);
  EXPECT_TRUE(changed([](Hello& h) { ++h.version_min; }));
  EXPECT_TRUE(changed([](Hello& h) { ++h.version_max; }));
  EXPECT_TRUE(changed([](Hello& h) { h.features.push_back("x"); }));
  EXPECT_TRUE(changed([](Hello& h) { ++h.node.value; }));
  EXPECT_TRUE(changed([](Hello& h) { ++h.nonce.value; }));
  EXPECT_TRUE(changed([](Hello& h) { ++h.cursor.seq.value; }));
  EXPECT_TRUE(changed([](Hello& h) { h.cursor.hash.bytes[0] ^= 1; }));
  EXPECT_TRUE(changed([](Hello& h) { h.token.bytes[0] ^= 1; }));
  EXPECT_TRUE(changed([](Hello& h) { ++h.schema_mark; }));
  EXPECT_TRUE(changed([](Hello& h) { ++h.resume.seq.value; }));
  EXPECT_TRUE(changed([](Hello& h) { ++h.now.wall_ms; }));
  EXPECT_FALSE(changed([](Hello& h) { h.signature.clear(); }));
}

}  // namespace
}  // namespace syncline
