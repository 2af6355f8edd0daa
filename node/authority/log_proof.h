// LogProof: does the log prove who wrote what is in it? For `log verify`: the chain says that
// records stand as the authority appended them, the envelopes that their authors signed them.
//
// Every entry but the authority's own must be covered by an envelope, its own or the one that
// stands `envelope_back` entries earlier: signed with the identity key of the entry's origin, for
// this site, and naming the payload's hash at the entry's number. One thread; reads nothing but
// what it is given.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "proto/codec.h"

namespace syncline {

class LogProof {
 public:
  // identity_of: of every node that was ever enrolled, removed ones too.
  LogProof(NodeId authority, Bytes site,
           std::function<std::optional<PublicKey>(NodeId)> identity_of)
      : authority_(authority), site_(std::move(site)), identity_of_(std::move(identity_of)) {}

  // Requires: every entry kept, in the log's order. What does not hold, as a sentence; nothing if
  // all does.
  std::optional<std::string> add(const Entry& entry);

 private:
  std::string fault_in(const Entry& entry);
  std::string fault_in_envelope(const Entry& entry);

  const NodeId authority_;
  const Bytes site_;
  const std::function<std::optional<PublicKey>(NodeId)> identity_of_;
  // The last envelope that stood in an entry, where, and what is wrong with it.
  LogSeq seq_;
  Envelope envelope_;
  std::string fault_;
};

}  // namespace syncline
