#include "proto/number_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace syncline {
namespace {

size_t skip_digits(std::string_view text, size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// The exponent e such that the unsigned decimal text is 0.ddd * 10^e with d not zero; nothing if it
// is all zeros. Requires: the text has the form of a number.
std::optional<int64_t> decimal_magnitude(std::string_view text) {
  const size_t e = std::min(text.find_first_of("eE"), text.size());
  const std::string_view digits = text.substr(0, e);
  const size_t point = std::min(digits.find('.'), digits.size());
  const size_t first = digits.find_first_of("123456789");
  if (first == std::string_view::npos) return std::nullopt;
  const int64_t magnitude = static_cast<int64_t>(point) - static_cast<int64_t>(first);
  if (e == text.size()) return magnitude;
  std::string_view exponent = text.substr(e + 1);
  if (exponent.front() == '+') exponent.remove_prefix(1);
  // Far beyond any text length, so that sums do not overflow.
  constexpr int64_t kHuge = int64_t{1} << 48;
  int64_t parsed = exponent.front() == '-' ? -kHuge : kHuge;
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), parsed);
  return magnitude + std::clamp(parsed, -kHuge, kHuge);
}

bool has_form_of_number(std::string_view text) {
  const size_t whole = skip_digits(text, 0);
  size_t at = whole;
  size_t digits = whole;
  if (at < text.size() && text[at] == '.') {
    at = skip_digits(text, at + 1);
    digits += at - whole - 1;
  }
  if (digits == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const size_t end = skip_digits(text, at);
    if (end == at) return false;
    at = end;
  }
  return at == text.size();
}

}  // namespace

std::optional<int64_t> parse_integer_text(std::string_view text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at != end) return std::nullopt;
  return value;
}

std::optional<double> parse_double_text(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const double sign = negative ? -1.0 : 1.0;
  if (text == "Infinity") return sign * std::numeric_limits<double>::infinity();
  if (!has_form_of_number(text)) return std::nullopt;
  double value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    const std::optional<int64_t> magnitude = decimal_magnitude(text);
    if (magnitude && *magnitude > 0) return std::nullopt;
    return sign * 0.0;
  }
  if (error != std::errc{} || at != text.data() + text.size()) return std::nullopt;
  return sign * value;
}

std::string print_double_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  // d.ddde+XX: at most 17 digits and a short exponent.
  char buffer[40];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  std::string_view text(buffer, static_cast<size_t>(end.ptr - buffer));
  std::string out;
  if (text.front() == '-') {
    out = "-";
    text.remove_prefix(1);
  }
  const size_t e = text.find('e');
  std::string digits(1, text[0]);
  if (e > 1) digits += text.substr(2, e - 2);
  int exponent = 0;
  std::from_chars(text.data() + e + 1 + (text[e + 1] == '+'), text.data() + text.size(), exponent);
  // Beyond these an exponent is what people expect to read.
  constexpr int kPlainMin = -5;
  constexpr int kPlainMax = 15;
  if (exponent < kPlainMin || exponent > kPlainMax) {
    out += digits[0];
    out += '.';
    out += digits.size() > 1 ? digits.substr(1) : "0";
    out += exponent < 0 ? "E-" : "E+";
    return out + std::to_string(std::abs(exponent));
  }
  if (exponent < 0)
    return out + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  const size_t whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) return out + digits + std::string(whole - digits.size(), '0') + ".0";
  return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

}  // namespace syncline
