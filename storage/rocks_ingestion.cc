#include "storage/rocks_ingestion.h"

#include <fmt/format.h>
#include <rocksdb/sst_file_writer.h>

#include <filesystem>

#include "proto/check.h"
#include "storage/change_set.h"

namespace syncline {
namespace {

// Runs up to this size go through the write-ahead log.
constexpr size_t kSmallRunBytes = 256u << 10;
// Files of this size: a few compact side by side, and none is large to rewrite.
constexpr uint64_t kFileBytesMax = 32u << 20;

struct Table {
  std::string path;
  Bytes first, last;  // keys in it
};

class RocksIngestion : public Store::Ingestion {
 public:
  RocksIngestion(Store* store, RocksDatabase* database, std::string prefix)
      : store_(store), database_(database), prefix_(std::move(prefix)) {}

  ~RocksIngestion() override {
    writer_.reset();
    std::error_code ignored;  // what is left is emptied on the next opening
    for (const std::string& path : paths_) std::filesystem::remove(path, ignored);
  }

  Status add(BytesView key, BytesView value) override {
    CHECK(!committed_, "Ingestion::add after commit");
    if (key.empty() || key[0] == '\xff' || (any_ && key <= last_))
      return fail(ErrorCode::kBadData, "keys of an ingestion must rise strictly");
    if (tables_.empty() && !writer_) {
      small_.put(Bytes(key), Bytes(value));
      if (small_.bytes() > kSmallRunBytes) SYNCLINE_TRY(spill());
    } else {
      SYNCLINE_TRY(write(key, value));
    }
    any_ = true;
    last_ = key;
    return {};
  }

  Status commit(const Batch& batch) override {
    CHECK(!committed_, "Ingestion::commit twice");
    committed_ = true;
    SYNCLINE_TRY(database_->ready());
    if (tables_.empty() && !writer_) {
      // Everything written before is made durable with it, derived batches too.
      SYNCLINE_TRY(store_->flush());
      small_.append(batch);
      return store_->write(small_, BatchKind::logged, /*sync=*/true);
    }
    SYNCLINE_TRY(finish_table());
    ChangeSet changes;
    changes.add(batch);
    if (!changes.points().empty() || !changes.ranges().empty()) {
      SYNCLINE_TRY(meets_a_table(changes) ? write_above(changes) : write_between(changes));
    }
    SYNCLINE_TRY(store_->flush());
    return ingest();
  }

 private:
  Status spill() {
    for (const Batch::Change& change : small_.changes())
      SYNCLINE_TRY(write(change.key, change.value));
    small_.clear();
    return {};
  }

  Status write(BytesView key, BytesView value) {
    // A new file for each keyspace, so that what the batch says about the keyspaces between stays
    // between.
    if (writer_ && (writer_->FileSize() >= kFileBytesMax || key[0] != tables_.back().last[0]))
      SYNCLINE_TRY(finish_table());
    if (!writer_) {
      SYNCLINE_ASSIGN(writer_, open_table());
      tables_.push_back({paths_.back(), Bytes(key), {}});
    }
    SYNCLINE_TRY(checked(writer_->Put(slice_of(key), slice_of(value))));
    tables_.back().last = key;
    return {};
  }

  // The path of the new table is paths_.back().
  Result<std::unique_ptr<rocksdb::SstFileWriter>> open_table() {
    paths_.push_back(fmt::format("{}{}.sst", prefix_, paths_.size()));
    auto writer =
        std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), database_->options());
    SYNCLINE_TRY(checked(writer->Open(paths_.back())));
    return writer;
  }

  Status finish_table() {
    if (!writer_) return {};
    const rocksdb::Status status = writer_->Finish();
    writer_.reset();
    return checked(status);
  }

  bool meets_a_table(const ChangeSet& changes) const {
    for (const Table& table : tables_) {
      const auto point = changes.points().lower_bound(table.first);
      if (point != changes.points().end() && point->first <= table.last) return true;
      if (changes.covers(table.first)) return true;
      const auto range = changes.ranges().lower_bound(table.first);
      if (range != changes.ranges().end() && range->first <= table.last) return true;
    }
    return false;
  }

