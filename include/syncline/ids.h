// The names of things that users meet: each identity has its own type, so that one cannot be passed
// for another. Plain data.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "syncline/result.h"

namespace syncline {

// A number that is not interchangeable with other numbers.
template <class Tag, class T = uint64_t>
struct Named {
  T value{};
  constexpr Named() = default;
  constexpr explicit Named(T v) : value(v) {}
  auto operator<=>(const Named&) const = default;
};

// A node, for ever: the first 8 bytes of BLAKE2b(identity key). Shown as 16 hexadecimal digits.
using NodeId = Named<struct NodeIdTag>;
// Drawn at random at the first write after a store was opened (DESIGN: epochs make clones
// harmless).
using Epoch = Named<struct EpochTag>;
// Numbers the log's entries, from 1; 0 is "before the first".
using LogSeq = Named<struct LogSeqTag>;
// Hybrid logical clock: milliseconds since 1970 in the upper 48 bits, a counter below.
using Stamp = Named<struct StampTag>;
// Which log: changes when an authority is restored from a backup.
using Incarnation = Named<struct IncarnationTag>;

// What one local transaction did is named by who, in which epoch, and which of theirs, from 1.
// Written "3f2a...-91bc...-17".
struct ChangesetName {
  NodeId origin;
  Epoch epoch;
  uint64_t number = 0;
  auto operator<=>(const ChangesetName&) const = default;
};

std::string to_string(NodeId id);
std::string to_string(const ChangesetName& name);
Result<NodeId> parse_node_id(std::string_view text);
Result<ChangesetName> parse_changeset_name(std::string_view text);

}  // namespace syncline
