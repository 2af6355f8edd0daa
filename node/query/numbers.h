// Numbers of all kinds, as one line of numbers. Used by comparisons, arithmetic and aggregates.
//
// An integer stands for itself, a decimal for itself, a double for the integer that it is, or else
// for the shortest decimal that reads back as it: 0.1 is 0.1. So equality across kinds is
// transitive, and a double that a person wrote equals the decimal that he wrote. NaN equals NaN and
// lies below all others. Pure; any thread.
#pragma once

#include <compare>
#include <optional>
#include <string>

#include "proto/bytes.h"
#include "syncline/value.h"

namespace syncline::query {

inline bool is_number(const Value& value) {
  return value.is_integer() || value.is<double>() || value.is<Decimal128>();
}
bool is_nan(const Value& number);

// Requires of all below: numbers.
std::strong_ordering compare_numbers(const Value& a, const Value& b);
// Its place on the line, exactly (an integral double has up to 34 digits).
Decimal128 decimal_of(const Value& number);
// As a double, rounded.
double double_of(const Value& number);

// + - * /, in the wider of the two kinds (integer, double, decimal), as the predecessor computes:
// integers divide to integers. Nothing where integers overflow or are divided by 0.
std::optional<Value> calculate(char sign, const Value& a, const Value& b);

// Bytes that compare as the numbers do; equal for equal numbers. No one's is another's prefix.
void put_number_key(const Value& number, Bytes* out);

// A number's key taken apart: sign, digits d1 d2 d3... and exponent of 0.d1d2d3... * 10^exponent.
struct NumberKey {
  enum class Kind : uint8_t { nan, infinity, zero, digits } kind = Kind::zero;
  bool negative = false;
  std::string digits;
  int exponent = 0;
};
// Nothing if the bytes are no number's key.
std::optional<NumberKey> read_number_key(BytesView key);
// The integer whose key it is, if it is one of 64 bits.
std::optional<int64_t> integer_of_key(BytesView key);

}  // namespace syncline::query
