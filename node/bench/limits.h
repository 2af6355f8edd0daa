// What the machine allows at best, measured where it is asked for: the same libraries, nothing of
// ours around them. Private to this folder.
#pragma once

#include <cstddef>
#include <cstdint>

#include "syncline/result.h"

namespace syncline::bench {

// RocksDB: records of `record_bytes` under the keys that the suites write, `batch` to a write, each
// write synced or none; records a second.
Result<double> rocksdb_puts(uint64_t records, size_t record_bytes, size_t batch, bool sync);
// One synced write after another; the median in seconds.
Result<double> rocksdb_sync_seconds(int writes);
// RocksDB: scan of so many records, and ingestion of them into a fresh store; seconds in all.
Result<double> rocksdb_copy_seconds(uint64_t records, size_t record_bytes);
// ZeroMQ, ROUTER to so many DEALERs over loopback TCP with CURVE: messages of `bytes` to each;
// messages a second, all receivers together.
Result<double> zmq_fan_out(int receivers, size_t bytes, uint64_t messages_each);
// ZeroMQ DEALER to ROUTER and back with CURVE: the median in seconds.
Result<double> zmq_round_trip_seconds(int trips);

}  // namespace syncline::bench
