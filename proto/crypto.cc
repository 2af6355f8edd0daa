// Hashes and signatures: the only code that calls libsodium's primitives. CURVE is ZeroMQ's own
// affair.
#include <sodium.h>

#include "proto/check.h"
#include "proto/codec.h"

namespace syncline {
namespace {

constexpr char kNodeIdUse[] = "node-id";
constexpr char kChainUse[] = "chain";

const uint8_t* data_of(BytesView bytes) { return reinterpret_cast<const uint8_t*>(bytes.data()); }

// BLAKE2b's personalisation keeps hashes for different uses apart.
using Personal = std::array<uint8_t, crypto_generichash_blake2b_PERSONALBYTES>;
Personal personal_of(std::string_view use) {
  Personal personal{};
  CHECK(use.size() <= personal.size(), "a hash's use is at most 16 characters");
  std::copy(use.begin(), use.end(), personal.begin());
  return personal;
}

}  // namespace

void init_crypto() {
  static const bool ready = sodium_init() >= 0;  // any thread; once
  CHECK(ready, "libsodium does not start");
}

Hash hash(std::string_view use, BytesView bytes) {
  init_crypto();
  Hash out;
  const Personal personal = personal_of(use);
  const int result =
      crypto_generichash_blake2b_salt_personal(out.bytes.data(), out.bytes.size(), data_of(bytes),
                                               bytes.size(), nullptr, 0, nullptr, personal.data());
  CHECK(result == 0, "BLAKE2b refuses its input");
  return out;
}

Hash chain_hash(const Hash& previous, LogIndex index, FenceEpoch epoch, BytesView bytes) {
  init_crypto();
  const Personal personal = personal_of(kChainUse);
  Bytes place;
  put_u64_big_endian(&place, index.value);
  put_u64_big_endian(&place, epoch.value);
  Hash out;
  crypto_generichash_blake2b_state state;
  int result = crypto_generichash_blake2b_init_salt_personal(&state, nullptr, 0, out.bytes.size(),
                                                             nullptr, personal.data());
  result |= crypto_generichash_blake2b_update(&state, previous.bytes.data(), previous.bytes.size());
  result |= crypto_generichash_blake2b_update(&state, data_of(place), place.size());
  result |= crypto_generichash_blake2b_update(&state, data_of(bytes), bytes.size());
  result |= crypto_generichash_blake2b_final(&state, out.bytes.data(), out.bytes.size());
  CHECK(result == 0, "BLAKE2b refuses its input");
  return out;
}

KeyPair key_pair_from_seed(const std::array<uint8_t, 32>& seed) {
  init_crypto();
  KeyPair key;
  static_assert(crypto_sign_PUBLICKEYBYTES == 32 && crypto_sign_SECRETKEYBYTES == 64);
  CHECK(crypto_sign_seed_keypair(key.public_key.data(), key.secret_key.data(), seed.data()) == 0);
  return key;
}

Bytes sign(const KeyPair& key, BytesView bytes) {
  init_crypto();
  Bytes signature(crypto_sign_BYTES, '\0');
  const int result = crypto_sign_detached(reinterpret_cast<uint8_t*>(signature.data()), nullptr,
                                          data_of(bytes), bytes.size(), key.secret_key.data());
  CHECK(result == 0, "Ed25519 refuses to sign");
  return signature;
}

bool verify(const PublicKey& key, BytesView bytes, BytesView signature) {
  init_crypto();
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(data_of(signature), data_of(bytes), bytes.size(),
                                     key.data()) == 0;
}

NodeId node_id_of(const PublicKey& identity_key) {
  const BytesView bytes(reinterpret_cast<const char*>(identity_key.data()), identity_key.size());
  return NodeId(get_u64_big_endian(hash(kNodeIdUse, bytes).view()));
}

}  // namespace syncline
