#include "sim/script/measures.h"

#include <algorithm>
#include <bit>

namespace syncline::sim {
namespace {

// Up to this a bucket each; above, this many for each doubling.
constexpr int64_t kExact = 64;
constexpr int kExactBits = 6;

size_t bucket_of(int64_t ms) {
  const auto value = static_cast<uint64_t>(std::max<int64_t>(ms, 0));
  if (value < kExact) return value;
  const int shift = static_cast<int>(std::bit_width(value)) - kExactBits - 1;
  return static_cast<size_t>(shift) * kExact + (value >> shift);
}

// The largest that falls into it.
int64_t end_of(size_t bucket) {
  if (bucket < 2 * kExact) return static_cast<int64_t>(bucket);
  const size_t shift = bucket / kExact - 1;
  const uint64_t top = bucket - shift * kExact;
  return static_cast<int64_t>(((top + 1) << shift) - 1);
}

}  // namespace

void Durations::add(int64_t ms) {
  const size_t bucket = bucket_of(ms);
  if (buckets_.size() <= bucket) buckets_.resize(bucket + 1);
  ++buckets_[bucket];
  ++count_;
  max_ = std::max(max_, ms);
}

void Durations::add(const Durations& others) {
  if (buckets_.size() < others.buckets_.size()) buckets_.resize(others.buckets_.size());
  for (size_t i = 0; i < others.buckets_.size(); ++i) buckets_[i] += others.buckets_[i];
  count_ += others.count_;
  max_ = std::max(max_, others.max_);
}

int64_t Durations::quantile(double part) const {
  const auto wanted = static_cast<uint64_t>(part * static_cast<double>(count_));
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen > wanted || seen == count_) return std::min(end_of(bucket), max_);
  }
  return 0;
}

const std::vector<Measure>& measure_table() {
  static const std::vector<Measure> table = {
      {"writes", &Measures::writes},
      {"impossible_writes", &Measures::impossible_writes},
      {"entries", &Measures::entries},
      {"refused", &Measures::refused},
      {"superseded", &Measures::superseded},
      {"journal", &Measures::journal},
      {"pending_max", &Measures::pending_max},
      {"lag_p50_ms", &Measures::lag_p50_ms},
      {"lag_p99_ms", &Measures::lag_p99_ms},
      {"lag_max_ms", &Measures::lag_max_ms},
      {"crashes", &Measures::crashes},
      {"reconnects", &Measures::reconnects},
      {"messages", &Measures::messages},
      {"bytes", &Measures::bytes},
      {"bytes_per_node", &Measures::bytes_per_node},
      {"radio_on_percent", &Measures::radio_on_percent},
  };
  return table;
}

}  // namespace syncline::sim
