#include "storage/rocks_store.h"

#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>
#include <algorithm>

#include <filesystem>
#include <mutex>

#include "proto/check.h"
#include "proto/planted.h"
#include "storage/change_set.h"
#include "storage/rocks_database.h"
#include "storage/rocks_ingestion.h"
#include "storage/rocks_log.h"
#include "storage/rocks_profile.h"
#include "storage/store_format.h"

namespace syncline {

namespace fs = std::filesystem;

struct RocksStore::Impl {
  Impl(std::string directory, rocksdb::Options options, std::unique_ptr<rocksdb::DB> db)
      : database(std::move(directory), std::move(options), std::move(db)),
        memtable_bytes_max(database.db().GetOptions().write_buffer_size / 2) {}
  // Requires: the writing thread.
  Status before_write(RocksStore* store, const Batch& batch);
  Status keep_something_to_flush();

  RocksDatabase database;
  // Of the memtable, as far as write() has filled it.
  std::atomic<size_t> memtable_bytes = 0;
  uint64_t resumes_seen = 0;
  size_t memtable_bytes_max = 0;
  // Logged batches, counted, so that a sync with nothing to do costs nothing.
  std::atomic<uint64_t> logged_written = 0;
  std::atomic<uint64_t> logged_synced = 0;
  // One sync at a time. RocksDB lets a second one wait for the first, and if that fails, ends the
  // process by an assertion.
  std::mutex syncing;
  uint64_t ingestions = 0;
};

namespace {

std::unexpected<Error> file_error(const std::error_code& error, const std::string& what,
                                  const std::string& path) {
  const bool full = error == std::errc::no_space_on_device;
  return fail(full ? ErrorCode::kStoreFull : ErrorCode::kIo,
              fmt::format("cannot {} {}: {}", what, path, error.message()));
}

// Does the directory hold tables or write-ahead logs?
Result<bool> holds_data(const std::string& directory) {
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    const std::string extension = at->path().extension().string();
    if (extension == ".sst" || extension == ".log") return true;
  }
  if (error) return file_error(error, "list", directory);
  return false;
}

// Is there a database to open? Distinguishes nothing, a making that was cut short, ours, and
// damage.
Result<bool> find_database(const std::string& directory) {
  SYNCLINE_ASSIGN(const auto version, read_store_format(directory));
  std::error_code error;
  const bool current = fs::exists(directory + "/CURRENT", error);
  if (error && error != std::errc::not_a_directory)
    return file_error(error, "look into", directory);
  if (version && current) return true;
  if (!fs::is_directory(directory, error)) return false;
  SYNCLINE_ASSIGN(const bool data, holds_data(directory));
  if (current || data)
    return fail(ErrorCode::kStoreDamaged,
                fmt::format("the store {} lacks its file {}: it is another program's database, an "
                            "unfinished backup, or damaged; name another directory, or restore it "
                            "from a backup",
                            directory, version ? "CURRENT" : "FORMAT"));
  return false;
}

Status make_directory(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return file_error(error, "make the directory", directory);
  return {};
}

Status add_change(const Batch::Change& change, rocksdb::WriteBatch* out) {
  CHECK(has_keyspace(change), "a key that begins with no keyspace");
  rocksdb::Status status;
  switch (change.kind) {
    case Batch::Change::Kind::put:
      status = out->Put(change.key, change.value);
      break;
    case Batch::Change::Kind::erase:
      status = out->Delete(change.key);
      break;
    case Batch::Change::Kind::single_erase:
      status = out->SingleDelete(change.key);
      break;
    case Batch::Change::Kind::erase_range:
      if (SYNCLINE_PLANTED(forget_range_erase)) break;
      if (before_end(change.key, change.value))
        status = out->DeleteRange(
            change.key, change.value.empty() ? slice_of(kAboveEveryKey) : slice_of(change.value));
      break;
  }
  // Only sizes can be refused: RocksDB takes keys and values below 4 GiB.
  if (!status.ok()) return fail(ErrorCode::kTooLarge, status.ToString());
  return {};
}

// A memtable takes keys that follow on one another for a fraction of what it takes for random ones.
// Changes to one key stay in their order. A range erase means what came before it: if there is any
// of that in the batch, nothing is moved.
std::vector<const Batch::Change*> in_order_of_keys(const Batch& batch) {
  std::vector<const Batch::Change*> order, ranges;
  order.reserve(batch.changes().size());
  for (const Batch::Change& change : batch.changes())
    (change.kind == Batch::Change::Kind::erase_range ? ranges : order).push_back(&change);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->key < b->key; });
  for (const Batch::Change* range : ranges) {
    const auto first =
        std::lower_bound(order.begin(), order.end(), range->key,
                         [](const auto* change, const Bytes& key) { return change->key < key; });
    if (first == order.end() || !before_end((*first)->key, range->value)) continue;
    order.clear();
    for (const Batch::Change& change : batch.changes()) order.push_back(&change);
    return order;
  }
  order.insert(order.end(), ranges.begin(), ranges.end());
  return order;
}

}  // namespace

