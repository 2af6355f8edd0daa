// Reservoir: which of a stream of items make a uniform sample of at most so many (Vitter's
// algorithm R). The same seed chooses the same. One thread.
#pragma once

#include <cstdint>
#include <optional>

namespace syncline::sampling {

// SplitMix64, of Steele, Lea and Flood: the same everywhere, unlike the standard's distributions.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // Uniform below the bound. Requires: bound > 0.
  uint64_t below(uint64_t bound) {
    const uint64_t uneven = -bound % bound;  // as many values that would favour the first few
    for (;;) {
      const uint64_t drawn = next();
      if (drawn >= uneven) return drawn % bound;
    }
  }

 private:
  uint64_t state_;
};

class Reservoir {
 public:
  // Requires: size > 0.
  Reservoir(uint64_t size, uint64_t seed) : size_(size), random_(seed) {}
  // Where the next item goes, in place of what is there; nothing: it is left out.
  std::optional<uint64_t> place_of_next() {
    const uint64_t number = seen_++;
    if (number < size_) return number;
    const uint64_t place = random_.below(number + 1);
    return place < size_ ? std::optional(place) : std::nullopt;
  }
  uint64_t seen() const { return seen_; }

 private:
  const uint64_t size_;
  Random random_;
  uint64_t seen_ = 0;
};

}  // namespace syncline::sampling
