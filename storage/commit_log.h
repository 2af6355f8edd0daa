// CommitLog: the authority's ordered, durable, hash-chained sequence of records.
//
// Embedded on RocksDB (rocks_commit_log.h) and in memory (memory_commit_log.h); replaceable by a
// replicated engine with fenced appends. One conformance suite over all
// (tests/storage/commit_log_conformance.cc). What lies above it never renumbers: an append whose
// fate is not known is tried again with the same bytes at the same index, or read back.
//
// Threads: append, acquire, trim from one thread at a time (the driver's commit thread); read and
// head from any.
#pragma once

#include <optional>
#include <vector>

#include "proto/ids.h"

namespace syncline {

struct LogRecord {
  LogIndex index;
  FenceEpoch epoch;
  Hash hash;    // chain_hash(previous record's hash, index, epoch, bytes)
  Bytes bytes;  // at most limits::kLogRecordBytesMax; an entry or a part of one (storage/FORMAT.md)
  bool operator==(const LogRecord&) const = default;
};

struct LogHead {
  LogIndex index;  // 0: empty
  FenceEpoch epoch;
  Hash hash;  // zeros: empty
  bool operator==(const LogHead&) const = default;
};

// A run of records that become durable together or not at all. Whoever appends hashes each record,
// once; the log takes the hashes as they are, and read() holds them against the bytes.
class LogAppend {
 public:
  // first: must be the log's head + 1, and previous the head's hash, when it is appended.
  LogAppend(FenceEpoch epoch, LogIndex first, Hash previous)
      : epoch_(epoch), first_(first), previous_(previous) {}
  // Behind those that are there. CHECKs its size.
  const LogRecord& add(Bytes bytes);

  FenceEpoch epoch() const { return epoch_; }
  LogIndex first() const { return first_; }
  const Hash& previous() const { return previous_; }
  const std::vector<LogRecord>& records() const { return records_; }
  bool operator==(const LogAppend&) const = default;

 private:
  FenceEpoch epoch_;
  LogIndex first_;
  Hash previous_;
  std::vector<LogRecord> records_;
};

enum class AppendAnswer : uint8_t {
  committed,  // durable (and replicated, where it is)
  exists,     // these very bytes are there already: an earlier try had worked
  fenced,     // another holds the log, or other bytes stand there: step down
  unknown,    // may or may not have happened
};

class CommitLog {
 public:
  virtual ~CommitLog() = default;
  // Takes the log over: appends with a lower epoch are fenced from now on.
  virtual Result<FenceEpoch> acquire() = 0;
  // Requires: at least one record. A lower epoch than the last acquired, a
  // place beyond the head, another previous hash, or other bytes (or the same under another epoch)
  // at the place: fenced.
  virtual AppendAnswer append(const LogAppend& append) = 0;
  // Why the last append was answered `unknown`: kStoreFull (try again once there is space), kIo
  // (the log is unusable until it is opened again; head() answers kIo too), kUnreachable. No error:
  // it was not.
  virtual Status why_unknown() const = 0;
  // Records from `from` on, as many as fit in max_bytes, at least one if there is one; only what is
  // committed. kStoreDamaged if the chain breaks; kNotFound if `from` was trimmed away.
  virtual Result<std::vector<LogRecord>> read(LogIndex from, size_t max_bytes) const = 0;
  virtual Result<LogHead> head() const = 0;
  virtual Result<LogIndex> first() const = 0;  // of the records kept; head + 1 if none
  // Records up to and including `to` may be forgotten; the hash of `to` is kept, so the chain still
  // holds from first(). kUsage beyond the head.
  virtual Status trim(LogIndex to) = 0;
};

}  // namespace syncline
