#include "node/query/operators.h"

#include "node/query/compare.h"
#include "node/query/numbers.h"
#include "node/query/strings.h"

namespace syncline::query {
namespace {

// A string's or a binary's; nothing of anything else.
std::optional<std::string_view> bytes_in(const Value& value) {
  if (const std::string* text = value.get_if<std::string>()) return *text;
  if (const Binary* binary = value.get_if<Binary>()) return binary->bytes;
  return std::nullopt;
}

bool unordered(const Value& a, const Value& b) {
  return is_number(a) && is_number(b) && (is_nan(a) || is_nan(b));
}

// < and > are false beside null and NaN, <= and >= true for two nulls or two NaN.
bool test_order(Comparison comparison, const Value& left, const Value& right) {
  const bool or_equal =
      comparison == Comparison::less_equal || comparison == Comparison::greater_equal;
  if (kind_of(left) != kind_of(right)) return false;
  const std::strong_ordering o = order(left, right);
  if (o == 0) return or_equal;
  if (unordered(left, right) || left.is_null()) return false;
  const bool less = comparison == Comparison::less || comparison == Comparison::less_equal;
  return less ? o < 0 : o > 0;
}

// With null the predecessor's ways: CONTAINS, BEGINSWITH and ENDSWITH of null match everything, but
// CONTAINS[c] not what is null itself; LIKE null matches null alone.
bool test_text(const Predicate& compare, const Value& left, const Value& right) {
  const Comparison op = compare.comparison;
  if (right.is_null()) {
    if (op == Comparison::like) return left.is_null();
    return !(compare.fold && op == Comparison::contains && left.is_null());
  }
  std::optional<std::string_view> text = bytes_in(left);
  std::optional<std::string_view> part = bytes_in(right);
  if (!text || !part) return false;
  std::string folded_text;
  std::string folded_part;
  if (compare.fold) {
    folded_text = fold_case(*text);
    folded_part = fold_case(*part);
    text = folded_text;
    part = folded_part;
  }
  switch (op) {
    case Comparison::begins_with:
      return text->starts_with(*part);
    case Comparison::ends_with:
      return text->ends_with(*part);
    case Comparison::contains:
      return text->find(*part) != std::string_view::npos;
    case Comparison::like:
      return is_like(*text, *part);
    default:
      return compare.search && matches_text(*text, *compare.search);
  }
}

}  // namespace

bool are_equal(const Value& left, const Value& right, bool fold) {
  if (fold) {
    const std::optional<std::string_view> a = bytes_in(left);
    const std::optional<std::string_view> b = bytes_in(right);
    if (a && b) return fold_case(*a) == fold_case(*b);
  }
  return order(left, right) == 0;
}

bool test_values(const Predicate& compare, const Value& left, const Value& right) {
  switch (compare.comparison) {
    case Comparison::equal:
    case Comparison::in:
      return are_equal(left, right, compare.fold);
    case Comparison::not_equal:
      return !are_equal(left, right, compare.fold);
    case Comparison::less:
    case Comparison::less_equal:
    case Comparison::greater:
    case Comparison::greater_equal:
      return test_order(compare.comparison, left, right);
    default:
      return test_text(compare, left, right);
  }
}

bool test_kinds(Comparison comparison, const Value& left, const Value& right) {
  const bool common =
      left.is_integer() && right.is_integer() && (left.as_integer() & right.as_integer()) != 0;
  return common == (comparison != Comparison::not_equal);
}

}  // namespace syncline::query
