#include "node/query/literals.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "node/query/fault.h"
#include "proto/bytes.h"
#include "proto/number_text.h"

namespace syncline::query {
namespace {

void put_utf8(uint32_t code, std::string* out) {
  const auto put = [&](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

uint32_t hex_at(std::string_view raw, size_t at) {
  uint32_t code = 0;
  std::from_chars(raw.data() + at, raw.data() + at + 4, code, 16);
  return code;
}

char simple_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '0':
      return '\0';
    default:
      return c;
  }
}

bool is_high(uint32_t code) { return code >= 0xD800 && code < 0xDC00; }
bool is_low(uint32_t code) { return code >= 0xDC00 && code < 0xE000; }

// Numbers in a text, one after the other, with single characters between them.
class Numbers {
 public:
  explicit Numbers(std::string_view text) : text_(text) {}
  // Nothing if it does not fit.
  std::optional<int64_t> next() {
    size_t end = !text_.empty() && (text_[0] == '-' || text_[0] == '+') ? 1 : 0;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    std::string_view digits = text_.substr(0, end);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    return parse_integer_text(digits);
  }
  bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
};

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

Result<Value> date_of_seconds(std::string_view text) {
  Numbers numbers(text.substr(1));
  const std::optional<int64_t> seconds = numbers.next();
  const std::optional<int64_t> nanoseconds = numbers.next();
  if (!seconds || !nanoseconds || std::abs(*nanoseconds) >= kNanosecondsPerSecond)
    return bad_query("a date Tseconds:nanoseconds with less than 1000000000 nanoseconds");
  if ((*seconds > 0 && *nanoseconds < 0) || (*seconds < 0 && *nanoseconds > 0))
    return bad_query("a date whose seconds and nanoseconds have the same sign");
  if (*nanoseconds >= 0) return Value(Date{*seconds, static_cast<int32_t>(*nanoseconds)});
  if (*seconds == std::numeric_limits<int64_t>::min())
    return bad_query("a date within 64 bits of seconds");
  return Value(Date{*seconds - 1, static_cast<int32_t>(kNanosecondsPerSecond + *nanoseconds)});
}

}  // namespace

Result<std::string> unescape_text(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      out.push_back(raw[i]);
      continue;
    }
    if (raw[++i] != 'u') {
      out.push_back(simple_escape(raw[i]));
      continue;
    }
    uint32_t code = hex_at(raw, i + 1);
    i += 4;
    const bool paired = is_high(code) && i + 6 < raw.size() && raw[i + 1] == '\\' &&
                        raw[i + 2] == 'u' && is_low(hex_at(raw, i + 3));
    if (paired) {
      code = 0x10000 + ((code - 0xD800) << 10) + (hex_at(raw, i + 3) - 0xDC00);
      i += 6;
    } else if (is_high(code) || is_low(code)) {
      return bad_query(
          fmt::format("a whole character; \\u{:04X} is half of a surrogate pair", code));
    }
    put_utf8(code, &out);
  }
  return out;
}

std::string unescape_name(std::string_view raw) {
  std::string out;
  for (size_t i = 0; i < raw.size(); ++i)
    out.push_back(raw[i] == '\\' && i + 1 < raw.size() ? simple_escape(raw[++i]) : raw[i]);
  return out;
}

std::string unquote_name(std::string_view raw) {
  std::string out;
  for (size_t i = 0; i < raw.size(); ++i) {
    out.push_back(raw[i]);
    if (raw[i] == '`') ++i;
  }
  return out;
}

std::string quote_name(std::string_view name) {
  std::string out = "`";
  for (const char c : name) out.append(c == '`' ? 2 : 1, c);
  return out + "`";
}

double widened(float value) {
  if (!std::isfinite(value)) return static_cast<double>(value);
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
  double out = 0;
  std::from_chars(buffer, end.ptr, out);
  return out;
}

