// RocksCommitLog: a CommitLog in a Store, usually a RocksDB directory of its own.
//
//   auto log = RocksCommitLog::open("/var/lib/syncline/log", {.profile = RocksProfile::log,
//   .create_if_missing = true});
//
// Layout in storage/FORMAT.md. An append is one logged batch and one sync. One of them on a store
// at a time. Threads: as CommitLog.
#pragma once

#include <memory>
#include <string>

#include "storage/commit_log.h"
#include "storage/rocks_store.h"

namespace syncline {

class RocksCommitLog : public CommitLog {
 public:
  // As RocksStore::open; kStoreDamaged too if the first or last record does not fit its neighbour.
  static Result<std::unique_ptr<RocksCommitLog>> open(const std::string& directory,
                                                      const RocksOptions& options);
  // On a store that outlives it, such as a MemoryStore that crashes.
  static Result<std::unique_ptr<RocksCommitLog>> open_on(Store* store);
  ~RocksCommitLog() override;

  Result<FenceEpoch> acquire() override;
  AppendAnswer append(const LogAppend& append) override;
  Status why_unknown() const override;
  Result<std::vector<LogRecord>> read(LogIndex from, size_t max_bytes) const override;
  Result<LogHead> head() const override;
  Result<LogIndex> first() const override;
  Status trim(LogIndex to) override;

  // A consistent copy, as Store::backup.
  Status backup(const std::string& directory) const;

 private:
  struct Impl;
  explicit RocksCommitLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace syncline
