#include "storage/rocks_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <mutex>

namespace syncline {
namespace {

constexpr off_t kLogBytesMax = 256 << 10;
constexpr size_t kLineBytesMax = 2048;

class RocksLog : public rocksdb::Logger {
 public:
  explicit RocksLog(std::string path)
      : Logger(rocksdb::InfoLogLevel::WARN_LEVEL), path_(std::move(path)) {}
  ~RocksLog() override { forget(); }

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    char line[kLineBytesMax];
    const time_t now = ::time(nullptr);
    tm utc{};
    ::gmtime_r(&now, &utc);
    size_t used = ::strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%SZ ", &utc);
    const int wanted = std::vsnprintf(line + used, sizeof line - used - 1, format, arguments);
    if (wanted < 0) return;
    used = std::min(used + static_cast<size_t>(wanted), sizeof line - 2);
    if (line[used - 1] != '\n') line[used++] = '\n';

    const std::lock_guard lock(mutex_);
    if (descriptor_ < 0)
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor_ < 0) return;
    [[maybe_unused]] const ssize_t written = ::write(descriptor_, line, used);
    struct stat file{};
    if (::fstat(descriptor_, &file) != 0 || file.st_size < kLogBytesMax) return;
    forget();
    (void)::rename(path_.c_str(), (path_ + ".1").c_str());
  }

 private:
  void forget() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

  const std::string path_;
  std::mutex mutex_;  // guards what follows
  int descriptor_ = -1;
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_rocks_log(const std::string& directory) {
  return std::make_shared<RocksLog>(directory + "/LOG");
}

}  // namespace syncline
