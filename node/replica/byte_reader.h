// Takes the node's own small records apart: fixed-width big-endian numbers and length-prefixed
// bytes. What does not fit makes it not ok() and answers zeros. On the stack of one call.
#pragma once

#include <cstring>

#include "proto/bytes.h"
#include "proto/ids.h"

namespace syncline {

class ByteReader {
 public:
  explicit ByteReader(BytesView bytes) : rest_(bytes) {}
  uint8_t u8() { return take(1) ? static_cast<uint8_t>(taken_[0]) : 0; }
  uint32_t u32() { return take(4) ? get_u32_big_endian(taken_) : 0; }
  uint64_t u64() { return take(8) ? get_u64_big_endian(taken_) : 0; }
  Hash hash() {
    Hash out;
    if (take(out.bytes.size())) std::memcpy(out.bytes.data(), taken_.data(), out.bytes.size());
    return out;
  }
  // u32 length, then so many bytes.
  BytesView sized() { return take(u32()) ? taken_ : BytesView(); }
  BytesView rest() {
    const BytesView out = rest_;
    rest_ = {};
    return out;
  }
  ChangesetName name() {
    ChangesetName out;
    out.origin = NodeId(u64());
    out.epoch = Epoch(u64());
    out.number = u64();
    return out;
  }
  Cursor cursor() {
    Cursor out;
    out.incarnation = Incarnation(u64());
    out.seq = LogSeq(u64());
    out.hash = hash();
    return out;
  }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  bool take(size_t n) {
    ok_ = ok_ && rest_.size() >= n;
    taken_ = ok_ ? rest_.substr(0, n) : BytesView();
    if (ok_) rest_.remove_prefix(n);
    return ok_;
  }
  BytesView rest_;
  BytesView taken_;
  bool ok_ = true;
};

inline void put_hash(Bytes* out, const Hash& hash) { out->append(hash.view()); }
inline void put_sized(Bytes* out, BytesView bytes) {
  put_u32_big_endian(out, static_cast<uint32_t>(bytes.size()));
  out->append(bytes);
}
inline void put_name(Bytes* out, const ChangesetName& name) {
  put_u64_big_endian(out, name.origin.value);
  put_u64_big_endian(out, name.epoch.value);
  put_u64_big_endian(out, name.number);
}
inline void put_cursor(Bytes* out, const Cursor& cursor) {
  put_u64_big_endian(out, cursor.incarnation.value);
  put_u64_big_endian(out, cursor.seq.value);
  put_hash(out, cursor.hash);
}

}  // namespace syncline
