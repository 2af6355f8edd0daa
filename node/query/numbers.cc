#include "node/query/numbers.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

// Intel's library, as libbidgcc000 is built: arguments by value, rounding and flags as arguments.
#define DECIMAL_CALL_BY_REFERENCE 0
#define DECIMAL_GLOBAL_ROUNDING 0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#include <bid_conf.h>
#include <bid_functions.h>

#include "proto/check.h"

namespace syncline::query {
namespace {

BID_UINT128 bits_of(const Decimal128& decimal) {
  BID_UINT128 out;
  out.w[0] = decimal.low;
  out.w[1] = decimal.high;
  return out;
}

Decimal128 decimal_of_bits(const BID_UINT128& bits) { return Decimal128{bits.w[1], bits.w[0]}; }

BID_UINT128 bits_of_text(char* text) {
  _IDEC_flags flags = 0;
  return bid128_from_string(text, 0, &flags);
}

// Above this a double has more digits than a decimal; their exact values are of no use.
constexpr double kExactMax = 1e34;

BID_UINT128 bits_of_double(double value) {
  _IDEC_flags flags = 0;
  if (!std::isfinite(value) || (std::abs(value) < kExactMax && std::trunc(value) == value))
    return binary64_to_bid128(value, 0, &flags);
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text - 1, value);
  *end.ptr = 0;
  return bits_of_text(text);
}

BID_UINT128 bits_of_number(const Value& number) {
  if (number.is_integer()) return bid128_from_int64(number.as_integer());
  if (const double* real = number.get_if<double>()) return bits_of_double(*real);
  return bits_of(number.get<Decimal128>());
}

std::strong_ordering ordering_of(bool less, bool greater) {
  return less      ? std::strong_ordering::less
         : greater ? std::strong_ordering::greater
                   : std::strong_ordering::equal;
}

std::strong_ordering compare_doubles(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return ordering_of(std::isnan(a) && !std::isnan(b), std::isnan(b) && !std::isnan(a));
  return ordering_of(a<b, a> b);
}

// Exact: neither is rounded to the other's kind.
std::strong_ordering compare_integer_double(int64_t a, double b) {
  if (std::isnan(b)) return std::strong_ordering::greater;
  constexpr double kTwo63 = 9223372036854775808.0;
  if (b >= kTwo63) return std::strong_ordering::less;
  if (b < -kTwo63) return std::strong_ordering::greater;
  const double floor = std::floor(b);
  const auto whole = static_cast<int64_t>(floor);
  if (a != whole) return a <=> whole;
  return floor == b ? std::strong_ordering::equal : std::strong_ordering::less;
}

std::strong_ordering reverse(std::strong_ordering o) { return 0 <=> o; }

std::strong_ordering compare_decimals(BID_UINT128 a, BID_UINT128 b) {
  _IDEC_flags flags = 0;
  const bool a_nan = bid128_isNaN(a) != 0;
  const bool b_nan = bid128_isNaN(b) != 0;
  if (a_nan || b_nan) return ordering_of(a_nan && !b_nan, b_nan && !a_nan);
  return ordering_of(bid128_quiet_less(a, b, &flags) != 0, bid128_quiet_greater(a, b, &flags) != 0);
}

std::optional<Value> calculate_integers(char sign, int64_t a, int64_t b) {
  int64_t out = 0;
  bool overflow = false;
  switch (sign) {
    case '+':
      overflow = __builtin_add_overflow(a, b, &out);
      break;
    case '-':
      overflow = __builtin_sub_overflow(a, b, &out);
      break;
    case '*':
      overflow = __builtin_mul_overflow(a, b, &out);
      break;
    default:
      overflow = b == 0 || (b == -1 && a == std::numeric_limits<int64_t>::min());
      if (!overflow) out = a / b;
  }
  if (overflow) return std::nullopt;
  return Value(out);
}

double calculate_doubles(char sign, double a, double b) {
  return sign == '+' ? a + b : sign == '-' ? a - b : sign == '*' ? a * b : a / b;
}

BID_UINT128 calculate_decimals(char sign, BID_UINT128 a, BID_UINT128 b) {
  _IDEC_flags flags = 0;
  switch (sign) {
    case '+':
      return bid128_add(a, b, 0, &flags);
    case '-':
      return bid128_sub(a, b, 0, &flags);
    case '*':
      return bid128_mul(a, b, 0, &flags);
    default:
      return bid128_div(a, b, 0, &flags);
  }
}

// A number's digits: 0.d1d2d3... * 10^exponent, d1 and the last not zero.
struct Digits {
  bool negative = false;
  int exponent = 0;
  char digits[40];
  int count = 0;
};

// Requires: finite and not zero.
Digits digits_of(BID_UINT128 bits) {
  // "+1234567890E-12": sign, all digits of the coefficient, exponent.
  char text[64];
  _IDEC_flags flags = 0;
  bid128_to_string(text, bits, &flags);
  const char* e = std::strchr(text, 'E');
  CHECK(e != nullptr, "the library prints finite numbers with an exponent");
  Digits out;
  out.negative = text[0] == '-';
  const char* first = text + 1;
  while (*first == '0') ++first;
  int count = static_cast<int>(e - first);
  std::memcpy(out.digits, first, static_cast<size_t>(count));
  int exponent = 0;
  const char* number = e + 1 + (e[1] == '+');
  std::from_chars(number, number + std::strlen(number), exponent);
  out.exponent = exponent + count;
  while (out.digits[count - 1] == '0') --count;
  out.count = count;
  return out;
}

// The first byte of a number's key: where on the line it lies.
enum Stretch : char { kNan = 0, kMinusInfinity, kNegative, kZero, kPositive, kInfinity };
constexpr int kExponentBias = 0x8000;

}  // namespace

