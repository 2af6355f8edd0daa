#include "tests/storage/faulty_file_system.h"

#include <rocksdb/file_system.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>

namespace syncline::testing {

using rocksdb::FileOptions;
using rocksdb::FSDirectory;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

std::string normal(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}
bool is_log(const std::string& path) { return path.ends_with(".log"); }

}  // namespace

class FaultyFileSystem::Impl : public rocksdb::FileSystemWrapper {
 public:
  struct State {
    uint64_t size = 0;
    uint64_t synced = 0;
    bool entered = false;  // its directory was synced since it was made
  };

  Impl() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FaultyFileSystem"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<FSWritableFile>* out, IODebugContext* debug) override;
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<FSDirectory>* out, IODebugContext* debug) override;
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    const IOStatus status = target()->RenameFile(from, to, options, debug);
    const std::lock_guard lock(mutex);
    if (status.ok()) {
      if (const auto at = files.find(normal(from)); at != files.end()) {
        State moved = at->second;
        files.erase(at);
        files[normal(to)] = moved;
      }
    }
    return status;
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                    IODebugContext* debug) override {
    const IOStatus status = target()->LinkFile(from, to, options, debug);
    const std::lock_guard lock(mutex);
    if (status.ok()) {
      if (const auto at = files.find(normal(from)); at != files.end()) {
        State linked = at->second;
        linked.entered = false;
        files[normal(to)] = linked;
      }
    }
    return status;
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* debug) override {
    const IOStatus status = target()->DeleteFile(path, options, debug);
    const std::lock_guard lock(mutex);
    if (status.ok()) files.erase(normal(path));
    return status;
  }

  IOStatus GetFreeSpace(const std::string& path, const IOOptions& options, uint64_t* free,
                        IODebugContext* debug) override {
    const std::lock_guard lock(mutex);
    if (!space || limit_hidden) return target()->GetFreeSpace(path, options, free, debug);
    *free = *space;
    return IOStatus::OK();
  }

  std::mutex mutex;  // guards what follows
  std::map<std::string, State> files;
  std::optional<uint64_t> space;
  bool limit_hidden = false;
  bool full_for_tables = false;
  uint64_t tables_refused = 0;
  bool syncs_fail = false;
  uint64_t log_syncs = 0;
};

// A file whose appends and syncs are counted and may fail.
class FaultyFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  template <class System>
  FaultyFile(std::unique_ptr<FSWritableFile>&& file, System* system, std::string path)
      : FSWritableFileOwnerWrapper(std::move(file)),
        append_([system, path](const Slice& data, size_t* fits) {
          const std::lock_guard lock(system->mutex);
          *fits = data.size();
          if (system->space) {
            *fits = std::min<uint64_t>(*system->space, data.size());
            *system->space -= *fits;
          }
          if (system->full_for_tables && path.ends_with(".sst")) {
            *fits = 0;
            ++system->tables_refused;
          }
          system->files[path].size += *fits;
        }),
        sync_([system, path] {
          const std::lock_guard lock(system->mutex);
          if (system->syncs_fail) return IOStatus::IOError("the sync was told to fail");
          auto& file = system->files[path];
          file.synced = file.size;
          system->log_syncs += is_log(path);
          return IOStatus::OK();
        }) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    size_t fits = 0;
    append_(data, &fits);
    const IOStatus status = target()->Append(Slice(data.data(), fits), options, debug);
    if (!status.ok() || fits == data.size()) return status;
    return IOStatus::NoSpace("the file system was told to be full");
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override { return sync_(); }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override { return sync_(); }

 private:
  std::function<void(const Slice&, size_t*)> append_;
  std::function<IOStatus()> sync_;
};

// A directory whose sync makes the files in it stay.
class FaultyDirectory : public rocksdb::FSDirectoryWrapper {
 public:
  FaultyDirectory(std::unique_ptr<FSDirectory>&& directory, std::function<void()> enter)
      : FSDirectoryWrapper(std::move(directory)), enter_(std::move(enter)) {}
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    enter_();
    return IOStatus::OK();
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& how) override {
    enter_();
    return IOStatus::OK();
  }

 private:
  std::function<void()> enter_;
};

IOStatus FaultyFileSystem::Impl::NewWritableFile(const std::string& path,
                                                 const FileOptions& options,
                                                 std::unique_ptr<FSWritableFile>* out,
                                                 IODebugContext* debug) {
  std::unique_ptr<FSWritableFile> file;
  const IOStatus status = target()->NewWritableFile(path, options, &file, debug);
  if (!status.ok()) return status;
  {
    const std::lock_guard lock(mutex);
    files[normal(path)] = {};
  }
  *out = std::make_unique<FaultyFile>(std::move(file), this, normal(path));
  return status;
}

IOStatus FaultyFileSystem::Impl::NewDirectory(const std::string& path, const IOOptions& options,
                                              std::unique_ptr<FSDirectory>* out,
                                              IODebugContext* debug) {
  std::unique_ptr<FSDirectory> directory;
  const IOStatus status = target()->NewDirectory(path, options, &directory, debug);
  if (!status.ok()) return status;
  *out = std::make_unique<FaultyDirectory>(std::move(directory), [this, path = normal(path)] {
    const std::lock_guard lock(mutex);
    for (auto& [name, file] : files)
      if (std::filesystem::path(name).parent_path() ==
          std::filesystem::path(path + "/").parent_path())
        file.entered = true;
  });
  return status;
}

FaultyFileSystem::FaultyFileSystem()
    : impl_(std::make_shared<Impl>()), env_(rocksdb::NewCompositeEnv(impl_)) {}
FaultyFileSystem::~FaultyFileSystem() = default;

rocksdb::Env* FaultyFileSystem::env() { return env_.get(); }

void FaultyFileSystem::set_space(std::optional<uint64_t> bytes) {
  const std::lock_guard lock(impl_->mutex);
  impl_->space = bytes;
}

void FaultyFileSystem::hide_limit(bool hide) {
  const std::lock_guard lock(impl_->mutex);
  impl_->limit_hidden = hide;
}

void FaultyFileSystem::fill_for_tables(bool full) {
  const std::lock_guard lock(impl_->mutex);
  impl_->full_for_tables = full;
}

uint64_t FaultyFileSystem::tables_refused() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->tables_refused;
}

void FaultyFileSystem::fail_syncs(bool fail) {
  const std::lock_guard lock(impl_->mutex);
  impl_->syncs_fail = fail;
}

uint64_t FaultyFileSystem::log_syncs() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->log_syncs;
}

void FaultyFileSystem::forget_unsynced(uint64_t keep_torn) {
  const std::lock_guard lock(impl_->mutex);
  for (auto at = impl_->files.begin(); at != impl_->files.end();) {
    auto& [path, file] = *at;
    if (!std::filesystem::exists(path)) {
      at = impl_->files.erase(at);
      continue;
    }
    if (!file.entered) {
      std::filesystem::remove(path);
      at = impl_->files.erase(at);
      continue;
    }
    const uint64_t left = is_log(path) ? std::min(file.size, file.synced + keep_torn) : file.synced;
    std::filesystem::resize_file(path, left);
    file.size = file.synced = left;
    ++at;
  }
}

}  // namespace syncline::testing
