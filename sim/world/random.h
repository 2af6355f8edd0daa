// Random numbers of one seed: the same everywhere, for ever (no std distributions, whose results
// differ by library). Two draws never stand among the arguments of one call: which comes first
// differs by compiler.
#pragma once

#include <array>
#include <cstdint>

namespace syncline::sim {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  // splitmix64.
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // In [0, bound). Requires: bound > 0.
  uint64_t below(uint64_t bound) { return next() % bound; }
  // In [low, high].
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(below(static_cast<uint64_t>(high - low) + 1));
  }
  // True `percent` times out of a hundred.
  bool chance(uint32_t percent) { return below(100) < percent; }
  std::array<uint8_t, 32> bytes() {
    std::array<uint8_t, 32> out;
    for (size_t i = 0; i < out.size(); i += 8) {
      const uint64_t word = next();
      for (size_t j = 0; j < 8; ++j) out[i + j] = static_cast<uint8_t>(word >> (8 * j));
    }
    return out;
  }
  // An independent stream.
  Random fork() { return Random(next()); }

 private:
  uint64_t state_;
};

}  // namespace syncline::sim
