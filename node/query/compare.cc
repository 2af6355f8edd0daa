#include "node/query/compare.h"

#include "node/query/numbers.h"
#include "proto/codec.h"

namespace syncline::query {
namespace {

BytesView bytes_of(const Value& value) {
  if (const std::string* text = value.get_if<std::string>()) return *text;
  return value.get<Binary>().bytes;
}

constexpr uint64_t kSignBit = uint64_t{1} << 63;

}  // namespace

ValueKind kind_of(const Value& value) {
  // In the order of Value::Variant.
  using enum ValueKind;
  static constexpr ValueKind kKinds[] = {
      null,      boolean,   number, number, number, bytes, date,  object_id, uuid,  number, bytes,
      composite, composite, other,  other,  other,  other, other, null,      other, other};
  static_assert(std::size(kKinds) == std::variant_size_v<Value::Variant>);
  return kKinds[value.data().index()];
}

std::strong_ordering order(const Value& a, const Value& b) {
  const ValueKind kind = kind_of(a);
  if (kind != kind_of(b)) return kind <=> kind_of(b);
  switch (kind) {
    case ValueKind::null:
      return std::strong_ordering::equal;
    case ValueKind::boolean:
      return a.get<bool>() <=> b.get<bool>();
    case ValueKind::number:
      return compare_numbers(a, b);
    case ValueKind::bytes:
      return bytes_of(a) <=> bytes_of(b);
    case ValueKind::date:
      return a.get<Date>() <=> b.get<Date>();
    case ValueKind::object_id:
      return a.get<ObjectId>() <=> b.get<ObjectId>();
    case ValueKind::uuid:
      return a.get<Uuid>() <=> b.get<Uuid>();
    case ValueKind::other:
    case ValueKind::composite:
      break;
  }
  return encode_value(a) <=> encode_value(b);
}

Bytes comparison_key(const Value& value) {
  const ValueKind kind = kind_of(value);
  Bytes key(1, static_cast<char>(kind));
  switch (kind) {
    case ValueKind::null:
      break;
    case ValueKind::boolean:
      key.push_back(value.get<bool>() ? 1 : 0);
      break;
    case ValueKind::number:
      put_number_key(value, &key);
      break;
    case ValueKind::bytes:
      key += bytes_of(value);
      break;
    case ValueKind::date:
      put_u64_big_endian(&key, static_cast<uint64_t>(value.get<Date>().seconds) ^ kSignBit);
      put_u32_big_endian(&key, static_cast<uint32_t>(value.get<Date>().nanoseconds));
      break;
    case ValueKind::object_id:
      key.append(value.get<ObjectId>().bytes.begin(), value.get<ObjectId>().bytes.end());
      break;
    case ValueKind::uuid:
      key.append(value.get<Uuid>().bytes.begin(), value.get<Uuid>().bytes.end());
      break;
    case ValueKind::other:
    case ValueKind::composite:
      key += encode_value(value);
  }
  return key;
}

}  // namespace syncline::query