Result<std::unique_ptr<RocksStore>> RocksStore::open(const std::string& directory,
                                                     const RocksOptions& options) {
  SYNCLINE_ASSIGN(const bool exists, find_database(directory));
  if (!exists) {
    if (!options.create_if_missing)
      return fail(ErrorCode::kNotFound,
                  fmt::format("there is no store in {}; 'syncline init' makes one", directory));
    SYNCLINE_TRY(make_directory(directory));
    SYNCLINE_TRY(write_store_format(directory));
  }
  rocksdb::Options rocks = rocks_options_of(options);
  rocks.create_if_missing = !exists;
  rocks.info_log = make_rocks_log(directory);
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(rocks, directory, &raw);
  std::unique_ptr<rocksdb::DB> db(raw);
  if (!status.ok()) return std::unexpected(error_of(status, directory));
  // Left by a process that ended while it staged an ingestion.
  std::error_code error;
  fs::remove_all(ingestion_directory_of(directory), error);
  if (error) return file_error(error, "empty", ingestion_directory_of(directory));
  return std::unique_ptr<RocksStore>(
      new RocksStore(std::make_unique<Impl>(directory, std::move(rocks), std::move(db))));
}

RocksStore::RocksStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksStore::~RocksStore() = default;

Result<std::optional<Bytes>> RocksStore::get(BytesView key) const {
  return rocks_get(impl_->database, nullptr, key);
}

std::unique_ptr<Iterator> RocksStore::scan(BytesView from, BytesView to) const {
  return rocks_scan(impl_->database, nullptr, from, to, false);
}

std::unique_ptr<Iterator> RocksStore::scan_back(BytesView from, BytesView to) const {
  return rocks_scan(impl_->database, nullptr, from, to, true);
}

// A full memtable begins a new write-ahead log. If the old one's tail were not synced then, a power
// loss could take it and leave what the new one holds: a hole, where only a prefix may survive. So
// the change is ours to make, before RocksDB's own, and after a sync.
Status RocksStore::Impl::before_write(RocksStore* store, const Batch& batch) {
  constexpr size_t kBytesPerChange = 128;  // what a memtable needs beside key and value, at most
  const size_t bytes = batch.bytes() + batch.changes().size() * kBytesPerChange;
  if (std::exchange(resumes_seen, database.resumes()) != database.resumes()) memtable_bytes = 0;
  if (memtable_bytes > 0 && memtable_bytes + bytes > memtable_bytes_max) {
    SYNCLINE_TRY(store->sync());
    rocksdb::FlushOptions options;
    options.wait = false;
    options.allow_write_stall = true;
    const rocksdb::Status status =
        database.past_full_disk([&] { return database.db().Flush(options); });
    if (!status.ok()) return std::unexpected(database.write_failed(status));
    memtable_bytes = 0;
  }
  if (memtable_bytes == 0) SYNCLINE_TRY(keep_something_to_flush());
  memtable_bytes += bytes;
  return {};
}

// After a full disk RocksDB begins a new write-ahead log only by a flush, and flushes only a
// memtable that holds something: without that, the store would have to be opened again. So the
// first thing in a memtable is of no meaning, above every key, and in no log.
Status RocksStore::Impl::keep_something_to_flush() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  const rocksdb::Status status = database.past_full_disk(
      [&] { return database.db().Put(options, slice_of(kAboveEveryKey), rocksdb::Slice()); });
  if (!status.ok()) return std::unexpected(database.write_failed(status));
  return {};
}

