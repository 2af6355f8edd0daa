// CrashDisk: RocksDB's file system in a process that is to die. Of the file operations under a
// directory it counts each, and makes the k-th fail, or ends the process in it. Syncs are not done
// but written to a journal, from which another process makes the power loss (power_loss.h).
//
// Any thread; an operation that changes files and its line in the journal are one step.
#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <memory>
#include <string>

namespace syncline::testing {

enum class DiskFault : uint8_t {
  none,
  once,      // the k-th operation fails; of an append, half is written
  for_good,  // and all later ones
  power,     // the process is killed in it; of an append, half is written
};

struct DiskPlan {
  std::string under;  // operations on files below it are counted
  DiskFault fault = DiskFault::none;
  uint64_t k = 0;  // from 1
};

class CrashDisk {
 public:
  // `journal`: a file that is made; beside it, in a directory of its name + ".old", what renames
  // and removals took away.
  CrashDisk(DiskPlan plan, const std::string& journal);
  ~CrashDisk();
  rocksdb::Env* env() { return env_.get(); }
  uint64_t operations() const;  // counted so far

 private:
  class Files;
  std::shared_ptr<Files> files_;  // shared with RocksDB's Env
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace syncline::testing
