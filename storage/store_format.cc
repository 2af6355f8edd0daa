#include "storage/store_format.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace syncline {
namespace {

constexpr std::string_view kPrefix = "syncline store ";
constexpr size_t kFormatBytesMax = 64;

std::string path_in(const std::string& directory) { return directory + "/FORMAT"; }

std::unexpected<Error> failed(std::string_view what, const std::string& path) {
  const ErrorCode code =
      errno == ENOSPC || errno == EDQUOT ? ErrorCode::kStoreFull : ErrorCode::kIo;
  return fail(code, fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  bool ok() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

Status sync_directory(const std::string& directory) {
  const File file(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.ok() || ::fsync(file.get()) != 0) return failed("sync the directory", directory);
  return {};
}

}  // namespace

Result<std::optional<uint32_t>> read_store_format(const std::string& directory) {
  const std::string path = path_in(directory);
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return failed("read", path);
  }
  char bytes[kFormatBytesMax];
  const ssize_t n = ::read(file.get(), bytes, sizeof bytes);
  if (n < 0) return failed("read", path);
  const std::string_view text(bytes, static_cast<size_t>(n));
  uint32_t version = 0;
  const char* end = text.data() + text.size();
  bool well_formed = text.starts_with(kPrefix);
  if (well_formed) {
    const auto [rest, error] = std::from_chars(text.data() + kPrefix.size(), end, version);
    well_formed = error == std::errc() && version > 0 && std::string_view(rest, end) == "\n";
  }
  if (!well_formed)
    return fail(
        ErrorCode::kStoreDamaged,
        fmt::format("{} is not \"{}<version>\"; restore the store from a backup", path, kPrefix));
  if (version > kStoreFormatVersion)
    return fail(
        ErrorCode::kStoreTooNew,
        fmt::format("the store {} has format {}, this program reads formats up to {}; use the "
                    "program that wrote it, or a newer one",
                    directory, version, kStoreFormatVersion));
  return version;
}

Status write_store_format(const std::string& directory) {
  const std::string path = path_in(directory);
  const std::string temporary = path + ".new";
  const std::string text = fmt::format("{}{}\n", kPrefix, kStoreFormatVersion);
  {
    const File file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file.ok()) return failed("create", temporary);
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      return failed("write", temporary);
    if (::fsync(file.get()) != 0) return failed("sync", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("create", path);
  SYNCLINE_TRY(sync_directory(directory));
  const std::filesystem::path parent =
      std::filesystem::path(directory).lexically_normal().parent_path();
  return sync_directory(parent.empty() ? "." : parent.string());
}

}  // namespace syncline
