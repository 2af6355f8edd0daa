#include "node/cli/document_lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace syncline {
namespace {

constexpr size_t kReadBytes = 1u << 20;
// How much of a line that is too long messages may look at.
constexpr size_t kHeadBytes = 4096;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Result<DocumentLines> DocumentLines::open(const std::string& file) {
  if (file == "-") return DocumentLines("stdin", STDIN_FILENO, 0);
  const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat about{};
  if (opened < 0 || ::fstat(opened, &about) != 0 || S_ISDIR(about.st_mode)) {
    const std::string why = opened < 0 ? std::strerror(errno) : "it is no file";
    if (opened >= 0) ::close(opened);
    return fail(ErrorCode::kBadData, fmt::format("{} cannot be read: {}", file, why));
  }
  const bool regular = S_ISREG(about.st_mode);
  return DocumentLines(file, opened, regular ? static_cast<uint64_t>(about.st_size) : 0);
}

DocumentLines::DocumentLines(DocumentLines&& other) noexcept
    : on_long_line(std::move(other.on_long_line)),
      name_(std::move(other.name_)),
      file_(std::exchange(other.file_, -1)),
      size_(other.size_),
      read_(other.read_),
      number_(other.number_),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      at_end_(other.at_end_) {}

DocumentLines::~DocumentLines() {
  if (file_ > STDIN_FILENO) ::close(file_);
}

bool DocumentLines::reads(const std::string& file) const {
  struct stat read{};
  struct stat other{};
  return ::fstat(file_, &read) == 0 && S_ISREG(read.st_mode) && ::stat(file.c_str(), &other) == 0 &&
         read.st_dev == other.st_dev && read.st_ino == other.st_ino;
}

// Appends what can be read at once; false at the end of the file.
Result<bool> DocumentLines::fill() {
  if (at_end_) return false;
  const size_t before = buffer_.size();
  buffer_.resize(before + kReadBytes);
  ssize_t got = 0;
  do {
    got = ::read(file_, buffer_.data() + before, kReadBytes);
  } while (got < 0 && errno == EINTR);
  buffer_.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0)
    return fail(ErrorCode::kIo, fmt::format("{} line {}: reading failed: {}", name_, number_ + 1,
                                            std::strerror(errno)));
  read_ += static_cast<uint64_t>(got);
  at_end_ = got == 0;
  return got > 0;
}

Result<bool> DocumentLines::next(DocumentLine* line) {
  size_t looked = begin_;
  size_t end = std::string::npos;
  while ((end = buffer_.find('\n', looked)) == std::string::npos) {
    // What was given out goes, now that room is needed.
    buffer_.erase(0, begin_);
    begin_ = 0;
    looked = buffer_.size();
    if (looked > kLineBytesMax) break;
    SYNCLINE_ASSIGN(const bool more, fill());
    if (!more) break;
  }
  if (begin_ == buffer_.size()) return false;
  *line = {};
  line->number = ++number_;
  if (end == std::string::npos && looked > kLineBytesMax) {
    SYNCLINE_TRY(pass_over(line));
    return true;
  }
  if (end == std::string::npos) end = buffer_.size();
  line->bytes = end - begin_;
  line->raw = std::string_view(buffer_).substr(begin_, line->bytes);
  line->text = line->raw;
  begin_ = std::min(end + 1, buffer_.size());
  if (line->text.ends_with('\r')) line->text.remove_suffix(1);
  if (number_ == 1 && line->text.starts_with(kByteOrderMark))
    line->text.remove_prefix(kByteOrderMark.size());
  return true;
}

// Reads on to the line's end without keeping it.
Status DocumentLines::pass_over(DocumentLine* line) {
  line->too_long = true;
  std::string head = buffer_.substr(0, kHeadBytes);
  for (;;) {
    const size_t end = buffer_.find('\n');
    const std::string_view piece = std::string_view(buffer_).substr(0, end);
    line->bytes += piece.size();
    bool last = end != std::string::npos;
    if (last) {
      if (on_long_line) on_long_line(*line, piece, true);
      buffer_.erase(0, end + 1);
      break;
    }
    if (on_long_line) on_long_line(*line, piece, false);
    buffer_.clear();
    SYNCLINE_ASSIGN(const bool more, fill());
    if (more) continue;
    if (on_long_line) on_long_line(*line, {}, true);
    break;
  }
  // The rest of what was read comes after the head, which goes with the next call.
  begin_ = head.size();
  buffer_.insert(0, head);
  line->raw = std::string_view(buffer_).substr(0, begin_);
  line->text = line->raw;
  return {};
}

double DocumentLines::part() const {
  return size_ == 0 ? 0 : std::min(1.0, double(read_ - (buffer_.size() - begin_)) / double(size_));
}

}  // namespace syncline
