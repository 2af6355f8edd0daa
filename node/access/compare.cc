#include "node/access/compare.h"

#include <cmath>

// Intel's library: the calling convention of libbidgcc000 (by value, rounding and flags as
// arguments).
#define DECIMAL_CALL_BY_REFERENCE 0
#define DECIMAL_GLOBAL_ROUNDING 0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#include <bid_conf.h>
#include <bid_functions.h>

namespace syncline {
namespace {

bool is_number(const Value& v) { return v.is_integer() || v.is<double>() || v.is<Decimal128>(); }

BID_UINT128 to_bid(const Value& v) {
  _IDEC_flags flags = 0;
  if (v.is_integer()) return bid128_from_int64(v.as_integer());
  if (const double* d = v.get_if<double>()) return binary64_to_bid128(*d, 0, &flags);
  const Decimal128& decimal = v.get<Decimal128>();
  BID_UINT128 out;
  out.w[0] = decimal.low;
  out.w[1] = decimal.high;
  return out;
}

std::partial_ordering order_decimals(const Value& a, const Value& b) {
  _IDEC_flags flags = 0;
  const BID_UINT128 x = to_bid(a);
  const BID_UINT128 y = to_bid(b);
  const bool a_nan = bid128_isNaN(x) != 0;
  const bool b_nan = bid128_isNaN(y) != 0;
  if (a_nan || b_nan)
    return a_nan && b_nan ? std::partial_ordering::equivalent : std::partial_ordering::unordered;
  if (bid128_quiet_less(x, y, &flags)) return std::partial_ordering::less;
  if (bid128_quiet_greater(x, y, &flags)) return std::partial_ordering::greater;
  return std::partial_ordering::equivalent;
}

// Exact: a double is never rounded to an integer or the other way round.
std::partial_ordering order_integer_double(int64_t a, double b) {
  if (std::isnan(b)) return std::partial_ordering::unordered;
  constexpr double kTwo63 = 9223372036854775808.0;
  if (b >= kTwo63) return std::partial_ordering::less;
  if (b < -kTwo63) return std::partial_ordering::greater;
  const double floor = std::floor(b);
  const auto whole = static_cast<int64_t>(floor);
  if (a != whole) return a <=> whole;
  return floor == b ? std::partial_ordering::equivalent : std::partial_ordering::less;
}

std::partial_ordering reverse(std::partial_ordering order) {
  if (order == std::partial_ordering::less) return std::partial_ordering::greater;
  if (order == std::partial_ordering::greater) return std::partial_ordering::less;
  return order;
}

std::partial_ordering order_numbers(const Value& a, const Value& b) {
  if (a.is_integer() && b.is_integer()) return a.as_integer() <=> b.as_integer();
  if (a.is<Decimal128>() || b.is<Decimal128>()) return order_decimals(a, b);
  if (a.is_integer()) return order_integer_double(a.as_integer(), b.get<double>());
  if (b.is_integer()) return reverse(order_integer_double(b.as_integer(), a.get<double>()));
  const double x = a.get<double>();
  const double y = b.get<double>();
  if (std::isnan(x) && std::isnan(y)) return std::partial_ordering::equivalent;
  return x <=> y;
}

template <class T>
std::partial_ordering order_as(const Value& a, const Value& b) {
  return a.get<T>() <=> b.get<T>();
}

}  // namespace

bool rule_equal(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return order_numbers(a, b) == std::partial_ordering::equivalent;
  const List* a_list = a.get_if<List>();
  const List* b_list = b.get_if<List>();
  if (a_list && b_list) {
    if (a_list->elements.size() != b_list->elements.size()) return false;
    for (size_t i = 0; i < a_list->elements.size(); ++i)
      if (!rule_equal(a_list->elements[i], b_list->elements[i])) return false;
    return true;
  }
  const Document* a_doc = a.get_if<Document>();
  const Document* b_doc = b.get_if<Document>();
  if (a_doc && b_doc) {
    if (a_doc->fields.size() != b_doc->fields.size()) return false;
    for (size_t i = 0; i < a_doc->fields.size(); ++i) {
      if (a_doc->fields[i].name != b_doc->fields[i].name) return false;
      if (!rule_equal(a_doc->fields[i].value, b_doc->fields[i].value)) return false;
    }
    return true;
  }
  return a == b;
}

std::partial_ordering rule_order(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return order_numbers(a, b);
  if (a.data().index() != b.data().index()) return std::partial_ordering::unordered;
  if (a.is<std::string>()) return order_as<std::string>(a, b);
  if (a.is<bool>()) return order_as<bool>(a, b);
  if (a.is<Date>()) return order_as<Date>(a, b);
  if (a.is<ObjectId>()) return order_as<ObjectId>(a, b);
  if (a.is<Uuid>()) return order_as<Uuid>(a, b);
  if (a.is<Timestamp>()) return order_as<Timestamp>(a, b);
  if (a.is<Binary>()) return order_as<Binary>(a, b);
  return rule_equal(a, b) ? std::partial_ordering::equivalent : std::partial_ordering::unordered;
}

}  // namespace syncline
