#include "node/query/key_text.h"

#include <cstring>

#include <fmt/format.h>

#include "node/query/compare.h"
#include "node/query/numbers.h"
#include "proto/utf8.h"

namespace syncline::query {
namespace {

constexpr size_t kTextBytesMax = 40;
constexpr uint64_t kSignBit = uint64_t{1} << 63;

ValueKind kind_of_key(BytesView key) { return static_cast<ValueKind>(key[0]); }

std::string bytes_text(BytesView bytes) {
  const bool cut = bytes.size() > kTextBytesMax;
  BytesView shown = bytes.substr(0, kTextBytesMax);
  while (cut && !shown.empty() && !is_utf8(shown)) shown.remove_suffix(1);
  if (!is_utf8(shown)) return fmt::format("binary({}{})", to_hex(shown), cut ? "..." : "");
  return fmt::format("'{}'{}", shown, cut ? "..." : "");
}

std::string number_text(BytesView key) {
  const std::optional<NumberKey> number = read_number_key(key);
  if (!number) return "?";
  const std::string sign = number->negative ? "-" : "";
  switch (number->kind) {
    case NumberKey::Kind::nan:
      return "nan";
    case NumberKey::Kind::infinity:
      return sign + "inf";
    case NumberKey::Kind::zero:
      return "0";
    case NumberKey::Kind::digits:
      break;
  }
  const int count = static_cast<int>(number->digits.size());
  const int exponent = number->exponent;
  constexpr int kPlainMax = 20;
  if (exponent <= -kPlainMax || exponent > kPlainMax)
    return fmt::format("{}0.{}e{}", sign, number->digits, exponent);
  if (exponent <= 0)
    return fmt::format("{}0.{}{}", sign, std::string(static_cast<size_t>(-exponent), '0'),
                       number->digits);
  if (count <= exponent)
    return fmt::format("{}{}{}", sign, number->digits,
                       std::string(static_cast<size_t>(exponent - count), '0'));
  const auto point = static_cast<size_t>(exponent);
  return fmt::format("{}{}.{}", sign, number->digits.substr(0, point),
                     number->digits.substr(point));
}

std::string date_text(BytesView rest) {
  constexpr size_t kDateBytes = 12;
  if (rest.size() != kDateBytes) return "?";
  return fmt::format("T{}:{}", static_cast<int64_t>(get_u64_big_endian(rest) ^ kSignBit),
                     get_u32_big_endian(rest.substr(8)));
}

template <class Id>
std::optional<ObjectKey> key_of(BytesView rest) {
  Id id;
  if (rest.size() != id.bytes.size()) return std::nullopt;
  std::memcpy(id.bytes.data(), rest.data(), rest.size());
  return object_key(Value(id)).value();
}

}  // namespace

std::string key_text(BytesView key) {
  if (key.empty()) return "?";
  const BytesView rest = key.substr(1);
  switch (kind_of_key(key)) {
    case ValueKind::null:
      return "NULL";
    case ValueKind::boolean:
      return rest == BytesView("\1", 1) ? "true" : "false";
    case ValueKind::number:
      return number_text(rest);
    case ValueKind::bytes:
      return bytes_text(rest);
    case ValueKind::date:
      return date_text(rest);
    case ValueKind::object_id:
      return fmt::format("oid({})", to_hex(rest));
    case ValueKind::uuid:
      return fmt::format("uuid({})", to_hex(rest));
    case ValueKind::other:
    case ValueKind::composite:
      break;
  }
  return "{...}";
}

std::optional<ObjectKey> object_of_key(BytesView key) {
  if (key.empty()) return std::nullopt;
  const BytesView rest = key.substr(1);
  switch (kind_of_key(key)) {
    case ValueKind::number: {
      const std::optional<int64_t> integer = integer_of_key(rest);
      if (!integer) return std::nullopt;
      return object_key(Value(*integer)).value();
    }
    case ValueKind::bytes: {
      Result<ObjectKey> made = object_key(Value(std::string(rest)));
      return made ? std::optional(std::move(*made)) : std::nullopt;
    }
    case ValueKind::object_id:
      return key_of<ObjectId>(rest);
    case ValueKind::uuid:
      return key_of<Uuid>(rest);
    default:
      return std::nullopt;
  }
}

}  // namespace syncline::query
