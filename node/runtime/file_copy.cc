#include "node/runtime/file_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

namespace syncline {
namespace {

namespace fs = std::filesystem;

constexpr size_t kCopiedAtOnce = 1u << 20;

std::unexpected<Error> copy_failed(std::string_view what, const std::string& path) {
  const ErrorCode code = errno == ENOSPC || errno == EDQUOT ? ErrorCode::kStoreFull
                         : errno == EEXIST                  ? ErrorCode::kExists
                                                            : ErrorCode::kIo;
  return fail(code, fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

class OpenFile {
 public:
  OpenFile(const std::string& path, int flags, mode_t mode = 0)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  OpenFile(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  bool ok() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

Status sync_copied_directory(const std::string& path) {
  const OpenFile directory(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  if (!directory.ok() || ::fsync(directory.get()) != 0)
    return copy_failed("sync the directory", path);
  return {};
}

Status sync_parent(const std::string& path) {
  return sync_copied_directory(fs::path(path).lexically_normal().parent_path().string());
}

Status write_copied(int descriptor, const char* bytes, size_t size, const std::string& path) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return copy_failed("write", path);
    bytes += written;
    size -= static_cast<size_t>(written);
  }
  return {};
}

Status copy_bytes(const std::string& from, const std::string& to) {
  const OpenFile in(from, O_RDONLY);
  struct stat about{};
  if (!in.ok() || ::fstat(in.get(), &about) != 0) return copy_failed("read", from);
  const OpenFile out(to, O_WRONLY | O_CREAT | O_EXCL, about.st_mode & 0777);
  if (!out.ok()) return copy_failed("create", to);
  std::vector<char> buffer(kCopiedAtOnce);
  for (;;) {
    const ssize_t count = ::read(in.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return copy_failed("read", from);
    if (count == 0) break;
    SYNCLINE_TRY(write_copied(out.get(), buffer.data(), static_cast<size_t>(count), to));
  }
  if (::fsync(out.get()) != 0) return copy_failed("sync", to);
  return {};
}

}  // namespace

Status copy_file_durably(const std::string& from, const std::string& to) {
  SYNCLINE_TRY(copy_bytes(from, to));
  return sync_parent(to);
}

Status copy_directory_durably(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_directories(to, error);
  if (error) return fail(ErrorCode::kIo, fmt::format("cannot make {}: {}", to, error.message()));
  for (const fs::directory_entry& entry : fs::directory_iterator(from, error)) {
    const std::string target = to + "/" + entry.path().filename().string();
    if (entry.is_directory(error)) {
      SYNCLINE_TRY(copy_directory_durably(entry.path().string(), target));
    } else if (entry.is_regular_file(error)) {
      SYNCLINE_TRY(copy_bytes(entry.path().string(), target));
    }
  }
  if (error) return fail(ErrorCode::kIo, fmt::format("cannot read {}: {}", from, error.message()));
  SYNCLINE_TRY(sync_copied_directory(to));
  return sync_parent(to);
}

Status make_mark(const std::string& path) {
  {
    const OpenFile file(path, O_WRONLY | O_CREAT, 0644);
    if (!file.ok() || ::fsync(file.get()) != 0) return copy_failed("create", path);
  }
  return sync_parent(path);
}

Status remove_mark(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return copy_failed("remove", path);
  return sync_parent(path);
}

}  // namespace syncline
