// The protobuf wire format, field by field: for the structs of every write, where the generated
// classes would cost an allocation for each node of an object's tree. tests/proto/wire_form_test.cc
// holds this and the .proto files together. Used by codec_*.cc only. Not thread-safe; on the stack
// of one call.
#pragma once

#include <bit>
#include <cstring>

#include "proto/bytes.h"

namespace syncline::wire {

enum class WireType : uint32_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

// What a field's tag says: its number and wire type. Case labels of the decoders.
constexpr uint32_t key(uint32_t field, WireType type) {
  return field << 3 | static_cast<uint32_t>(type);
}
constexpr uint32_t varint_key(uint32_t field) { return key(field, WireType::varint); }
constexpr uint32_t fixed64_key(uint32_t field) { return key(field, WireType::fixed64); }
constexpr uint32_t bytes_key(uint32_t field) { return key(field, WireType::bytes); }

constexpr uint64_t zigzag(int64_t v) {
  return static_cast<uint64_t>(v) << 1 ^ static_cast<uint64_t>(v >> 63);
}
constexpr int64_t unzigzag(uint64_t v) { return static_cast<int64_t>(v >> 1 ^ (~(v & 1) + 1)); }

// Appends fields to a buffer. Callers write them in ascending order.
class Writer {
 public:
  explicit Writer(size_t expected_bytes = 256) { grow(expected_bytes); }

  // As proto3 does it: the zero value is not written.
  void number(uint32_t field, uint64_t v) {
    if (v != 0) number_always(field, v);
  }
  void number_always(uint32_t field, uint64_t v) {
    need(15);
    raw_varint(varint_key(field));
    raw_varint(v);
  }
  void signed_number(uint32_t field, int64_t v) { number(field, zigzag(v)); }
  void flag(uint32_t field, bool v) { number(field, v ? 1 : 0); }
  void fixed64(uint32_t field, uint64_t v) {
    if (v != 0) fixed64_always(field, v);
  }
  void fixed64_always(uint32_t field, uint64_t v) {
    need(13);
    raw_varint(fixed64_key(field));
    for (int i = 0; i < 8; ++i) *end_++ = static_cast<char>(v >> (8 * i));
  }
  void bytes(uint32_t field, BytesView v) {
    if (!v.empty()) bytes_always(field, v);
  }
  void bytes_always(uint32_t field, BytesView v) {
    need(15 + v.size());
    raw_varint(bytes_key(field));
    raw_varint(v.size());
    raw(v);
  }
  void hash(uint32_t field, const Hash& v) {
    if (v != Hash()) bytes_always(field, v.view());
  }
  // The key and length of a nested message whose bytes follow from elsewhere.
  void open_sized(uint32_t field, size_t length) {
    need(15);
    raw_varint(bytes_key(field));
    raw_varint(length);
  }
  // A packed repeated field is open(), elements, close().
  void element(uint64_t v) {
    need(10);
    raw_varint(v);
  }
  // Already encoded fields.
  void append(BytesView encoded) {
    need(encoded.size());
    raw(encoded);
  }

  // A nested message: everything written until close() with what open() returned.
  [[nodiscard]] size_t open(uint32_t field) {
    need(6);
    raw_varint(bytes_key(field));
    *end_++ = 0;  // its length, one byte if that suffices
    return size();
  }
  void close(size_t start) {
    const size_t length = size() - start;
    if (length < 0x80) {
      buffer_[start - 1] = static_cast<char>(length);
    } else {
      close_long(start, length);
    }
  }

  size_t size() const { return static_cast<size_t>(end_ - buffer_.data()); }
  Bytes take() {
    buffer_.resize(size());
    return std::move(buffer_);
  }