Status RocksStore::write(const Batch& batch, BatchKind kind, bool sync) {
  CHECK(kind == BatchKind::logged || !sync, "only logged batches are synced");
  RocksDatabase& database = impl_->database;
  SYNCLINE_TRY(database.ready());
  without_counting();
  if (kind == BatchKind::logged && !batch.empty()) SYNCLINE_TRY(database.make_room(batch.bytes()));
  if (kind == BatchKind::logged) SYNCLINE_TRY(impl_->before_write(this, batch));
  constexpr size_t kBytesPerChange = 16;  // kind and lengths, roughly
  rocksdb::WriteBatch out(batch.bytes() + batch.changes().size() * kBytesPerChange);
  for (const Batch::Change* change : in_order_of_keys(batch))
    SYNCLINE_TRY(add_change(*change, &out));
  if (out.Count() > 0) {
    rocksdb::WriteOptions options;
    options.disableWAL = kind == BatchKind::derived || SYNCLINE_PLANTED(skip_log);
    // The sync is a step of its own: a full disk found by the write can be got over, one found by
    // the sync cannot.
    const rocksdb::Status status =
        database.past_full_disk([&] { return database.db().Write(options, &out); });
    if (!status.ok())
      return std::unexpected(kind == BatchKind::logged ? database.logged_write_failed(status)
                                                       : database.write_failed(status));
    if (kind == BatchKind::logged) impl_->logged_written.fetch_add(1, std::memory_order_acq_rel);
  }
  return sync ? this->sync() : Status();
}

Status RocksStore::sync() {
  RocksDatabase& database = impl_->database;
  const std::lock_guard lock(impl_->syncing);
  SYNCLINE_TRY(database.usable());
  const uint64_t written = impl_->logged_written.load(std::memory_order_acquire);
  uint64_t synced = impl_->logged_synced.load(std::memory_order_acquire);
  if (synced >= written || SYNCLINE_PLANTED(skip_engine_sync)) return {};
  SYNCLINE_TRY(database.not_full());
  const rocksdb::Status status = database.db().SyncWAL();
  if (!status.ok()) return std::unexpected(database.sync_failed(status));
  while (synced < written && !impl_->logged_synced.compare_exchange_weak(synced, written)) {
  }
  return {};
}

Status RocksStore::flush() {
  RocksDatabase& database = impl_->database;
  SYNCLINE_TRY(database.ready());
  const rocksdb::Status status =
      database.past_full_disk([&] { return database.db().Flush(rocksdb::FlushOptions()); });
  if (!status.ok()) return std::unexpected(database.write_failed(status));
  impl_->memtable_bytes = 0;
  // The tables hold the logged batches too; but a flush with nothing to do says nothing about the
  // log.
  return sync();
}

std::unique_ptr<Reader> RocksStore::snapshot() const { return rocks_snapshot(impl_->database); }

Result<std::unique_ptr<Store::Ingestion>> RocksStore::start_ingestion() {
  SYNCLINE_TRY(impl_->database.usable());
  SYNCLINE_TRY(make_directory(ingestion_directory_of(impl_->database.directory())));
  return make_rocks_ingestion(this, &impl_->database, ++impl_->ingestions);
}

Status RocksStore::backup(const std::string& directory) const {
  const RocksDatabase& database = impl_->database;
  SYNCLINE_TRY(database.usable());
  std::error_code error;
  if (fs::exists(directory, error)) {
    // RocksDB wants to make the directory itself; removing fails unless it is empty.
    if (!fs::is_directory(directory) || !fs::remove(directory, error))
      return fail(
          ErrorCode::kExists,
          fmt::format("{} is there and not an empty directory; name another one", directory));
  } else {
    const fs::path parent = fs::path(directory).lexically_normal().parent_path();
    if (!parent.empty()) SYNCLINE_TRY(make_directory(parent.string()));
  }
  rocksdb::Checkpoint* raw = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(&database.db(), &raw);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  if (status.ok()) status = checkpoint->CreateCheckpoint(directory);
  if (!status.ok()) return std::unexpected(error_of(status, directory).within("writing a backup"));
  return write_store_format(directory);
}

Status RocksStore::reclaim(BytesView from, BytesView to) {
  RocksDatabase& database = impl_->database;
  SYNCLINE_TRY(database.ready());
  if (!before_end(from, to)) return {};
  const rocksdb::Slice begin = slice_of(from);
  const rocksdb::Slice end = slice_of(to.empty() ? kAboveEveryKey : to);
  const rocksdb::Status status = rocksdb::DeleteFilesInRange(
      &database.db(), database.db().DefaultColumnFamily(), &begin, &end, /*include_end=*/false);
  if (!status.ok()) return std::unexpected(database.write_failed(status));
  return {};
}

}  // namespace syncline
