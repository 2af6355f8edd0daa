// What is hashed, under which use: each in one place, because both sides must agree.
#pragma once

#include "proto/codec.h"

namespace syncline {

inline Hash payload_hash(BytesView payload) { return hash("payload", payload); }
// A fleet's name: the hash of its authority's CURVE public key (32 bytes).
inline Bytes site_of(BytesView server_key) { return Bytes(hash("site", server_key).view()); }

}  // namespace syncline
