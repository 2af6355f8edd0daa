#include "tests/process/crash/crash_disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/file_system.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>

namespace syncline::testing {

using rocksdb::FileOptions;
using rocksdb::FSDirectory;
using rocksdb::FSRandomAccessFile;
using rocksdb::FSSequentialFile;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace fs = std::filesystem;

class CrashDisk::Files : public rocksdb::FileSystemWrapper {
 public:
  Files(DiskPlan plan, const std::string& journal)
      : FileSystemWrapper(rocksdb::FileSystem::Default()),
        plan_(std::move(plan)),
        old_(journal + ".old"),
        journal_(open(journal.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    fs::create_directories(old_);
  }
  ~Files() override { close(journal_); }
  const char* Name() const override { return "CrashDisk"; }

  // The next operation on this path: fails if it is to. `half`: called before the process is killed
  // or the operation fails.
  template <class Half>
  IOStatus meet(const std::string& path, Half half) {
    if (!path.starts_with(plan_.under)) return IOStatus::OK();
    const uint64_t count = ++count_;
    const bool later = plan_.fault == DiskFault::for_good && count > plan_.k;
    if (plan_.fault == DiskFault::none || (count != plan_.k && !later)) return IOStatus::OK();
    half();
    if (plan_.fault == DiskFault::power) kill(getpid(), SIGKILL);
    return IOStatus::IOError("operation " + std::to_string(count) + " was told to fail", path);
  }
  IOStatus meet(const std::string& path) {
    const std::lock_guard lock(mutex);
    return meet(path, [] {});
  }
  void note(const std::string& line) {
    const std::string text = line + "\n";
    if (write(journal_, text.data(), text.size()) != ssize_t(text.size())) abort();
  }
  // Another name for what stands there; empty: nothing does.
  std::string keep(const std::string& path) {
    const std::string kept = fmt::format("{}/{}", old_, ++kept_);
    std::error_code error;
    fs::create_hard_link(path, kept, error);
    return error ? "-" : kept;
  }
  uint64_t count() const { return count_; }

  IOStatus NewSequentialFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<FSSequentialFile>* out,
                             IODebugContext* debug) override;
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions& options,
                               std::unique_ptr<FSRandomAccessFile>* out,
                               IODebugContext* debug) override;
  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<FSWritableFile>* out, IODebugContext* debug) override;
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<FSDirectory>* out, IODebugContext* debug) override;
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    const std::lock_guard lock(mutex);
    if (IOStatus met = meet(from, [] {}); !met.ok()) return met;
    note(fmt::format("rename {} {} {}", from, to, keep(to)));
    return target()->RenameFile(from, to, options, debug);
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* debug) override {
    const std::lock_guard lock(mutex);
    if (IOStatus met = meet(path, [] {}); !met.ok()) return met;
    note(fmt::format("remove {} {}", path, keep(path)));
    return target()->DeleteFile(path, options, debug);
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                    IODebugContext* debug) override {
    const std::lock_guard lock(mutex);
    if (IOStatus met = meet(from, [] {}); !met.ok()) return met;
    note(fmt::format("link {} {}", from, to));
    return target()->LinkFile(from, to, options, debug);
  }
  IOStatus FileExists(const std::string& path, const IOOptions& options,
                      IODebugContext* debug) override {
    if (IOStatus met = meet(path); !met.ok()) return met;
    return target()->FileExists(path, options, debug);
  }
  IOStatus GetChildren(const std::string& path, const IOOptions& options,
                       std::vector<std::string>* out, IODebugContext* debug) override {
    if (IOStatus met = meet(path); !met.ok()) return met;
    return target()->GetChildren(path, options, out, debug);
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions& options, uint64_t* out,
                       IODebugContext* debug) override {
    if (IOStatus met = meet(path); !met.ok()) return met;
    return target()->GetFileSize(path, options, out, debug);
  }

  std::mutex mutex;

 private:
  const DiskPlan plan_;
  const std::string old_;
  const int journal_;
  uint64_t count_ = 0;
  uint64_t kept_ = 0;
};

namespace {

template <class System>
class WritableFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WritableFile(std::unique_ptr<FSWritableFile>&& file, System* system, std::string path)
      : FSWritableFileOwnerWrapper(std::move(file)), system_(system), path_(std::move(path)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    const std::lock_guard lock(system_->mutex);
    const auto half = [&] { (void)append({data.data(), data.size() / 2}, options, debug); };
    if (IOStatus met = system_->meet(path_, half); !met.ok()) return met;
    return append(data, options, debug);
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(system_->mutex);
    if (IOStatus met = system_->meet(path_, [] {}); !met.ok()) return met;
    system_->note("sync " + path_);
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return system_->meet(path_);
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    if (IOStatus met = system_->meet(path_); !met.ok()) return met;
    return target()->Close(options, debug);
  }