Literal number_of(std::string_view text) {
  Literal literal;
  literal.kind = Literal::Kind::number;
  if (text.ends_with('f') && !text.starts_with("0x") && !text.starts_with("0X") &&
      (is_digit(text[text.size() - 2]) || text[text.size() - 2] == '.')) {
    literal.single = true;
    text.remove_suffix(1);
  }
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto signed_text = [&](std::string_view digits) {
    return (negative ? "-" : "") + std::string(digits);
  };
  if (text[0] == 'i' || text[0] == 'I') {
    literal.text = signed_text("Infinity");
  } else if (text[0] == 'n' || text[0] == 'N') {
    literal.text = "NaN";
  } else if (text.size() > 1 && (text[1] == 'x' || text[1] == 'X')) {
    uint64_t bits = 0;
    const auto read = std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
    const bool fits = read.ec == std::errc() &&
                      bits <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    literal.value = fits ? static_cast<int64_t>(bits) : std::numeric_limits<int64_t>::max();
    literal.text = std::to_string(literal.value.as_integer());
    return literal;
  } else {
    literal.text = signed_text(text);
    if (const std::optional<int64_t> integer = parse_integer_text(literal.text)) {
      literal.value = *integer;
      return literal;
    }
  }
  const double infinity = std::numeric_limits<double>::infinity();
  double value = parse_double_text(literal.text).value_or(negative ? -infinity : infinity);
  if (literal.single) value = widened(static_cast<float>(value));
  literal.value = value;
  return literal;
}

Result<Value> date_of(std::string_view text) {
  if (text.starts_with('T')) return date_of_seconds(text);
  Numbers numbers(text);
  int64_t parts[6];
  for (int64_t& part : parts) {
    const std::optional<int64_t> number = numbers.next();
    if (!number || *number > 999'999) return bad_query("a date such as 2021-02-20@17:30:15");
    part = *number;
  }
  const std::optional<int64_t> nanoseconds = numbers.done() ? 0 : numbers.next();
  if (parts[0] < 1900) return bad_query("a year of 1900 or later");
  if (parts[0] > 9999) return bad_query("a year of 9999 or earlier");
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(parts[0])),
                                        std::chrono::month(static_cast<unsigned>(parts[1])),
                                        std::chrono::day(static_cast<unsigned>(parts[2]))};
  if (!day.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 60 || !nanoseconds ||
      *nanoseconds >= kNanosecondsPerSecond) {
    return bad_query("a day and time that there is");
  }
  const int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  const int64_t seconds = ((days * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5];
  // Before 1970 the predecessor counts nanoseconds downward, as in T-1:-5.
  if (seconds < 0 && *nanoseconds > 0)
    return Value(Date{seconds - 1, static_cast<int32_t>(kNanosecondsPerSecond - *nanoseconds)});
  return Value(Date{seconds, static_cast<int32_t>(*nanoseconds)});
}

ObjectId object_id_of(std::string_view hex) {
  Bytes bytes;
  ObjectId id;
  if (from_hex(hex, &bytes) && bytes.size() == id.bytes.size())
    std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

Uuid uuid_of(std::string_view text) {
  std::string hex;
  for (const char c : text)
    if (c != '-') hex.push_back(c);
  Bytes bytes;
  Uuid uuid;
  if (from_hex(hex, &bytes) && bytes.size() == uuid.bytes.size())
    std::copy(bytes.begin(), bytes.end(), uuid.bytes.begin());
  return uuid;
}

Literal row_of(std::string_view text) {
  Literal literal;
  literal.kind = Literal::Kind::row;
  literal.typed = text.starts_with('L');
  Numbers numbers(text.substr(1));
  constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  const int64_t first = numbers.next().value_or(kNone);
  literal.value = literal.typed ? numbers.next().value_or(kNone) : first;
  literal.index = literal.typed && first < UINT32_MAX ? static_cast<uint32_t>(first) : 0;
  return literal;
}

}  // namespace syncline::query
