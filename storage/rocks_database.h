// RocksDatabase: an open RocksDB with its health: what its store, snapshots and ingestions share.
// Internal to storage/.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/perf_level.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>

#include "storage/store.h"

namespace syncline {

// Keys of a batch begin with a keyspace, and none is 0xff: so this is above every key.
inline constexpr BytesView kAboveEveryKey = "\xff";

inline rocksdb::Slice slice_of(BytesView bytes) { return {bytes.data(), bytes.size()}; }
inline BytesView view_of(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

class RocksDatabase {
 public:
  RocksDatabase(std::string directory, rocksdb::Options options, std::unique_ptr<rocksdb::DB> db)
      : directory_(std::move(directory)), options_(std::move(options)), db_(std::move(db)) {}

  rocksdb::DB& db() const { return *db_; }
  const rocksdb::Options& options() const { return options_; }
  const std::string& directory() const { return directory_; }

  // kIo for ever once a sync or write has failed. Any thread.
  Status usable() const;
  // Before a sync: kStoreFull from a write that met a full disk until a later one has got over it.
  // RocksDB 7.8 may end the process when it syncs a log that it could not write. Any thread.
  Status not_full() const;
  // Before a write: usable, and if the disk was full, taken up again. The writing thread.
  Status ready();
  // What a write or flush answers, made once more if it only met what a flush or compaction found
  // in the background: a full disk that may have been freed meanwhile. The writing thread.
  rocksdb::Status past_full_disk(const std::function<rocksdb::Status()>& write);
  // How often the database was taken up again: then the memtable was flushed, and is empty.
  uint64_t resumes() const { return resumes_; }
  // Before a logged batch of so many bytes: kStoreFull if the disk has no room for it. RocksDB 7.8
  // cannot go on with a write-ahead log that once met a full disk (its next write ends the
  // process), unless there is a memtable to flush first; so we see to it that it rarely meets one.
  // The writing thread.
  Status make_room(size_t bytes);
  // What a failed read, or a failed write, sync or flush, means for the caller, and for the calls
  // to come. Any thread.
  Error read_failed(const rocksdb::Status& status) const;
  Error write_failed(const rocksdb::Status& status);
  Error logged_write_failed(const rocksdb::Status& status);
  Error sync_failed(const rocksdb::Status& status);

  // Held shared while a snapshot is taken and alone while files are ingested: RocksDB numbers an
  // ingestion before it shows it, and a snapshot taken between the two would change once.
  std::shared_mutex& ingesting() const { return ingesting_; }

 private:
  bool memtable_is_empty() const;
  Error poison(const rocksdb::Status& status);

  const std::string directory_;
  const rocksdb::Options options_;
  const std::unique_ptr<rocksdb::DB> db_;
  std::atomic<bool> full_ = false;
  std::atomic<bool> broken_ = false;
  uint64_t resumes_ = 0;
  bool log_torn_ = false;        // a full disk was met while the write-ahead log was written
  uint64_t unchecked_room_ = 0;  // so many bytes may be written before the disk is asked again
  mutable std::mutex mutex_;
  std::string broken_by_;  // guarded by mutex_
  mutable std::shared_mutex ingesting_;
};

// The store's error for a RocksDB status that is not ok, of the database in `directory`.
Error error_of(const rocksdb::Status& status, const std::string& directory);

// RocksDB counts every comparison of keys for the thread that makes it, which nobody reads here and
// which costs a tenth of a write. Call before reading or writing, on the thread that does.
inline void without_counting() { rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable); }

// Reading the present (null snapshot) or a snapshot.
Result<std::optional<Bytes>> rocks_get(const RocksDatabase& database,
                                       const rocksdb::Snapshot* snapshot, BytesView key);
std::unique_ptr<Iterator> rocks_scan(const RocksDatabase& database,
                                     const rocksdb::Snapshot* snapshot, BytesView from,
                                     BytesView to, bool back);
// `database` outlives it.
std::unique_ptr<Reader> rocks_snapshot(const RocksDatabase& database);

}  // namespace syncline
