#include "node/query/type_names.h"

#include <algorithm>

namespace syncline::query {
namespace {

enum Bit : int64_t {
  kNothing = 0,  // mixed fields hold doubles: the predecessor's floats are in none
  kNull = 1 << 0,
  kInteger = 1 << 1,
  kBoolean = 1 << 2,
  kString = 1 << 3,
  kBinary = 1 << 4,
  kDate = 1 << 5,
  kFloating = 1 << 6,
  kDecimal = 1 << 7,
  kObjectId = 1 << 8,
  kUuid = 1 << 9,
  kOther = 1 << 10,
  kDictionary = kDictionaryBits,
  kList = kListBits,
  kLink = kLinkBits,
};

struct Name {
  std::string_view name;
  int64_t bits;
};

// The first name of some bits is the one that is printed.
constexpr Name kNames[] = {
    {"null", kNull},
    {"int", kInteger},
    {"integer", kInteger},
    {"int16", kInteger},
    {"int32", kInteger},
    {"int64", kInteger},
    {"short", kInteger},
    {"long", kInteger},
    {"byte", kInteger},
    {"char", kInteger},
    {"bool", kBoolean},
    {"boolean", kBoolean},
    {"string", kString},
    {"binary", kBinary},
    {"data", kBinary},
    {"bytearray", kBinary},
    {"byte[]", kBinary},
    {"bindata", kBinary},
    {"date", kDate},
    {"timestamp", kDate},
    {"datetimeoffset", kDate},
    {"double", kFloating},
    {"float", kNothing},
    {"decimal", kDecimal},
    {"decimal128", kDecimal},
    {"link", kLink},
    {"objectlink", kLink},
    {"objectid", kObjectId},
    {"uuid", kUuid},
    {"guid", kUuid},
    {"object", kDictionary},
    {"dictionary", kDictionary},
    {"array", kList},
    {"list", kList},
    {"collection", kList | kDictionary},
    {"numeric", kInteger | kFloating | kDecimal},
};

}  // namespace

std::optional<int64_t> type_bits_of_name(std::string_view name) {
  std::string lower(name);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto found = std::find_if(std::begin(kNames), std::end(kNames),
                                  [&](const Name& known) { return known.name == lower; });
  if (found == std::end(kNames)) return std::nullopt;
  return found->bits;
}

std::string_view name_of_type_bits(int64_t bits) {
  for (const Name& known : kNames)
    if (known.bits == bits) return known.name;
  return "null";
}

int64_t type_bits_of(const Value& value) {
  if (value.is_null() || value.is<Undefined>()) return kNull;
  if (value.is_integer()) return kInteger;
  if (value.is<bool>()) return kBoolean;
  if (value.is<std::string>()) return kString;
  if (value.is<Binary>()) return kBinary;
  if (value.is<Date>()) return kDate;
  if (value.is<double>()) return kFloating;
  if (value.is<Decimal128>()) return kDecimal;
  if (value.is<ObjectId>()) return kObjectId;
  if (value.is<Uuid>()) return kUuid;
  return kOther;
}

int64_t type_bits_of(const ValueType& type) {
  using enum ValueType::Base;
  switch (type.base) {
    case boolean:
      return kBoolean;
    case integer:
      return kInteger;
    case floating:
      return kFloating;
    case decimal:
      return kDecimal;
    case string:
      return kString;
    case binary:
      return kBinary;
    case date:
      return kDate;
    case object_id:
      return kObjectId;
    case uuid:
      return kUuid;
    case object:
      return kLink;
    case null:
      return kNull;
    case mixed:
    case type_name:
    case other:
      break;
  }
  return kOther;
}

}  // namespace syncline::query
