#include "node/authority/log_proof.h"

#include <fmt/format.h>

#include "proto/uses.h"

namespace syncline {

// What can be said of the envelope alone: once, for all entries that it covers.
std::string LogProof::fault_in_envelope(const Entry& entry) {
  Result<Envelope> envelope = decode_envelope(entry.envelope);
  envelope_ = {};
  if (!envelope) return "its envelope does not decode: " + envelope.error().message;
  envelope_ = std::move(*envelope);
  if (envelope_.site != site_) return "its envelope is for another site";
  const std::optional<PublicKey> key = identity_of_(envelope_.origin);
  if (!key)
    return fmt::format("node {}, who is said to have signed it, was never enrolled",
                       to_string(envelope_.origin));
  if (!verify(*key, envelope_signing_bytes(envelope_), envelope_.signature))
    return fmt::format("the signature of node {} does not match its envelope",
                       to_string(envelope_.origin));
  return {};
}

std::string LogProof::fault_in(const Entry& entry) {
  if (payload_hash(entry.payload) != entry.payload_hash)
    return "its payload is not what its hash says";
  if (entry.name.origin == authority_) return {};
  if (!entry.envelope.empty()) {
    seq_ = entry.seq;
    fault_ = fault_in_envelope(entry);
  } else if (entry.envelope_back == 0 || seq_.value == 0 ||
             seq_.value + entry.envelope_back != entry.seq.value) {
    return fmt::format("no envelope covers it: none stands {} entries earlier",
                       entry.envelope_back);
  }
  if (!fault_.empty()) return fault_;
  if (envelope_.origin != entry.name.origin || envelope_.epoch != entry.name.epoch)
    return "its envelope is of another origin or epoch";
  const uint64_t first = envelope_.first_number;
  if (entry.name.number < first || entry.name.number - first >= envelope_.hashes.size() ||
      envelope_.hashes[entry.name.number - first] != entry.payload_hash)
    return "its envelope does not name its payload at its number";
  return {};
}

std::optional<std::string> LogProof::add(const Entry& entry) {
  const std::string fault = fault_in(entry);
  if (fault.empty()) return std::nullopt;
  return fmt::format("entry {} (changeset {}): {}", entry.seq.value, to_string(entry.name), fault);
}

}  // namespace syncline
