#include "proto/buckets.h"

#include "proto/check.h"
#include "proto/codec.h"

namespace syncline {

uint32_t bucket_of(uint64_t salt, TypeNumber type, const ObjectKey& key, uint32_t bits) {
  CHECK(bits <= 32);
  if (bits == 0) return 0;
  Bytes bytes;
  bytes.reserve(12 + key.bytes.size());
  put_u64_big_endian(&bytes, salt);
  put_u32_big_endian(&bytes, type.value);
  bytes += key.bytes;
  return get_u32_big_endian(hash("bucket", bytes).view()) >> (32 - bits);
}

}  // namespace syncline
