#include "sim/world/engine_files.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <filesystem>
#include <mutex>

namespace syncline::sim {

using rocksdb::FileOptions;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace fs = std::filesystem;

class EngineFiles::Files : public rocksdb::FileSystemWrapper {
 public:
  Files() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "EngineFiles"; }
  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<FSWritableFile>* out, IODebugContext* debug) override;

  void appended(const std::string& path, uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (path == end_.path) end_.bytes += bytes;
  }
  LogEnd log_end() const {
    const std::lock_guard lock(mutex_);
    return end_;
  }

 private:
  mutable std::mutex mutex_;  // guards what follows: RocksDB's threads write files too
  LogEnd end_;
};

namespace {

// A file that says how much was appended and is never synced.
template <class Owner>
class File : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<FSWritableFile>&& file, Owner* owner, std::string path)
      : FSWritableFileOwnerWrapper(std::move(file)), owner_(owner), path_(std::move(path)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    owner_->appended(path_, data.size());
    return target()->Append(data, options, debug);
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  Owner* const owner_;
  const std::string path_;
};

}  // namespace

IOStatus EngineFiles::Files::NewWritableFile(const std::string& path, const FileOptions& options,
                                             std::unique_ptr<FSWritableFile>* out,
                                             IODebugContext* debug) {
  std::unique_ptr<FSWritableFile> file;
  const IOStatus status = target()->NewWritableFile(path, options, &file, debug);
  if (!status.ok()) return status;
  if (path.ends_with(".log")) {
    const std::lock_guard lock(mutex_);
    end_ = {path, 0};
  }
  *out = std::make_unique<File<Files>>(std::move(file), this, path);
  return status;
}

EngineFiles::EngineFiles()
    : files_(std::make_shared<Files>()), env_(rocksdb::NewCompositeEnv(files_)) {}
EngineFiles::~EngineFiles() = default;

EngineFiles::LogEnd EngineFiles::log_end() const { return files_->log_end(); }

void EngineFiles::cut_logs(const std::string& directory, const LogEnd& end, uint64_t torn) {
  // 000009.log is older than 000010.log, and 999999.log than 1000000.log.
  const auto rank = [](const fs::path& path) {
    const std::string name = path.filename().string();
    return std::pair(name.size(), name);
  };
  for (const fs::directory_entry& file : fs::directory_iterator(directory)) {
    if (file.path().extension() != ".log") continue;
    if (rank(file.path()) > rank(end.path)) {
      fs::remove(file.path());
    } else if (rank(file.path()) == rank(end.path)) {
      fs::resize_file(file.path(), std::min<uint64_t>(file.file_size(), end.bytes + torn));
    }
  }
}

}  // namespace syncline::sim
