// Bytes on their way to or from a store or a peer.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace syncline {

using Bytes = std::string;  // owned
using BytesView = std::string_view;

// BLAKE2b-256.
struct Hash {
  std::array<uint8_t, 32> bytes{};
  auto operator<=>(const Hash&) const = default;
  BytesView view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

std::string to_hex(BytesView bytes);
bool from_hex(std::string_view hex, Bytes* out);  // false: not hexadecimal

inline void put_u64_big_endian(Bytes* out, uint64_t v) {
  for (int shift = 56; shift >= 0; shift -= 8) out->push_back(static_cast<char>(v >> shift));
}
inline void put_u32_big_endian(Bytes* out, uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(v >> shift));
}
// Requires: at least 8 (4) bytes.
inline uint64_t get_u64_big_endian(BytesView in) {
  uint64_t v = 0;
  for (int i = 0; i < 8; ++i) v = v << 8 | static_cast<uint8_t>(in[i]);
  return v;
}
inline uint32_t get_u32_big_endian(BytesView in) {
  uint32_t v = 0;
  for (int i = 0; i < 4; ++i) v = v << 8 | static_cast<uint8_t>(in[i]);
  return v;
}

}  // namespace syncline
