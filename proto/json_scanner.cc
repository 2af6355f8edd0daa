#include "proto/json_scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "proto/number_text.h"

namespace syncline {
namespace {

bool is_continuation(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

}  // namespace

size_t utf8_character_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                        : first >= 0xE0 && first <= 0xEF ? 3
                        : first >= 0xF0 && first <= 0xF4 ? 4
                                                         : 0;
  if (length == 0 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  // The second byte rules out overlong forms, surrogates, and what lies beyond U+10FFFF.
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) > 0x9F) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

void append_utf8(uint32_t code_point, std::string* out) {
  const auto put = [out](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

void JsonScanner::skip_space() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
    ++at_;
  }
}

bool JsonScanner::take(char c) {
  if (at_ == text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

bool JsonScanner::take_word(std::string_view word) {
  if (!text_.substr(at_).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

Result<std::string> JsonScanner::read_string() {
  const size_t start = at_++;
  std::string out;
  for (;;) {
    // Runs of plain ASCII are copied at once.
    size_t end = at_;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\\' &&
           static_cast<uint8_t>(text_[end]) >= 0x20 && static_cast<uint8_t>(text_[end]) < 0x80) {
      ++end;
    }
    out.append(text_, at_, end - at_);
    at_ = end;
    if (at_end()) return error_at(start, "this string has no closing '\"'");
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return out;
    }
    if (c == '\\') {
      SYNCLINE_TRY(read_escape(&out));
    } else if (static_cast<uint8_t>(c) < 0x20) {
      return error_at(at_, fmt::format("a control character inside a string; write it as \\u{:04x}",
                                       static_cast<uint8_t>(c)));
    } else {
      SYNCLINE_TRY(read_wide_character(&out));
    }
  }
}

Status JsonScanner::read_wide_character(std::string* out) {
  const size_t length = utf8_character_length(text_.substr(at_));
  if (length == 0) {
    return error_at(at_,
                    fmt::format("byte 0x{:02x} is not part of valid UTF-8; save the text as UTF-8",
                                static_cast<uint8_t>(text_[at_])));
  }
  out->append(text_, at_, length);
  at_ += length;
  return {};
}

Status JsonScanner::read_escape(std::string* out) {
  const size_t start = at_++;
  const char kind = peek();
  if (kind != '\0') ++at_;
  switch (kind) {
    case '"':
    case '\\':
    case '/':
      out->push_back(kind);
      return {};
    case 'b':
      out->push_back('\b');
      return {};
    case 'f':
      out->push_back('\f');
      return {};
    case 'n':
      out->push_back('\n');
      return {};
    case 'r':
      out->push_back('\r');
      return {};
    case 't':
      out->push_back('\t');
      return {};
    case 'u':
      break;
    default:
      return error_at(start,
                      R"(expected one of \" \\ \/ \b \f \n \r \t \uXXXX after the backslash)");
  }
  SYNCLINE_ASSIGN(uint32_t code_point, read_hex4());
  if (code_point >= 0xDC00 && code_point <= 0xDFFF) {
    return error_at(start, "a low surrogate without the high surrogate that must precede it");
  }
  if (code_point >= 0xD800 && code_point <= 0xDBFF) {
    constexpr std::string_view kMissing =
        "a high surrogate without the low surrogate that must follow it";
    if (!take_word("\\u")) return error_at(start, kMissing);
    SYNCLINE_ASSIGN(const uint32_t low, read_hex4());
    if (low < 0xDC00 || low > 0xDFFF) return error_at(start, kMissing);
    code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(code_point, out);
  return {};
}

Result<uint32_t> JsonScanner::read_hex4() {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = peek();
    const int digit = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return expected("four hexadecimal digits after \\u");
    value = value * 16 + static_cast<uint32_t>(digit);
    ++at_;
  }
  return value;
}

Result<Value> JsonScanner::read_number() {
  const size_t start = at_;
  const auto skip_digits = [this] {
    while (is_digit(peek())) ++at_;
  };
  take('-');
  if (!is_digit(peek())) return expected("a digit");
  if (take('0')) {
    if (is_digit(peek())) return error_at(start, "a number may not begin with 0 and another digit");
  } else {
    skip_digits();
  }
  bool integer = true;
  if (take('.')) {
    integer = false;
    if (!is_digit(peek())) return expected("a digit after the decimal point");
    skip_digits();
  }
  if (peek() == 'e' || peek() == 'E') {
    integer = false;
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    if (!is_digit(peek())) return expected("a digit in the exponent");
    skip_digits();
  }
  const std::string_view text = text_.substr(start, at_ - start);
  if (integer) {
    if (const std::optional<int64_t> value = parse_integer_text(text)) {
      if (*value >= std::numeric_limits<int32_t>::min() &&
          *value <= std::numeric_limits<int32_t>::max()) {
        return Value(static_cast<int32_t>(*value));
      }
      return Value(*value);
    }
  }
  const std::optional<double> value = parse_double_text(text);
  if (!value) {
    return error_at(start,
                    "a number beyond the largest double; write it as {\"$numberDecimal\":\"...\"}");
  }
  return Value(*value);
}

std::unexpected<Error> JsonScanner::expected(std::string_view what) const {
  return error_at(at_, fmt::format("expected {} and found {}", what, describe_next()));
}

std::string JsonScanner::describe_next() const {
  if (at_end()) return "the end of the text";
  const size_t length = utf8_character_length(text_.substr(at_));
  if (length == 0)
    return fmt::format("byte 0x{:02x}, which is not valid UTF-8", static_cast<uint8_t>(peek()));
  if (static_cast<uint8_t>(peek()) < 0x20) {
    return fmt::format("the control character 0x{:02x}", static_cast<uint8_t>(peek()));
  }
  return fmt::format("'{}'", text_.substr(at_, length));
}

std::unexpected<Error> JsonScanner::error_at(size_t offset, std::string_view message,
                                             ErrorCode code) const {
  const std::string_view before = text_.substr(0, offset);
  const size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 == 0
  size_t column = 1;
  for (size_t i = line_start; i < offset; ++i) {
    if (!is_continuation(text_[i])) ++column;
  }
  return fail(code, fmt::format("line {}, column {}: {}", line, column, message));
}

}  // namespace syncline
