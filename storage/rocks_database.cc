#include "storage/rocks_database.h"

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "proto/planted.h"

namespace syncline {

namespace {

// A full disk found earlier, by a flush or a compaction, comes back with a severity and before the
// log is touched.
bool is_from_background(const rocksdb::Status& status) {
  return status.IsNoSpace() && status.severity() != rocksdb::Status::kNoError;
}

}  // namespace

Error error_of(const rocksdb::Status& status, const std::string& directory) {
  const std::string text = status.ToString();
  if (status.IsNoSpace())
    return Error(
        ErrorCode::kStoreFull,
        fmt::format("no space is left for the store {} ({}); free some: the store goes on by "
                    "itself",
                    directory, text));
  if (status.IsIOError() && (text.find("/LOCK:") != std::string::npos ||
                             text.find("lock hold by current process") != std::string::npos))
    return Error(ErrorCode::kStoreInUse,
                 fmt::format("the store {} is in use by another process; stop it, or name another "
                             "directory ({})",
                             directory, text));
  // A file that could not be read when it was to be checked: RocksDB calls that corruption, too.
  const bool unread =
      text.find("IO error") != std::string::npos && text.find("No such file") == std::string::npos;
  if ((status.IsCorruption() && !unread) || status.IsPathNotFound())
    return Error(
        ErrorCode::kStoreDamaged,
        fmt::format("the store {} is damaged ({}); keep a copy of the directory and restore "
                    "the store from a backup",
                    directory, text));
  return Error(ErrorCode::kIo,
               fmt::format("the store {}: {}; look at the disk and the system's log, then restart",
                           directory, text));
}

Status RocksDatabase::usable() const {
  if (!broken_.load(std::memory_order_acquire)) return {};
  const std::lock_guard lock(mutex_);
  return fail(
      ErrorCode::kIo,
      fmt::format("the store {} stopped after a failed write ({}); restart, once the disk is "
                  "well: what it kept is found out on opening",
                  directory_, broken_by_));
}

Status RocksDatabase::not_full() const {
  if (!full_.load(std::memory_order_acquire)) return {};
  return std::unexpected(
      error_of(rocksdb::Status::NoSpace("an earlier write found none"), directory_));
}

bool RocksDatabase::memtable_is_empty() const {
  uint64_t entries = 1;
  db_->GetIntProperty(rocksdb::DB::Properties::kNumEntriesActiveMemTable, &entries);
  return entries == 0;
}

Status RocksDatabase::ready() {
  SYNCLINE_TRY(usable());
  if (!full_.load(std::memory_order_acquire)) return {};
  // Only with a memtable to flush does RocksDB begin a new log.
  if (log_torn_ && memtable_is_empty())
    return std::unexpected(poison(rocksdb::Status::NoSpace("with nothing to flush")));
  ++resumes_;
  const rocksdb::Status status = db_->Resume();
  if (memtable_is_empty()) log_torn_ = false;  // even if the flush then failed
  if (!status.ok()) return std::unexpected(write_failed(status));
  full_.store(false, std::memory_order_release);
  return {};
}

rocksdb::Status RocksDatabase::past_full_disk(const std::function<rocksdb::Status()>& write) {
  const rocksdb::Status status = write();
  if (!is_from_background(status)) return status;
  full_.store(true, std::memory_order_release);
  return ready() ? write() : status;
}

Status RocksDatabase::make_room(size_t bytes) {
  // Others write to the disk too, and so do flushes, which can be got over.
  constexpr uint64_t kMargin = 1u << 20;
  constexpr uint64_t kPlenty = 256u << 20;
  constexpr uint64_t kUncheckedBytes = 4u << 20;
  if (bytes < unchecked_room_) {
    unchecked_room_ -= bytes;
    return {};
  }
  unchecked_room_ = 0;
  uint64_t free = 0;
  const rocksdb::IOStatus asked =
      options_.env->GetFileSystem()->GetFreeSpace(directory_, rocksdb::IOOptions(), &free, nullptr);
  if (!asked.ok()) return {};  // a file system that cannot say
  if (free < bytes + kMargin)
    return std::unexpected(
        error_of(rocksdb::Status::NoSpace(fmt::format("{} bytes are left", free)), directory_));
  if (free > kPlenty) unchecked_room_ = kUncheckedBytes;
  return {};
}

Error RocksDatabase::read_failed(const rocksdb::Status& status) const {
  return error_of(status, directory_);
}

Error RocksDatabase::write_failed(const rocksdb::Status& status) {
  Error error = error_of(status, directory_);
  if (error.code == ErrorCode::kStoreFull) {
    full_.store(true, std::memory_order_release);
    return error;
  }
  return error.code == ErrorCode::kStoreDamaged ? error : poison(status);
}

Error RocksDatabase::logged_write_failed(const rocksdb::Status& status) {
  if (status.IsNoSpace() && !is_from_background(status)) log_torn_ = true;
  return write_failed(status);
}

Error RocksDatabase::sync_failed(const rocksdb::Status& status) { return poison(status); }

Error RocksDatabase::poison(const rocksdb::Status& status) {
  {
    const std::lock_guard lock(mutex_);
    if (broken_by_.empty()) broken_by_ = status.ToString();
  }
  broken_.store(true, std::memory_order_release);
  return usable().error();
}

namespace {

class FailedIterator : public Iterator {
 public:
  explicit FailedIterator(Status status) : status_(std::move(status)) {}
  bool valid() const override { return false; }
  void next() override {}
  BytesView key() const override { return {}; }
  BytesView value() const override { return {}; }
  Status status() const override { return status_; }