 private:
  void need(size_t more) {
    if (static_cast<size_t>(limit_ - end_) < more) [[unlikely]]
      grow(more);
  }
  void grow(size_t more);
  void close_long(size_t start, size_t length);
  void raw_varint(uint64_t v) {
    while (v >= 0x80) {
      *end_++ = static_cast<char>(v | 0x80);
      v >>= 7;
    }
    *end_++ = static_cast<char>(v);
  }
  void raw(BytesView v) {
    if (!v.empty()) std::memcpy(end_, v.data(), v.size());
    end_ += v.size();
  }

  Bytes buffer_;
  char* end_ = nullptr;    // of what was written
  char* limit_ = nullptr;  // of the buffer
};

// Reads the fields of one message, given all its bytes. Fields must come in ascending order; those
// not named in `repeated` at most once.
//
//   Reader r(bytes, Reader::repeated(2));
//   while (r.next()) switch (r.key()) { case varint_key(1): kind = r.number(); break; ... }
//   if (!r.complete()) ...malformed...
class Reader {
 public:
  template <class... Fields>
  static constexpr uint64_t repeated(Fields... fields) {
    return ((uint64_t{1} << fields) | ... | 0);
  }

  explicit Reader(BytesView bytes, uint64_t repeated_fields = 0)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()), repeated_(repeated_fields) {}

  // False at the end of the message, and at bytes that are no field in its place.
  bool next() {
    if (at_ == end_) return false;
    uint64_t tag;
    if (!take_varint(&tag) || tag >> 32 != 0) return fail();
    const uint32_t field = static_cast<uint32_t>(tag) >> 3;
    if (field <= field_ && !(field == field_ && field < 64 && (repeated_ >> field & 1) != 0)) {
      return fail();
    }
    field_ = field;
    key_ = static_cast<uint32_t>(tag);
    switch (static_cast<WireType>(tag & 7)) {
      case WireType::varint:
        return take_varint(&number_) || fail();
      case WireType::fixed64:
        return take_fixed(8) || fail();
      case WireType::bytes:
        return take_bytes() || fail();
      case WireType::fixed32:
        return take_fixed(4) || fail();
    }
    return fail();
  }
  // Whether next() ended because everything was read.
  bool complete() const { return !failed_; }

  uint32_t key() const { return key_; }
  uint32_t field() const { return field_; }
  uint64_t number() const { return number_; }  // of a varint, fixed64 or fixed32
  int64_t signed_number() const { return unzigzag(number_); }
  BytesView bytes() const { return bytes_; }  // of a length-delimited field

  // How many times `field` comes in the message, as far as it can be read: what to reserve.
  static size_t count(BytesView message, uint32_t field);

  // For packed fields: takes varints off the front of `packed`. False if there is none whole.
  static bool take_packed(BytesView* packed, uint64_t* v) {
    Reader reader(*packed);
    if (!reader.take_varint(v)) return false;
    packed->remove_prefix(static_cast<size_t>(reader.at_ - packed->data()));
    return true;
  }

 private:
  bool fail() {
    failed_ = true;
    at_ = end_;
    return false;
  }
  bool take_varint(uint64_t* v) {
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) [[likely]] {
      *v = static_cast<uint8_t>(*at_++);
      return true;
    }
    return take_long_varint(v);
  }
  bool take_long_varint(uint64_t* v);
  bool take_fixed(int width) {
    if (end_ - at_ < width) return false;
    number_ = 0;
    for (int i = 0; i < width; ++i) {
      number_ |= static_cast<uint64_t>(static_cast<uint8_t>(at_[i])) << (8 * i);
    }
    at_ += width;
    return true;
  }
  bool take_bytes() {
    uint64_t length;
    if (!take_varint(&length) || length > static_cast<uint64_t>(end_ - at_)) return false;
    bytes_ = BytesView(at_, static_cast<size_t>(length));
    at_ += length;
    return true;
  }

  const char* at_;
  const char* end_;
  uint64_t repeated_;
  uint32_t field_ = 0;
  uint32_t key_ = 0;
  uint64_t number_ = 0;
  BytesView bytes_;
  bool failed_ = false;
};

}  // namespace syncline::wire
