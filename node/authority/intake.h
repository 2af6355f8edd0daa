// Intake: from a frame to what admission can judge: decoded, hashed, its signature verified.
// Nothing here decides.
//
// Pure; any thread: the runtime calls it where frames arrive, so that signatures cost the admission
// thread nothing.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "proto/codec.h"

namespace syncline {

// One changeset as offered. What does not decode keeps its name, so that it can be refused by it.
struct Offered {
  ChangesetName name;
  Hash hash;  // of the payload as received
  Bytes payload;
  std::optional<Changeset> changeset;  // nullopt: not decoded, or `undecodable` says why not
  std::string undecodable;
  std::vector<LogPosition> formers;  // as Entry::formers
  // The payload came before, as UploadParts: empty until complete(), and not decoded until its turn
  // comes, for decoded it takes many times its bytes.
  bool in_parts = false;
};

struct OfferedUpload {
  SessionNonce session;
  std::shared_ptr<const Bytes> envelope;  // as received; its changesets share it
  NodeId origin;
  WriteClock now;
  std::vector<Offered> changesets;
  size_t bytes = 0;        // of the frame: what it uses of the credit
  size_t plain_bytes = 0;  // of the payloads: at most limits::kMessageBytesMax
};

using Arrived = std::variant<Hello, OfferedUpload, UploadPart, Progress, HaveList, Mark, Declare>;

// The identity key of a node that is enrolled and not removed.
using IdentityLookup = std::function<std::optional<PublicKey>(NodeId)>;

// courier: who the transport says sent it. Errors: kMalformed, kTooLarge (bytes that no node of
// ours sends), kForged (a signature, hash, site or speaker that does not match), kUnknownNode.
Result<Arrived> intake(BytesView frame, NodeId courier, BytesView site, BytesView server_key,
                       const IdentityLookup& identity_of);

// Fills in a payload that came in parts. kForged if its hash is not the envelope's.
Status complete(Offered* offered, Bytes payload);
// The payload as a changeset, or why it is none.
void decode_payload(Offered* offered);

}  // namespace syncline
