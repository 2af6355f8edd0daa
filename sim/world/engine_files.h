// EngineFiles: RocksDB's view of the real files, for a database that a virtual power loss takes
// along. Syncs are not done, and it is known where each batch ends in a write-ahead log, so that a
// loss can cut there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace rocksdb {
class Env;
}

namespace syncline::sim {

class EngineFiles {
 public:
  EngineFiles();
  ~EngineFiles();
  rocksdb::Env* env() { return env_.get(); }

  // How far the newest write-ahead log was written.
  struct LogEnd {
    std::string path;
    uint64_t bytes = 0;
  };
  LogEnd log_end() const;

  // What came after `end` is gone from the directory's logs, but for so many torn bytes. Requires:
  // no database is open there.
  static void cut_logs(const std::string& directory, const LogEnd& end, uint64_t torn);

 private:
  class Files;
  std::shared_ptr<Files> files_;  // shared with RocksDB's Env
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace syncline::sim
