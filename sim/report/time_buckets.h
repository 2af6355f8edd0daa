// TimeBuckets: what happened, by equal pieces of time. However long a run lasts there are no more
// than so many: when they are full, neighbours become one, and each is twice as wide from then on.
//
//   TimeBuckets<Bucket> buckets(1'000'000, 480);
//   buckets.current().writes += 1;
//   if (now_us >= buckets.end_us()) buckets.close();
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace syncline::sim {

// T has merge(T later): the two become one.
template <class T>
class TimeBuckets {
 public:
  // Requires: most is even and not 0.
  TimeBuckets(int64_t width_us, size_t most) : width_us_(width_us), most_(most) {
    buckets_.emplace_back();
  }

  T& current() { return buckets_.back(); }
  int64_t width_us() const { return width_us_; }
  int64_t begin_us() const { return width_us_ * static_cast<int64_t>(buckets_.size() - 1); }
  int64_t end_us() const { return begin_us() + width_us_; }
  // The current one is over; the next begins where it ends.
  void close() {
    if (buckets_.size() == most_) halve();
    buckets_.emplace_back();
  }
  const std::vector<T>& all() const { return buckets_; }

 private:
  void halve() {
    for (size_t i = 0; i < most_ / 2; ++i) {
      T pair = std::move(buckets_[2 * i]);
      pair.merge(std::move(buckets_[2 * i + 1]));
      buckets_[i] = std::move(pair);
    }
    buckets_.resize(most_ / 2);
    width_us_ *= 2;
  }

  int64_t width_us_;
  size_t most_;
  std::vector<T> buckets_;
};

}  // namespace syncline::sim
