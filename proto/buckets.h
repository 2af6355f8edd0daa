// Hash buckets of object keys: how a have-list is asked for and answered without naming objects
// (DESIGN 6: leaves). Node and authority must agree on every bit. Pure; any thread.
#pragma once

#include "proto/ids.h"

namespace syncline {

// What a have-list may be asked by: a million buckets name single objects of any store that fits a
// device.
inline constexpr uint32_t kBucketBitsMax = 20;

// The first `bits` bits, as a number, of hash("bucket", salt ++ type ++ key), salt and type
// big-endian. 0 bits: everything is in bucket 0. Requires: bits <= 32.
uint32_t bucket_of(uint64_t salt, TypeNumber type, const ObjectKey& key, uint32_t bits);

}  // namespace syncline
