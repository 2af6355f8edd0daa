// DocumentLines: a file of documents, one a line, read line by line in bounded memory, however long
// the file or a line of it is. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "syncline/result.h"

namespace syncline {

struct DocumentLine {
  uint64_t number = 0;    // from 1
  std::string_view text;  // without "\r" at its end and a byte order mark; until the next
  std::string_view raw;   // as it came, without "\n"; likewise
  uint64_t bytes = 0;     // of the whole line
  bool too_long = false;  // `text` is only how it begins
  bool blank() const { return text.find_first_not_of(" \t") == std::string_view::npos; }
};

class DocumentLines {
 public:
  // Extended JSON takes up to some four times the bytes of what it says, and a document has at most
  // 16 MiB; what is longer is no document. Escaped once more it still fits in a request to a
  // daemon.
  static constexpr size_t kLineBytesMax = 60u << 20;

  // "-" is stdin. kBadData: it cannot be read.
  static Result<DocumentLines> open(const std::string& file);
  DocumentLines(DocumentLines&& other) noexcept;
  DocumentLines& operator=(DocumentLines&&) = delete;
  ~DocumentLines();

  // False: there are no more. kIo: reading failed.
  Result<bool> next(DocumentLine* line);
  // Gets what next() has no room for: pieces of a line that is too long, from its first byte on.
  // Set before the line comes.
  std::function<void(const DocumentLine& line, std::string_view piece, bool last)> on_long_line;

  // The part of the file that was read, of 1; 0 if nobody knows how long it is.
  double part() const;
  const std::string& name() const { return name_; }  // for messages: "stdin"
  // Whether the path leads to the file that is read here, under whatever name.
  bool reads(const std::string& file) const;

 private:
  DocumentLines(std::string name, int file, uint64_t size)
      : name_(std::move(name)), file_(file), size_(size) {}
  Result<bool> fill();
  Status pass_over(DocumentLine* line);

  std::string name_;
  int file_;
  uint64_t size_;
  uint64_t read_ = 0;
  uint64_t number_ = 0;
  std::string buffer_;
  size_t begin_ = 0;  // of what has not been given out
  bool at_end_ = false;
};

}  // namespace syncline