  // One file above the run: RocksDB numbers the files of one ingestion upward as given, so its
  // entries win. Files that overlap are put into level 0.
  Status write_above(const ChangeSet& changes) {
    SYNCLINE_ASSIGN(auto path, write_changes(changes, {}, {}));
    order_.reserve(tables_.size() + 1);
    for (const Table& table : tables_) order_.push_back(table.path);
    order_.push_back(*path);
    return {};
  }

  // Files in the gaps of the run: nothing overlaps, and every file goes as deep as the database
  // allows.
  Status write_between(const ChangeSet& changes) {
    BytesView from;
    for (const Table& table : tables_) {
      SYNCLINE_ASSIGN(auto path, write_changes(changes, from, table.first));
      if (path) order_.push_back(*path);
      order_.push_back(table.path);
      from = table.last;
    }
    SYNCLINE_ASSIGN(auto path, write_changes(changes, from, {}));
    if (path) order_.push_back(*path);
    return {};
  }

  // The changes in [from, to) as a file; nullopt if there are none. In one file a point stands
  // above the ranges, as in a ChangeSet: all its entries get one number, and a range erases lower
  // ones only.
  Result<std::optional<std::string>> write_changes(const ChangeSet& changes, BytesView from,
                                                   BytesView to) {
    auto point = changes.points().lower_bound(from);
    auto range = changes.ranges().lower_bound(from);
    const bool has_point = point != changes.points().end() && before_end(point->first, to);
    const bool has_range = range != changes.ranges().end() && before_end(range->first, to);
    if (!has_point && !has_range) return std::nullopt;
    SYNCLINE_ASSIGN(auto writer, open_table());
    for (; range != changes.ranges().end() && before_end(range->first, to); ++range) {
      const BytesView end = range->second.empty() ? kAboveEveryKey : range->second;
      SYNCLINE_TRY(checked(writer->DeleteRange(slice_of(range->first), slice_of(end))));
    }
    for (; point != changes.points().end() && before_end(point->first, to); ++point) {
      const rocksdb::Slice key = slice_of(point->first);
      const bool put = point->second->kind == Batch::Change::Kind::put;
      SYNCLINE_TRY(
          checked(put ? writer->Put(key, slice_of(point->second->value)) : writer->Delete(key)));
    }
    SYNCLINE_TRY(checked(writer->Finish()));
    return paths_.back();
  }

  Status ingest() {
    if (order_.empty())
      for (const Table& table : tables_) order_.push_back(table.path);
    rocksdb::IngestExternalFileOptions options;
    options.move_files = true;
    options.write_global_seqno = false;
    const std::unique_lock lock(database_->ingesting());
    const rocksdb::Status status = database_->db().IngestExternalFile(order_, options);
    if (!status.ok()) return std::unexpected(database_->write_failed(status));
    return {};
  }

  // Writing a file beside the database: nothing of the store has changed yet, so it stays usable.
  Status checked(const rocksdb::Status& status) const {
    if (status.ok()) return {};
    return std::unexpected(error_of(status, database_->directory()).within("staging an ingestion"));
  }

  Store* const store_;
  RocksDatabase* const database_;
  const std::string prefix_;
  Batch small_;  // the run so far, while it is small
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
  std::vector<Table> tables_;       // the run, rising
  std::vector<std::string> paths_;  // every file made
  std::vector<std::string> order_;  // in which they are ingested
  Bytes last_;
  bool any_ = false;
  bool committed_ = false;
};

}  // namespace

std::string ingestion_directory_of(const std::string& store_directory) {
  return store_directory + "/ingest";
}

std::unique_ptr<Store::Ingestion> make_rocks_ingestion(Store* store, RocksDatabase* database,
                                                       uint64_t serial) {
  return std::make_unique<RocksIngestion>(
      store, database,
      fmt::format("{}/{}-", ingestion_directory_of(database->directory()), serial));
}

}  // namespace syncline
