// A node's two key pairs, and the file that holds them.
//
//   link      Curve25519, for CURVE: proves who is at the other end of a connection. Text form:
//   Z85, 40 characters. identity  Ed25519, for signatures: proves who wrote a changeset. Text form:
//   64 hexadecimal digits.
//
// The key file is UTF-8 text, one `name = "value"` a line, in any order; `#` starts a comment line:
//
//   format = "1"
//   node_id = "3f2a5c7791bc04de"
//   link_public = "..."        Z85
//   link_secret = "..."        Z85
//   identity_public = "..."    hexadecimal
//   identity_seed = "..."      hexadecimal
//
// An unknown or missing name is an error, and so is a public key that does not belong to its
// secret. The file must belong to the user that runs the program (or root) and be closed to
// everyone else. Secrets stay in guarded, locked memory that is zeroed when freed; text that held
// them is zeroed too.
//
// Called by the command line (init, node add) and the daemons at start. Pure or blocking file I/O;
// any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "proto/codec.h"

namespace syncline {

// The public half of a link key pair. Its own type, so that it cannot be passed for an identity
// key.
using LinkKey = Named<struct LinkKeyTag, std::array<uint8_t, 32>>;

// 32 secret bytes between guard pages, kept out of swap and core dumps where the system allows it.
class SecretKey {
 public:
  static constexpr size_t kBytes = 32;
  SecretKey();  // zeros
  explicit SecretKey(std::span<const uint8_t, kBytes> bytes);
  SecretKey(const SecretKey& other);
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey other) noexcept;
  ~SecretKey();

  static SecretKey random();
  std::span<const uint8_t, kBytes> bytes() const;
  std::span<uint8_t, kBytes> bytes();
  // In constant time.
  bool operator==(const SecretKey& other) const;

 private:
  uint8_t* bytes_;  // from sodium_malloc; null only after a move
};

struct LinkKeys {
  LinkKey public_key;
  SecretKey secret_key;

  static LinkKeys generate();
};

struct NodeKeys {
  NodeId id;  // node_id_of(identity_public)
  LinkKeys link;
  PublicKey identity_public{};
  SecretKey identity_seed;

  static NodeKeys generate();
  // The pair that sign() takes.
  KeyPair identity() const;
};

// Writes a new key file with mode 0600, synced. kExists: never overwrites one. kIo.
Status save_keys(const NodeKeys& keys, const std::string& path);
// kNotFound; kUnsafeKeyFile: others may read or change the file; kBadData: damaged, naming the
// line.
Result<NodeKeys> load_keys(const std::string& path);

std::string to_string(const LinkKey& key);
// kBadData: not 40 characters of Z85.
Result<LinkKey> parse_link_key(std::string_view text);
// Identity keys as text: 64 hexadecimal digits. kBadData.
std::string identity_key_text(const PublicKey& key);
Result<PublicKey> parse_identity_key(std::string_view text);

}  // namespace syncline
