#include "node/model/migration_values.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "node/model/exact_number.h"
#include "proto/bytes.h"
#include "proto/extended_json.h"
#include "proto/iso_date.h"
#include "proto/number_text.h"

namespace syncline {
namespace {

constexpr int64_t kSecondsOfYear0 = -62'167'219'200;      // 0000-01-01T00:00:00Z
constexpr int64_t kSecondsOfYear10000 = 253'402'300'800;  // 10000-01-01T00:00:00Z
constexpr size_t kNumberTextBytesMax = 100;  // longer texts are no numbers that anybody wrote

bool is_numeric(ScalarType type) {
  return type == ScalarType::int32 || type == ScalarType::int64 || type == ScalarType::number ||
         type == ScalarType::floating || type == ScalarType::decimal;
}

bool is_whole(ScalarType type) { return type == ScalarType::int32 || type == ScalarType::int64; }

std::optional<int64_t> whole_of(double number) {
  constexpr double kBeyondInt64 = 9223372036854775808.0;  // 2^63, which no int64 reaches
  const double whole = std::trunc(number);
  if (!(whole >= -kBeyondInt64 && whole < kBeyondInt64)) return std::nullopt;  // NaN too
  return static_cast<int64_t>(whole);
}

// A decimal's text without exponent and fraction, if it may fit an int64.
std::optional<int64_t> whole_of(const Decimal128& decimal) {
  constexpr int64_t kDigitsMax = 40;
  std::string text = print_decimal128(decimal);
  const bool negative = text.starts_with('-');
  if (negative) text.erase(0, 1);
  if (text.empty() || !is_digit(text[0])) return std::nullopt;  // NaN, Infinity
  int64_t exponent = 0;
  if (const size_t e = text.find('E'); e != std::string::npos) {
    std::string_view digits = std::string_view(text).substr(e + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    exponent = parse_integer_text(digits).value_or(0);
    text.resize(e);
  }
  if (const size_t point = text.find('.'); point != std::string::npos) {
    exponent -= static_cast<int64_t>(text.size() - point - 1);
    text.erase(point, 1);
  }
  text.erase(0, std::min(text.find_first_not_of('0'), text.size()));
  if (exponent < 0)
    text.resize(text.size() - std::min<size_t>(text.size(), static_cast<size_t>(-exponent)));
  if (text.empty()) return 0;
  if (exponent > 0) {
    if (static_cast<int64_t>(text.size()) + exponent > kDigitsMax) return std::nullopt;
    text.append(static_cast<size_t>(exponent), '0');
  }
  return parse_integer_text((negative ? "-" : "") + text);
}

std::optional<int64_t> whole_number(const Value& value) {
  if (value.is_integer()) return value.as_integer();
  if (const bool* flag = value.get_if<bool>()) return *flag ? 1 : 0;
  if (const double* number = value.get_if<double>()) return whole_of(*number);
  if (const Decimal128* decimal = value.get_if<Decimal128>()) return whole_of(*decimal);
  if (const Date* date = value.get_if<Date>()) return milliseconds_of(*date);
  if (const std::string* text = value.get_if<std::string>()) return parse_integer_text(*text);
  return std::nullopt;
}

std::optional<Value> real_number(const Value& value) {
  if (value.is<double>()) return value;
  if (const Decimal128* decimal = value.get_if<Decimal128>()) {
    const std::optional<double> number = parse_double_text(print_decimal128(*decimal));
    return number ? std::optional<Value>(*number) : std::nullopt;
  }
  if (const std::string* text = value.get_if<std::string>()) {
    if (text->size() > kNumberTextBytesMax) return std::nullopt;
    const std::optional<double> number = parse_double_text(*text);
    return number ? std::optional<Value>(*number) : std::nullopt;
  }
  const std::optional<int64_t> whole = whole_number(value);
  return whole ? std::optional<Value>(static_cast<double>(*whole)) : std::nullopt;
}

std::optional<Value> decimal_number(const Value& value) {
  if (value.is<Decimal128>()) return value;
  std::string text;
  if (const double* number = value.get_if<double>()) {
    text = print_double_text(*number);
  } else if (const std::string* given = value.get_if<std::string>()) {
    if (given->size() > kNumberTextBytesMax) return std::nullopt;
    text = *given;
  } else if (const std::optional<int64_t> whole = whole_number(value)) {
    text = std::to_string(*whole);
  } else {
    return std::nullopt;
  }
  Result<Decimal128> decimal = parse_decimal128(text);
  return decimal ? std::optional<Value>(*decimal) : std::nullopt;
}

std::optional<Value> any_number(const Value& value) {
  if (is_number(value)) return value;
  if (const std::optional<int64_t> whole = whole_number(value)) return Value(*whole);
  return value.is<std::string>() ? real_number(value) : std::nullopt;
}

std::optional<Value> integer(ScalarType to, const Value& value) {
  const std::optional<int64_t> whole = whole_number(value);
  if (!whole) return std::nullopt;
  if (to == ScalarType::int64) return Value(*whole);
  if (*whole != static_cast<int32_t>(*whole)) return std::nullopt;
  return Value(static_cast<int32_t>(*whole));
}

std::optional<Value> truth(const Value& value) {
  if (value.is<bool>()) return value;
  if (same_value(value, Value(int32_t{1})) || value == Value("true")) return Value(true);
  if (same_value(value, Value(int32_t{0})) || value == Value("false")) return Value(false);
  return std::nullopt;
}

std::string uuid_text(const Uuid& uuid) {
  std::string text = to_hex({reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size()});
  for (const size_t dash : {8, 13, 18, 23}) text.insert(dash, 1, '-');
  return text;
}

std::optional<Value> printed(const Value& value) {
  if (value.is<std::string>()) return value;
  if (value.is_integer()) return Value(std::to_string(value.as_integer()));
  if (const bool* flag = value.get_if<bool>()) return Value(*flag ? "true" : "false");
  if (const double* number = value.get_if<double>()) return Value(print_double_text(*number));
  if (const auto* decimal = value.get_if<Decimal128>()) return Value(print_decimal128(*decimal));
  if (const Date* date = value.get_if<Date>()) {
    if (date->seconds < kSecondsOfYear0 || date->seconds >= kSecondsOfYear10000)
      return std::nullopt;
    return Value(print_iso_date(*date));
  }
  if (const ObjectId* id = value.get_if<ObjectId>())
    return Value(to_hex({reinterpret_cast<const char*>(id->bytes.data()), id->bytes.size()}));
  if (const Uuid* uuid = value.get_if<Uuid>()) return Value(uuid_text(*uuid));
  return std::nullopt;
}

std::optional<Value> date_of(const Value& value) {
  if (value.is<Date>()) return value;
  if (const std::string* text = value.get_if<std::string>()) {
    const std::optional<Date> date = parse_iso_date(*text);
    return date ? std::optional<Value>(*date) : std::nullopt;
  }
  if (!is_number(value)) return std::nullopt;
  const std::optional<int64_t> milliseconds = whole_number(value);
  return milliseconds ? std::optional<Value>(date_of_milliseconds(*milliseconds)) : std::nullopt;
}

template <class Id>
std::optional<Value> id_of_hex(std::string_view text) {
  Bytes bytes;
  Id id;
  if (text.size() != 2 * id.bytes.size() || !from_hex(text, &bytes)) return std::nullopt;
  std::ranges::copy(bytes, id.bytes.begin());
  return Value(id);
}

std::optional<Value> object_id_of(const Value& value) {
  if (value.is<ObjectId>()) return value;
  const std::string* text = value.get_if<std::string>();
  return text == nullptr ? std::nullopt : id_of_hex<ObjectId>(*text);
}

std::optional<Value> uuid_of(const Value& value) {
  if (value.is<Uuid>()) return value;
  const std::string* text = value.get_if<std::string>();
  if (text == nullptr || text->size() != 36) return std::nullopt;
  std::string hex = *text;
  for (const size_t dash : {23, 18, 13, 8}) {
    if (hex[dash] != '-') return std::nullopt;
    hex.erase(dash, 1);
  }
  return id_of_hex<Uuid>(hex);
}

template <class T>
std::optional<Value> only(const Value& value) {
  return value.is<T>() ? std::optional<Value>(value) : std::nullopt;
}

Convertible number_to(ScalarType from, ScalarType to) {
  switch (to) {
    case ScalarType::int32:
      return Convertible::sometimes;
    case ScalarType::int64:
      return from == ScalarType::int32 ? Convertible::always : Convertible::sometimes;
    case ScalarType::floating:
      return from == ScalarType::decimal || from == ScalarType::number ? Convertible::sometimes
                                                                       : Convertible::always;
    case ScalarType::number:
    case ScalarType::decimal:
    case ScalarType::string:
      return Convertible::always;
    case ScalarType::date:
      return is_whole(from) ? Convertible::always : Convertible::sometimes;
    case ScalarType::boolean:
      return Convertible::sometimes;
    default:
      return Convertible::never;
  }
}

}  // namespace

bool same_value(const Value& a, const Value& b) {
  return a == b || (is_number(a) && is_number(b) && compare_numbers(a, b) == 0);
}

std::optional<Value> converted(ScalarType to, const Value& value) {
  switch (to) {
    case ScalarType::mixed:
      return value;
    case ScalarType::boolean:
      return truth(value);
    case ScalarType::int32:
    case ScalarType::int64:
      return integer(to, value);
    case ScalarType::number:
      return any_number(value);
    case ScalarType::floating:
      return real_number(value);
    case ScalarType::decimal:
      return decimal_number(value);
    case ScalarType::string:
      return printed(value);
    case ScalarType::date:
      return date_of(value);
    case ScalarType::object_id:
      return object_id_of(value);
    case ScalarType::uuid:
      return uuid_of(value);
    case ScalarType::binary:
      return only<Binary>(value);
    case ScalarType::timestamp:
      return only<Timestamp>(value);
    case ScalarType::regex:
      return only<Regex>(value);
    case ScalarType::null:
      return only<Null>(value);
    case ScalarType::embedded:
    case ScalarType::link:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Value> converted(std::span<const ScalarType> to, const Value& value) {
  for (const ScalarType type : to)  // as it is, rather than as another that comes before
    if (std::optional<Value> same = held_as({&type, 1}, value)) return same;
  for (const ScalarType type : to)
    if (std::optional<Value> out = converted(type, value)) return out;
  return std::nullopt;
}

std::optional<Value> held_as(std::span<const ScalarType> types, const Value& value) {
  for (const ScalarType type : types) {
    std::optional<Value> out = converted(type, value);
    if (!out) continue;
    if (out->data().index() == value.data().index() || same_value(*out, value)) return out;
  }
  return std::nullopt;
}

Convertible convertible(ScalarType from, ScalarType to) {
  using enum ScalarType;
  if (from == embedded || to == embedded || from == link || to == link) return Convertible::never;
  if (from == to || to == mixed) return Convertible::always;
  if (from == mixed) return Convertible::sometimes;
  if (is_numeric(from)) return number_to(from, to);
  const bool from_text_or_to = to == object_id || to == uuid || to == date || to == boolean;
  switch (from) {
    case boolean:
      return is_numeric(to) || to == string ? Convertible::always : Convertible::never;
    case string:
      return is_numeric(to) || from_text_or_to ? Convertible::sometimes : Convertible::never;
    case date:
      if (to == string || to == int32) return Convertible::sometimes;
      return is_numeric(to) ? Convertible::always : Convertible::never;
    case object_id:
    case uuid:
      return to == string ? Convertible::always : Convertible::never;
    default:
      return Convertible::never;
  }
}

Convertible convertible(std::span<const ScalarType> from, std::span<const ScalarType> to) {
  Convertible least = Convertible::always, most = Convertible::never;
  for (const ScalarType one : from) {
    Convertible best = Convertible::never;
    for (const ScalarType other : to) best = std::max(best, convertible(one, other));
    least = std::min(least, best);
    most = std::max(most, best);
  }
  return least == Convertible::never && most != Convertible::never ? Convertible::sometimes : least;
}

std::string_view loss_between(ScalarType from, ScalarType to) {
  using enum ScalarType;
  if (from == to || to == mixed || from == boolean) return "";
  if (from == mixed) return "only values of that type are carried over";
  if (to == boolean)
    return "0 and 1 are false and true, as are \"false\" and \"true\"; nothing else is";
  if (from == string) {
    if (to == date) return "texts come back as ISO 8601 in UTC, to the millisecond";
    return to == object_id || to == uuid ? "texts come back in small letters"
                                         : "texts come back as the number is written";
  }
  if (from == date) return "what is below a millisecond is left out";
  if (to == date && !is_whole(from)) return "a date has whole milliseconds";
  if (!is_numeric(from) || to == string || to == date)
    return from == number && to == string ? "a decimal comes back as another number type" : "";
  if (is_whole(to))
    return from == int32    ? ""
           : is_whole(from) ? "numbers that do not fit are not carried over"
                            : "only the whole part is carried over";
  if (to == floating)
    return from == int32 ? "" : "a double has 15 to 17 digits: longer numbers are rounded";
  return from == number ? "the number comes back as a decimal" : "";
}

}  // namespace syncline
