#include "node/merge/position.h"

#include <algorithm>

namespace syncline {
namespace {

// Where a run of appends (or prepends) may grow without end, keys begin with k bytes of 0xFF
// (0x00), and then count in a field of 2^k bytes: 127 keys of one byte, 65,000 of three, 4 billion
// of six.
constexpr size_t kWideMax = 3;

size_t leading(BytesView bytes, char byte) {
  size_t n = 0;
  while (n < bytes.size() && bytes[n] == byte) ++n;
  return n;
}

size_t field_width(size_t k) { return size_t{1} << std::min(k, kWideMax); }

// The counting field of `key` behind its k leading bytes, padded with zeros.
Bytes counting_field(BytesView key, size_t k) {
  Bytes field(key.substr(k, field_width(k)));
  field.resize(field_width(k), '\0');
  return field;
}

// One up (down) as a big-endian number. False: it ran over.
bool step_up(Bytes* field) {
  for (size_t i = field->size(); i-- > 0;) {
    if (++(*field)[i] != '\0') return true;
  }
  return false;
}
bool step_down(Bytes* field) {
  for (size_t i = field->size(); i-- > 0;) {
    if ((*field)[i]-- != '\0') return true;
  }
  return false;
}

// A short key above `left`, with room above it.
Bytes above(BytesView left) {
  if (left.empty()) return "\x80";
  const size_t k = leading(left, '\xFF');
  Bytes field = counting_field(left, k);
  bool in_range = step_up(&field);
  if (in_range && field.back() == '\0') field.back() = '\x01';
  if (in_range && field.front() != '\xFF') return Bytes(k, '\xFF') + field;
  Bytes wider(k + 1, '\xFF');
  wider.append(field_width(k + 1) - 1, '\0');
  wider.push_back('\x01');
  return wider;
}

// A short key below `right`, with room below it. Requires: `right` is not empty.
Bytes below(BytesView right) {
  const size_t k = leading(right, '\0');
  Bytes field = counting_field(right, k);
  bool in_range = step_down(&field);
  if (in_range && field.back() == '\0') in_range = step_down(&field);
  if (in_range && field.front() != '\0') return Bytes(k, '\0') + field;
  return Bytes(k + 1, '\0') + Bytes(field_width(k + 1), '\xFF');
}

}  // namespace

Position position_between(const Position& left, const Position& right) {
  const Bytes& l = left.bytes;
  const Bytes& r = right.bytes;
  // A right end at or below the left one is no gap: only a damaged list has it. Stay above the
  // left.
  if (r.empty() || r <= l) return {above(l)};
  const size_t shared = std::mismatch(l.begin(), l.end(), r.begin(), r.end()).first - l.begin();
  const Bytes prefix = r.substr(0, shared);
  if (shared == l.size()) return {prefix + below(BytesView(r).substr(shared))};
  const auto low = static_cast<uint8_t>(l[shared]);
  const auto high = static_cast<uint8_t>(r[shared]);
  if (high - low > 1) return {prefix + static_cast<char>(low + (high - low) / 2)};
  if (r.size() > shared + 1) return {prefix + r[shared]};
  return {prefix + l[shared] + above(BytesView(l).substr(shared + 1))};
}

namespace merging {

std::vector<Position> even_positions(size_t count) {
  // At least four keys' room in each gap.
  size_t width = 1;
  while (width < 7 && (uint64_t{1} << (8 * width)) < 4 * (uint64_t{count} + 1)) ++width;
  const uint64_t gap = (uint64_t{1} << (8 * width)) / (uint64_t{count} + 1);
  std::vector<Position> positions(count);
  for (size_t i = 0; i < count; ++i) {
    const uint64_t fraction = gap * (i + 1);
    Bytes& bytes = positions[i].bytes;
    for (size_t byte = width; byte-- > 0;)
      bytes.push_back(static_cast<char>(fraction >> (8 * byte)));
    while (bytes.back() == '\0') bytes.pop_back();
  }
  return positions;
}

}  // namespace merging
}  // namespace syncline