 private:
  IOStatus append(const Slice& data, const IOOptions& options, IODebugContext* debug) {
    const IOStatus status = target()->Append(data, options, debug);
    system_->note(fmt::format("append {} {}", path_, data.size()));
    return status;
  }
  System* const system_;
  const std::string path_;
};

template <class System>
class SequentialFile : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  SequentialFile(std::unique_ptr<FSSequentialFile>&& file, System* system, std::string path)
      : FSSequentialFileOwnerWrapper(std::move(file)), system_(system), path_(std::move(path)) {}
  IOStatus Read(size_t n, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) override {
    if (IOStatus met = system_->meet(path_); !met.ok()) return met;
    return target()->Read(n, options, result, scratch, debug);
  }

 private:
  System* const system_;
  const std::string path_;
};

template <class System>
class RandomAccessFile : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  RandomAccessFile(std::unique_ptr<FSRandomAccessFile>&& file, System* system, std::string path)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), system_(system), path_(std::move(path)) {}
  IOStatus Read(uint64_t offset, size_t n, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) const override {
    if (IOStatus met = system_->meet(path_); !met.ok()) return met;
    return target()->Read(offset, n, options, result, scratch, debug);
  }

 private:
  System* const system_;
  const std::string path_;
};

template <class System>
class Directory : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(std::unique_ptr<FSDirectory>&& directory, System* system, std::string path)
      : FSDirectoryWrapper(std::move(directory)), system_(system), path_(std::move(path)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(system_->mutex);
    if (IOStatus met = system_->meet(path_, [] {}); !met.ok()) return met;
    system_->note("directory " + path_);
    return IOStatus::OK();
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  System* const system_;
  const std::string path_;
};

}  // namespace

IOStatus CrashDisk::Files::NewSequentialFile(const std::string& path, const FileOptions& options,
                                             std::unique_ptr<FSSequentialFile>* out,
                                             IODebugContext* debug) {
  if (IOStatus met = meet(path); !met.ok()) return met;
  std::unique_ptr<FSSequentialFile> file;
  const IOStatus status = target()->NewSequentialFile(path, options, &file, debug);
  if (status.ok()) *out = std::make_unique<SequentialFile<Files>>(std::move(file), this, path);
  return status;
}

IOStatus CrashDisk::Files::NewRandomAccessFile(const std::string& path, const FileOptions& options,
                                               std::unique_ptr<FSRandomAccessFile>* out,
                                               IODebugContext* debug) {
  if (IOStatus met = meet(path); !met.ok()) return met;
  std::unique_ptr<FSRandomAccessFile> file;
  const IOStatus status = target()->NewRandomAccessFile(path, options, &file, debug);
  if (status.ok()) *out = std::make_unique<RandomAccessFile<Files>>(std::move(file), this, path);
  return status;
}

IOStatus CrashDisk::Files::NewWritableFile(const std::string& path, const FileOptions& options,
                                           std::unique_ptr<FSWritableFile>* out,
                                           IODebugContext* debug) {
  const std::lock_guard lock(mutex);
  if (IOStatus met = meet(path, [] {}); !met.ok()) return met;
  note("make " + path);
  std::unique_ptr<FSWritableFile> file;
  const IOStatus status = target()->NewWritableFile(path, options, &file, debug);
  if (status.ok()) *out = std::make_unique<WritableFile<Files>>(std::move(file), this, path);
  return status;
}

IOStatus CrashDisk::Files::NewDirectory(const std::string& path, const IOOptions& options,
                                        std::unique_ptr<FSDirectory>* out, IODebugContext* debug) {
  if (IOStatus met = meet(path); !met.ok()) return met;
  std::unique_ptr<FSDirectory> directory;
  const IOStatus status = target()->NewDirectory(path, options, &directory, debug);
  if (status.ok()) *out = std::make_unique<Directory<Files>>(std::move(directory), this, path);
  return status;
}

CrashDisk::CrashDisk(DiskPlan plan, const std::string& journal)
    : files_(std::make_shared<Files>(std::move(plan), journal)),
      env_(rocksdb::NewCompositeEnv(files_)) {}
CrashDisk::~CrashDisk() = default;

uint64_t CrashDisk::operations() const {
  const std::lock_guard lock(files_->mutex);
  return files_->count();
}

}  // namespace syncline::testing