bool is_nan(const Value& number) {
  if (const double* real = number.get_if<double>()) return std::isnan(*real);
  const Decimal128* decimal = number.get_if<Decimal128>();
  return decimal != nullptr && bid128_isNaN(bits_of(*decimal)) != 0;
}

std::strong_ordering compare_numbers(const Value& a, const Value& b) {
  if (a.is_integer() && b.is_integer()) return a.as_integer() <=> b.as_integer();
  if (a.is<Decimal128>() || b.is<Decimal128>())
    return compare_decimals(bits_of_number(a), bits_of_number(b));
  if (a.is_integer()) return compare_integer_double(a.as_integer(), b.get<double>());
  if (b.is_integer()) return reverse(compare_integer_double(b.as_integer(), a.get<double>()));
  return compare_doubles(a.get<double>(), b.get<double>());
}

Decimal128 decimal_of(const Value& number) { return decimal_of_bits(bits_of_number(number)); }

double double_of(const Value& number) {
  if (number.is_integer()) return static_cast<double>(number.as_integer());
  if (const double* real = number.get_if<double>()) return *real;
  _IDEC_flags flags = 0;
  return bid128_to_binary64(bits_of(number.get<Decimal128>()), 0, &flags);
}

std::optional<Value> calculate(char sign, const Value& a, const Value& b) {
  if (a.is_integer() && b.is_integer())
    return calculate_integers(sign, a.as_integer(), b.as_integer());
  if (a.is<Decimal128>() || b.is<Decimal128>())
    return Value(decimal_of_bits(calculate_decimals(sign, bits_of_number(a), bits_of_number(b))));
  return Value(calculate_doubles(sign, double_of(a), double_of(b)));
}

void put_number_key(const Value& number, Bytes* out) {
  const BID_UINT128 bits = bits_of_number(number);
  if (bid128_isNaN(bits)) return out->push_back(kNan);
  const bool negative = bid128_isSigned(bits) != 0;
  if (bid128_isZero(bits)) return out->push_back(kZero);
  if (bid128_isInf(bits)) return out->push_back(negative ? kMinusInfinity : kInfinity);
  const Digits digits = digits_of(bits);
  out->push_back(negative ? kNegative : kPositive);
  const size_t start = out->size();
  const int exponent = digits.exponent + kExponentBias;
  out->push_back(static_cast<char>(exponent >> 8));
  out->push_back(static_cast<char>(exponent));
  // Two digits a byte, from 1 on: 0 ends them, below all others.
  for (int i = 0; i < digits.count; i += 2) {
    const int low = i + 1 < digits.count ? digits.digits[i + 1] - '0' : 0;
    out->push_back(static_cast<char>((digits.digits[i] - '0') * 10 + low + 1));
  }
  out->push_back(0);
  if (negative)
    for (size_t i = start; i < out->size(); ++i) (*out)[i] = static_cast<char>(~(*out)[i]);
}

std::optional<NumberKey> read_number_key(BytesView key) {
  if (key.empty() || key[0] > kInfinity) return std::nullopt;
  NumberKey out;
  out.negative = key[0] == kNegative || key[0] == kMinusInfinity;
  if (key[0] == kNan) out.kind = NumberKey::Kind::nan;
  if (key[0] == kInfinity || key[0] == kMinusInfinity) out.kind = NumberKey::Kind::infinity;
  if (key[0] != kNegative && key[0] != kPositive) return out;
  out.kind = NumberKey::Kind::digits;
  constexpr size_t kBytesMin = 5;  // stretch, exponent, one pair of digits, the end
  if (key.size() < kBytesMin) return std::nullopt;
  const auto at = [&](size_t i) { return static_cast<uint8_t>(out.negative ? ~key[i] : key[i]); };
  out.exponent = (at(1) << 8 | at(2)) - kExponentBias;
  for (size_t i = 3; i + 1 < key.size(); ++i) {
    const int pair = at(i) - 1;
    if (pair < 0 || pair > 99) return std::nullopt;
    out.digits.push_back(static_cast<char>('0' + pair / 10));
    out.digits.push_back(static_cast<char>('0' + pair % 10));
  }
  while (out.digits.ends_with('0')) out.digits.pop_back();
  return out;
}

std::optional<int64_t> integer_of_key(BytesView key) {
  const std::optional<NumberKey> number = read_number_key(key);
  if (!number) return std::nullopt;
  if (number->kind == NumberKey::Kind::zero) return 0;
  constexpr int kDigitsMax = 19;
  const int count = static_cast<int>(number->digits.size());
  if (number->kind != NumberKey::Kind::digits || count > number->exponent ||
      number->exponent > kDigitsMax)
    return std::nullopt;
  const std::string text = (number->negative ? "-" : "") + number->digits +
                           std::string(static_cast<size_t>(number->exponent - count), '0');
  int64_t out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (read.ec != std::errc()) return std::nullopt;
  return out;
}

}  // namespace syncline::query
