// FaultyFileSystem: a RocksDB file system over the real one that fails, fills up, and forgets what
// was not synced.
//
// Syncs are only remembered, not done: the forgetting stands for the disk. It is done on the closed
// files: those never entered into a synced directory go, the others are cut to what was synced.
// Faults and counts may be set while RocksDB's threads run.
#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace syncline::testing {

class FaultyFileSystem {
 public:
  FaultyFileSystem();
  ~FaultyFileSystem();
  rocksdb::Env* env();

  // So many more bytes may be appended, then appends write what still fits and find no space.
  // nullopt: no limit.
  void set_space(std::optional<uint64_t> bytes);
  // Whether asking for the free space tells of the limit, or others fill the disk unseen.
  void hide_limit(bool hide);
  // Appends to tables find no space, whatever there is; how many have.
  void fill_for_tables(bool full);
  uint64_t tables_refused() const;
  // Syncs of files fail with an I/O error.
  void fail_syncs(bool fail);
  uint64_t log_syncs() const;  // of write-ahead logs

  // Power loss. Requires: no database is open on it. `keep_torn` bytes of each write-ahead log's
  // unsynced rest survive.
  void forget_unsynced(uint64_t keep_torn = 0);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with RocksDB's Env
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace syncline::testing
