// RocksStore: a Store in a directory, on RocksDB 7.8.
//
//   auto store = RocksStore::open("/var/lib/syncline/node", {.create_if_missing = true});
//
// One process holds a directory at a time. The file FORMAT in it names the layout's version
// (storage/FORMAT.md). Closing (the destructor) syncs and flushes nothing: it leaves what a kill
// would leave. Threads: as Store.
#pragma once

#include <memory>
#include <string>

#include "storage/store.h"

namespace rocksdb {
class Env;
}

namespace syncline {

// std: nodes and the authority's state on ordinary machines. tiny: little memory at the price of
// more flash wear. log: the authority's log, large values under rising keys.
enum class RocksProfile { std, tiny, log };

struct RocksOptions {
  RocksProfile profile = RocksProfile::std;
  bool create_if_missing = false;
  // For tests: a file system that fails or forgets. Not owned, outlives the store; null: the real
  // one.
  rocksdb::Env* env = nullptr;
  // For tests: memtables of so many bytes and tables to match, so that little data is flushed and
  // compacted too; 0: the profile's.
  size_t memtable_bytes = 0;
};

class RocksStore : public Store {
 public:
  // kNotFound: nothing is there and it is not to be created. kStoreInUse, kStoreDamaged,
  // kStoreTooNew, kStoreFull, kIo. What the write-ahead log still held is durable on return.
  static Result<std::unique_ptr<RocksStore>> open(const std::string& directory,
                                                  const RocksOptions& options);
  ~RocksStore() override;

  Result<std::optional<Bytes>> get(BytesView key) const override;
  std::unique_ptr<Iterator> scan(BytesView from, BytesView to) const override;
  std::unique_ptr<Iterator> scan_back(BytesView from, BytesView to) const override;
  Status write(const Batch& batch, BatchKind kind, bool sync) override;
  Status sync() override;
  Status flush() override;
  std::unique_ptr<Reader> snapshot() const override;
  Result<std::unique_ptr<Ingestion>> start_ingestion() override;
  Status backup(const std::string& directory) const override;

  // Gives back the space of files that hold nothing but keys in [from, to); the newest few (level
  // 0) stay until they are compacted. Requires: those keys were erased and synced before, and
  // nobody reads them through a snapshot (iterators made before may go on).
  Status reclaim(BytesView from, BytesView to);

 private:
  struct Impl;
  explicit RocksStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace syncline
