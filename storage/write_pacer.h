// WritePacer: keeps RocksDB's compactions below a rate, so that an eMMC has room for syncs while
// tables are rewritten. RocksDB 7.8 has a limiter of its own, in which the last waiter may be left
// asleep for ever and the store then never closes (facebook/rocksdb#11742; seen here). This one has
// nobody to wait for: every request is told the moment at which it may go on, and sleeps until
// then. Internal to storage/.
#pragma once

#include <rocksdb/rate_limiter.h>

#include <chrono>
#include <mutex>

namespace syncline {

// Any thread.
class WritePacer : public rocksdb::RateLimiter {
 public:
  explicit WritePacer(int64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  // Sleeps, at most as long as all requests before it take at the rate. Flushes, and whatever else
  // is more urgent than a compaction, go through uncounted: a writer waits for them.
  void Request(int64_t bytes, rocksdb::Env::IOPriority priority, rocksdb::Statistics*) override;

  // A tenth of a second's worth: how long a single sleep takes.
  int64_t GetSingleBurstBytes() const override { return GetBytesPerSecond() / 10; }
  void SetBytesPerSecond(int64_t bytes_per_second) override;
  int64_t GetBytesPerSecond() const override;
  int64_t GetTotalBytesThrough(rocksdb::Env::IOPriority priority) const override;
  int64_t GetTotalRequests(rocksdb::Env::IOPriority priority) const override;

 private:
  using Clock = std::chrono::steady_clock;

  mutable std::mutex mutex_;  // guards what follows
  int64_t bytes_per_second_;
  Clock::time_point free_at_;  // when what was requested so far has been written at the rate
  int64_t bytes_[rocksdb::Env::IO_TOTAL] = {};
  int64_t requests_[rocksdb::Env::IO_TOTAL] = {};
};

}  // namespace syncline
