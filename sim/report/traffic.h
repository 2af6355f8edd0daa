// Traffic: frames and bytes by kind of message, as they are on the wire.
#pragma once

#include <array>
#include <string_view>

#include "proto/messages.h"
#include "sim/world/network.h"

namespace syncline::sim {

// Those of Message, in its order, and one for frames that are none.
inline constexpr size_t kMessageKinds = std::variant_size_v<Message> + 1;
// As Message.body of proto/session.proto calls it; the last is "unknown".
std::string_view name_of_kind(size_t kind);
size_t kind_of(BytesView frame);

struct Traffic {
  std::array<LinkUse, kMessageKinds> kinds;

  void add(size_t kind, size_t bytes, bool up);
  void add(const Traffic& other);
  LinkUse sum() const;
};

void add(LinkUse* sum, const LinkUse& use);
inline uint64_t bytes_of(const LinkUse& use) { return use.bytes_up + use.bytes_down; }
inline uint64_t messages_of(const LinkUse& use) { return use.messages_up + use.messages_down; }

}  // namespace syncline::sim
