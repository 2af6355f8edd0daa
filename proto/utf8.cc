#include "proto/utf8.h"

#include <cstdint>
#include <cstring>

namespace syncline {
namespace {

// The length of the well-formed sequence of two or more bytes at p, or 0.
size_t sequence_length(const uint8_t* p, size_t left) {
  const auto continues = [&](size_t i) { return i < left && (p[i] & 0xc0) == 0x80; };
  if (p[0] >= 0xc2 && p[0] <= 0xdf) return continues(1) ? 2 : 0;
  if (p[0] >= 0xe0 && p[0] <= 0xef) {
    if (!continues(1) || !continues(2)) return 0;
    if (p[0] == 0xe0 && p[1] < 0xa0) return 0;  // overlong
    if (p[0] == 0xed && p[1] > 0x9f) return 0;  // surrogate
    return 3;
  }
  if (p[0] >= 0xf0 && p[0] <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (p[0] == 0xf0 && p[1] < 0x90) return 0;  // overlong
    if (p[0] == 0xf4 && p[1] > 0x8f) return 0;  // above U+10FFFF
    return 4;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const uint8_t*>(text.data());
  size_t left = text.size();
  while (left > 0) {
    if (left >= 8) {  // eight ASCII characters at a time
      uint64_t word;
      std::memcpy(&word, p, 8);
      if ((word & 0x8080808080808080u) == 0) {
        p += 8, left -= 8;
        continue;
      }
    }
    const size_t length = *p < 0x80 ? 1 : sequence_length(p, left);
    if (length == 0) return false;
    p += length, left -= length;
  }
  return true;
}

}  // namespace syncline
