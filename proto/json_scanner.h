// JsonScanner: the strict lexical half of reading JSON: places, white space, strings and numbers.
//
// Used by the Extended JSON reader. One scanner reads one text, which must outlive it. What it
// refuses it names with line and column (both from 1, columns in characters), what was expected and
// what was found. One thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "syncline/result.h"
#include "syncline/value.h"

namespace syncline {

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  // Where the next character is, in bytes; its place in messages is made only when needed.
  size_t offset() const { return at_; }
  void skip_space();
  // The next character, or 0 at the end of the text (or at a 0, which nothing accepts).
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool at_end() const { return at_ == text_.size(); }
  // Takes the character if it is the next.
  bool take(char c);
  // Takes the word (true, false, null) if it comes next.
  bool take_word(std::string_view word);

  // Requires: peek() == '"'. The text unescaped, valid UTF-8; it may hold U+0000.
  Result<std::string> read_string();
  // Requires: peek() is '-' or a digit. Integers as int32 where they fit, else int64, else double;
  // what has a fraction or an exponent as double.
  Result<Value> read_number();

  // "line 3, column 17: expected ',' or ']' and found 'x'".
  std::unexpected<Error> expected(std::string_view what) const;
  std::unexpected<Error> error_at(size_t offset, std::string_view message,
                                  ErrorCode code = ErrorCode::kBadData) const;

 private:
  Status read_escape(std::string* out);
  Result<uint32_t> read_hex4();
  // Takes one multi-byte character.
  Status read_wide_character(std::string* out);
  std::string describe_next() const;

  std::string_view text_;
  size_t at_ = 0;
};

// The length of the valid UTF-8 character that the text begins with; 0 if it begins with none.
size_t utf8_character_length(std::string_view text);
void append_utf8(uint32_t code_point, std::string* out);

}  // namespace syncline