 private:
  Status status_;
};

class RocksIterator : public Iterator {
 public:
  RocksIterator(const RocksDatabase& database, const rocksdb::Snapshot* snapshot, BytesView from,
                BytesView to, bool back)
      : database_(database), from_(from), to_(to.empty() ? kAboveEveryKey : to), back_(back) {
    if (SYNCLINE_PLANTED(read_past_bound) && !to.empty()) to_.push_back('\xff');
    lower_ = from_;
    upper_ = to_;
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    options.iterate_lower_bound = &lower_;
    options.iterate_upper_bound = &upper_;
    iterator_.reset(database.db().NewIterator(options));
    if (back) {
      iterator_->SeekToLast();
    } else {
      iterator_->Seek(lower_);
    }
  }
  bool valid() const override { return iterator_->Valid(); }
  void next() override { back_ ? iterator_->Prev() : iterator_->Next(); }
  BytesView key() const override { return view_of(iterator_->key()); }
  BytesView value() const override { return view_of(iterator_->value()); }
  Status status() const override {
    if (const rocksdb::Status status = iterator_->status(); !status.ok())
      return std::unexpected(database_.read_failed(status));
    return {};
  }

 private:
  const RocksDatabase& database_;
  const Bytes from_;
  Bytes to_;  // RocksDB keeps pointers to the slices on them
  rocksdb::Slice lower_, upper_;
  const bool back_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

class RocksSnapshot : public Reader {
 public:
  explicit RocksSnapshot(const RocksDatabase& database) : database_(database) {
    const std::shared_lock lock(database.ingesting());
    snapshot_ = database.db().GetSnapshot();
  }
  ~RocksSnapshot() override { database_.db().ReleaseSnapshot(snapshot_); }
  Result<std::optional<Bytes>> get(BytesView key) const override {
    return rocks_get(database_, snapshot_, key);
  }
  std::unique_ptr<Iterator> scan(BytesView from, BytesView to) const override {
    return rocks_scan(database_, snapshot_, from, to, false);
  }
  std::unique_ptr<Iterator> scan_back(BytesView from, BytesView to) const override {
    return rocks_scan(database_, snapshot_, from, to, true);
  }

 private:
  const RocksDatabase& database_;
  const rocksdb::Snapshot* snapshot_;
};

}  // namespace

Result<std::optional<Bytes>> rocks_get(const RocksDatabase& database,
                                       const rocksdb::Snapshot* snapshot, BytesView key) {
  SYNCLINE_TRY(database.usable());
  without_counting();
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  Bytes value;
  const rocksdb::Status status = database.db().Get(options, slice_of(key), &value);
  if (status.ok()) return value;
  if (status.IsNotFound()) return std::nullopt;
  return std::unexpected(database.read_failed(status));
}

std::unique_ptr<Iterator> rocks_scan(const RocksDatabase& database,
                                     const rocksdb::Snapshot* snapshot, BytesView from,
                                     BytesView to, bool back) {
  if (Status usable = database.usable(); !usable)
    return std::make_unique<FailedIterator>(std::move(usable));
  without_counting();
  if (!to.empty() && from >= to) return std::make_unique<FailedIterator>(Status());
  return std::make_unique<RocksIterator>(database, snapshot, from, to, back);
}

std::unique_ptr<Reader> rocks_snapshot(const RocksDatabase& database) {
  return std::make_unique<RocksSnapshot>(database);
}

}  // namespace syncline
