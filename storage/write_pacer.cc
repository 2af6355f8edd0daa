#include "storage/write_pacer.h"

#include <algorithm>
#include <numeric>
#include <thread>

namespace syncline {
namespace {

int64_t of(const int64_t (&counts)[rocksdb::Env::IO_TOTAL], rocksdb::Env::IOPriority priority) {
  return priority == rocksdb::Env::IO_TOTAL
             ? std::accumulate(std::begin(counts), std::end(counts), int64_t{0})
             : counts[priority];
}

}  // namespace

void WritePacer::Request(int64_t bytes, rocksdb::Env::IOPriority priority, rocksdb::Statistics*) {
  Clock::time_point start;
  {
    const std::lock_guard lock(mutex_);
    bytes_[priority] += bytes;
    ++requests_[priority];
    if (priority != rocksdb::Env::IO_LOW) return;
    start = std::max(free_at_, Clock::now());
    free_at_ = start + std::chrono::microseconds(bytes * 1'000'000 / bytes_per_second_);
  }
  std::this_thread::sleep_until(start);
}

void WritePacer::SetBytesPerSecond(int64_t bytes_per_second) {
  const std::lock_guard lock(mutex_);
  bytes_per_second_ = bytes_per_second;
}

int64_t WritePacer::GetBytesPerSecond() const {
  const std::lock_guard lock(mutex_);
  return bytes_per_second_;
}

int64_t WritePacer::GetTotalBytesThrough(rocksdb::Env::IOPriority priority) const {
  const std::lock_guard lock(mutex_);
  return of(bytes_, priority);
}

int64_t WritePacer::GetTotalRequests(rocksdb::Env::IOPriority priority) const {
  const std::lock_guard lock(mutex_);
  return of(requests_, priority);
}

}  // namespace syncline
