#include "node/model/exact_number.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "proto/extended_json.h"
#include "proto/number_text.h"

namespace syncline {
namespace {

// A decimal's. 10^34 * 10 fits 128 bits, so a remainder can be worked out digit by digit.
constexpr size_t kDivisorDigitsMax = 34;

// Exact, also where a double does not have the integer.
std::partial_ordering compare_with_double(int64_t a, double b) {
  if (std::isnan(b)) return std::partial_ordering::unordered;
  if (b >= 0x1p63) return std::partial_ordering::less;
  if (b < -0x1p63) return std::partial_ordering::greater;
  const auto whole = static_cast<int64_t>(b);
  if (a != whole) return a <=> whole;
  return 0.0 <=> b - static_cast<double>(whole);
}

// A decimal's or double's text; NaN and infinities too.
std::string text_of(const Value& value) {
  if (value.is_integer()) return std::to_string(value.as_integer());
  if (const double* number = value.get_if<double>()) return print_double_text(*number);
  return print_decimal128(value.get<Decimal128>());
}

// Infinities by sign; 0 for finite numbers.
int infinity_of(std::string_view text) {
  return text == "Infinity" ? 1 : text == "-Infinity" ? -1 : 0;
}

}  // namespace

bool is_number(const Value& value) {
  return value.is_integer() || value.is<double>() || value.is<Decimal128>();
}

std::optional<ExactNumber> ExactNumber::of(const Value& value) {
  if (!is_number(value)) return std::nullopt;
  const std::string text = text_of(value);
  if (text == "NaN" || infinity_of(text) != 0) return std::nullopt;
  return of_text(text);
}

ExactNumber ExactNumber::of_text(std::string_view text) {
  ExactNumber number;
  if (text.starts_with('-')) {
    number.negative_ = true;
    text.remove_prefix(1);
  }
  const size_t e = std::min(text.find_first_of("eE"), text.size());
  if (e < text.size()) {
    std::string_view exponent = text.substr(e + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    std::from_chars(exponent.data(), exponent.data() + exponent.size(), number.exponent_);
  }
  std::string_view mantissa = text.substr(0, e);
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  number.digits_ = mantissa.substr(0, point);
  if (point < mantissa.size()) {
    const std::string_view fraction = mantissa.substr(point + 1);
    number.digits_ += fraction;
    number.exponent_ -= static_cast<int64_t>(fraction.size());
  }
  const size_t last = number.digits_.find_last_not_of('0');
  if (last == std::string::npos) return ExactNumber();  // -0 is 0
  number.exponent_ += static_cast<int64_t>(number.digits_.size() - last - 1);
  number.digits_.erase(last + 1);
  number.digits_.erase(0, number.digits_.find_first_not_of('0'));
  return number;
}

bool ExactNumber::is_multiple_of(const ExactNumber& divisor) const {
  if (divisor.is_zero() || divisor.digits_.size() > kDivisorDigitsMax) return false;
  if (is_zero()) return true;
  // Our digits end in no zero, so nothing that does divides them.
  if (divisor.exponent_ > exponent_) return false;
  unsigned __int128 by = 0;
  for (const char c : divisor.digits_) by = by * 10 + static_cast<unsigned>(c - '0');
  unsigned __int128 rest = 0;
  for (const char c : digits_) rest = (rest * 10 + static_cast<unsigned>(c - '0')) % by;
  for (int64_t zeros = exponent_ - divisor.exponent_; zeros > 0 && rest != 0; --zeros)
    rest = rest * 10 % by;
  return rest == 0;
}

std::string ExactNumber::key() const {
  if (is_zero()) return "0";
  return fmt::format("{}{}E{}", negative_ ? "-" : "", digits_, exponent_);
}

std::strong_ordering ExactNumber::operator<=>(const ExactNumber& other) const {
  const auto sign = [](const ExactNumber& n) { return n.is_zero() ? 0 : n.negative_ ? -1 : 1; };
  if (sign(*this) != sign(other)) return sign(*this) <=> sign(other);
  if (is_zero()) return std::strong_ordering::equal;
  auto order = magnitude() <=> other.magnitude();
  if (order == 0)
    order = digits_ <=> other.digits_;  // as fractions: no zeros at the end, so prefixes are less
  return negative_ ? 0 <=> order : order;
}

std::partial_ordering compare_numbers(const Value& a, const Value& b) {
  if (!is_number(a) || !is_number(b)) return std::partial_ordering::unordered;
  if (a.is_integer() && b.is_integer()) return a.as_integer() <=> b.as_integer();
  const double* a_double = a.get_if<double>();
  const double* b_double = b.get_if<double>();
  if (a_double != nullptr && b_double != nullptr) return *a_double <=> *b_double;
  if (a.is_integer() && b_double != nullptr) return compare_with_double(a.as_integer(), *b_double);
  if (a_double != nullptr && b.is_integer())
    return 0 <=> compare_with_double(b.as_integer(), *a_double);
  const std::string a_text = text_of(a);
  const std::string b_text = text_of(b);
  if (a_text == "NaN" || b_text == "NaN") return std::partial_ordering::unordered;
  const int a_infinity = infinity_of(a_text);
  const int b_infinity = infinity_of(b_text);
  if (a_infinity != 0 || b_infinity != 0) return a_infinity <=> b_infinity;
  return *ExactNumber::of(a) <=> *ExactNumber::of(b);
}

}  // namespace syncline
