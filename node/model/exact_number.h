// ExactNumber: any finite number as decimal digits and an exponent, without rounding and without
// bounds.
//
// For schema keywords, where long, double and decimal meet: minimum, multipleOf, enum, uniqueItems.
// A double counts as the number that it is written as (0.1 is one tenth), for that is what the
// schema's author meant. Pure; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "syncline/value.h"

namespace syncline {

class ExactNumber {
 public:
  // Nothing for what is no number, not a number, or infinite.
  static std::optional<ExactNumber> of(const Value& value);

  bool is_zero() const { return digits_.empty(); }
  // False if the divisor is zero or has more than 34 digits.
  bool is_multiple_of(const ExactNumber& divisor) const;
  // The same text for equal numbers.
  std::string key() const;
  std::strong_ordering operator<=>(const ExactNumber& other) const;
  bool operator==(const ExactNumber&) const = default;

 private:
  static ExactNumber of_text(std::string_view text);
  // Of the first digit: the number is 0.digits * 10^magnitude.
  int64_t magnitude() const { return static_cast<int64_t>(digits_.size()) + exponent_; }

  bool negative_ = false;
  std::string digits_;  // the number is digits * 10^exponent; no zeros at either end; empty: zero
  int64_t exponent_ = 0;
};

bool is_number(const Value& value);

// By number, whatever the types. Unordered if either is no number or not a number.
std::partial_ordering compare_numbers(const Value& a, const Value& b);

}  // namespace syncline
