#include "node/authority/intake.h"

#include <fmt/format.h>

#include "node/authority/new_elements.h"
#include "proto/limits.h"
#include "proto/planted.h"
#include "proto/uses.h"

namespace syncline {
namespace {

std::unexpected<Error> not_from_a_node(std::string_view what) {
  return fail(ErrorCode::kMalformed, fmt::format("a {} is nothing that a node may send", what));
}

Result<Arrived> take_upload(Upload upload, size_t frame_bytes, NodeId courier, BytesView site,
                            const IdentityLookup& identity_of) {
  SYNCLINE_ASSIGN(Envelope envelope, decode_envelope(upload.envelope));
  if (envelope.site != site)
    return fail(ErrorCode::kForged,
                "an envelope for another site: the node follows another authority");
  // Until gateways relay for others, the courier is the author.
  if (envelope.origin != courier)
    return fail(ErrorCode::kForged, fmt::format("node {} offered changesets in the name of {}",
                                                to_string(courier), to_string(envelope.origin)));
  std::optional<PublicKey> key = identity_of(envelope.origin);
  if (!key)
    return fail(ErrorCode::kUnknownNode,
                fmt::format("node {} is not enrolled", to_string(envelope.origin)));
  if (!verify(*key, envelope_signing_bytes(envelope), envelope.signature) &&
      !SYNCLINE_PLANTED(skip_signature))
    return fail(ErrorCode::kForged,
                fmt::format("the signature of an upload of node {} does not match its bytes",
                            to_string(envelope.origin)));
  if (envelope.hashes.size() != upload.payloads.size() || envelope.hashes.empty() ||
      envelope.hashes.size() > limits::kChangesetsPerUploadMax)
    return fail(ErrorCode::kMalformed,
                "an upload whose envelope does not name each of its changesets");
  if (envelope.first_number == 0)
    return fail(ErrorCode::kMalformed, "changesets are numbered from 1");

  // Compressed, a frame says little of what it costs to hold.
  size_t plain_bytes = 0;
  for (const Bytes& payload : upload.payloads) plain_bytes += payload.size();
  if (plain_bytes > limits::kMessageBytesMax)
    return fail(ErrorCode::kTooLarge,
                fmt::format("an upload of {} bytes when uncompressed; at most {} are taken",
                            plain_bytes, limits::kMessageBytesMax));

  OfferedUpload offered;
  offered.plain_bytes = plain_bytes;
  offered.session = upload.session;
  offered.origin = envelope.origin;
  offered.now = upload.now;
  offered.bytes = frame_bytes;
  offered.changesets.reserve(upload.payloads.size());
  for (size_t i = 0; i < upload.payloads.size(); ++i) {
    Offered one;
    one.name = {envelope.origin, envelope.epoch, envelope.first_number + i};
    one.hash = envelope.hashes[i];
    one.payload = std::move(upload.payloads[i]);
    one.in_parts = one.payload.empty();
    if (!one.in_parts) {
      if (payload_hash(one.payload) != one.hash)
        return fail(ErrorCode::kForged,
                    fmt::format("changeset {} is not what its envelope says", to_string(one.name)));
      decode_payload(&one);
    }
    offered.changesets.push_back(std::move(one));
  }
  for (const Upload::Former& former : upload.formers) {
    if (former.index >= offered.changesets.size() ||
        offered.changesets[former.index].formers.size() >= limits::kFormersMax)
      return fail(ErrorCode::kMalformed,
                  "an upload that tells of decisions of changesets that it does not hold");
    offered.changesets[former.index].formers.push_back(former.decided);
  }
  offered.envelope = std::make_shared<const Bytes>(std::move(upload.envelope));
  return Arrived(std::move(offered));
}

Result<Arrived> take_hello(Hello hello, NodeId courier, BytesView server_key,
                           const IdentityLookup& identity_of) {
  if (hello.node != courier)
    return fail(ErrorCode::kForged,
                fmt::format("node {} greeted as {}", to_string(courier), to_string(hello.node)));
  std::optional<PublicKey> key = identity_of(hello.node);
  if (!key)
    return fail(ErrorCode::kUnknownNode,
                fmt::format("node {} is not enrolled", to_string(hello.node)));
  if (!verify(*key, hello_signing_bytes(hello, server_key), hello.signature))
    return fail(ErrorCode::kForged,
                fmt::format("the signature of node {}'s greeting does not match its bytes",
                            to_string(hello.node)));
  return Arrived(std::move(hello));
}

}  // namespace

Result<Arrived> intake(BytesView frame, NodeId courier, BytesView site, BytesView server_key,
                       const IdentityLookup& identity_of) {
  SYNCLINE_ASSIGN(Message message, decode_message(frame));
  return std::visit(
      [&](auto& m) -> Result<Arrived> {
        using M = std::decay_t<decltype(m)>;
        if constexpr (std::is_same_v<M, Hello>) {
          return take_hello(std::move(m), courier, server_key, identity_of);
        } else if constexpr (std::is_same_v<M, Upload>) {
          return take_upload(std::move(m), frame.size(), courier, site, identity_of);
        } else if constexpr (std::is_same_v<M, UploadPart>) {
          if (m.name.origin != courier)
            return fail(ErrorCode::kForged,
                        fmt::format("node {} sent a part in the name of {}", to_string(courier),
                                    to_string(m.name.origin)));
          return Arrived(std::move(m));
        } else if constexpr (std::is_same_v<M, Progress> || std::is_same_v<M, HaveList> ||
                             std::is_same_v<M, Mark> || std::is_same_v<M, Declare>) {
          return Arrived(std::move(m));
        } else {
          return not_from_a_node("message of the authority's");
        }
      },
      message);
}

Status complete(Offered* offered, Bytes payload) {
  if (payload_hash(payload) != offered->hash)
    return fail(ErrorCode::kForged,
                fmt::format("the parts of changeset {} are not what its envelope says",
                            to_string(offered->name)));
  offered->payload = std::move(payload);
  return {};
}

void decode_payload(Offered* offered) {
  Result<Changeset> changeset = decode_changeset(offered->payload);
  if (!changeset) {
    offered->undecodable = changeset.error().message;
  } else if (Status own = check_new_elements(*changeset, offered->name); !own) {
    offered->undecodable = own.error().message;
  } else {
    offered->changeset = std::move(*changeset);
  }
}

}  // namespace syncline
