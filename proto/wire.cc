#include "proto/wire.h"

#include <algorithm>

namespace syncline::wire {

void Writer::grow(size_t more) {
  const size_t written = end_ == nullptr ? 0 : size();
  const size_t wanted = std::max(written * 2, written + more + 64);
  // No zero fill: every byte below end_ is written before take() shows it.
  buffer_.resize_and_overwrite(wanted, [](char*, size_t n) { return n; });
  end_ = buffer_.data() + written;
  limit_ = buffer_.data() + buffer_.size();
}

// The length takes more than the one byte kept for it: what was written moves.
void Writer::close_long(size_t start, size_t length) {
  const size_t width = (static_cast<size_t>(std::bit_width(length)) + 6) / 7;
  need(width);
  char* body = buffer_.data() + start;
  std::memmove(body + width - 1, body, length);
  end_ = body - 1;
  raw_varint(length);
  end_ = body + width - 1 + length;
}

size_t Reader::count(BytesView message, uint32_t field) {
  size_t found = 0;
  Reader reader(message, ~uint64_t{0});
  while (reader.next() && reader.field() <= field) found += reader.field() == field ? 1 : 0;
  return found;
}

// At most ten bytes, and the tenth holds one bit.
bool Reader::take_long_varint(uint64_t* v) {
  uint64_t out = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at_ == end_) return false;
    const auto byte = static_cast<uint8_t>(*at_++);
    if (shift == 63 && byte > 1) return false;
    out |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *v = out;
      return true;
    }
  }
  return false;
}

}  // namespace syncline::wire
