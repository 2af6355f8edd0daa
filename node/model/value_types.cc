#include "node/model/value_types.h"

#include <algorithm>
#include <limits>

#include "node/model/exact_number.h"
#include "node/model/type_table.h"

namespace syncline {
namespace {

bool fits_int32(const Value& value) {
  return value.is_integer() && value.as_integer() >= std::numeric_limits<int32_t>::min() &&
         value.as_integer() <= std::numeric_limits<int32_t>::max();
}

bool is_key_of_type(ScalarType type, const Value& id) {
  switch (type) {
    case ScalarType::int32:
      return fits_int32(id);
    case ScalarType::int64:
    case ScalarType::number:
      return id.is_integer();
    case ScalarType::string:
      return id.is<std::string>();
    case ScalarType::object_id:
      return id.is<ObjectId>();
    case ScalarType::uuid:
      return id.is<Uuid>();
    case ScalarType::mixed:
      return id.is_integer() || id.is<std::string>() || id.is<ObjectId>() || id.is<Uuid>();
    default:
      return false;
  }
}

}  // namespace

std::string_view describe(ScalarType type) { return row_of(type).phrase; }

bool is_of_type(const Schema& schema, ScalarType type, TypeNumber target, const Value& value) {
  switch (type) {
    case ScalarType::mixed:
      return true;
    case ScalarType::boolean:
      return value.is<bool>();
    case ScalarType::int32:
      return fits_int32(value);
    case ScalarType::int64:
      return value.is_integer();
    case ScalarType::number:
      return is_number(value);
    case ScalarType::floating:
      return value.is<double>();
    case ScalarType::string:
      return value.is<std::string>();
    case ScalarType::binary:
      return value.is<Binary>();
    case ScalarType::date:
      return value.is<Date>();
    case ScalarType::object_id:
      return value.is<ObjectId>();
    case ScalarType::uuid:
      return value.is<Uuid>();
    case ScalarType::decimal:
      return value.is<Decimal128>();
    case ScalarType::timestamp:
      return value.is<Timestamp>();
    case ScalarType::regex:
      return value.is<Regex>();
    case ScalarType::null:
      return value.is_null();
    case ScalarType::embedded:
      return false;
    case ScalarType::link: {
      const TypeDef* linked = schema.type(target);
      return linked == nullptr ? is_key_of_type(ScalarType::mixed, value)
                               : is_of_key_type(linked->key_types, value);
    }
  }
  return false;
}

bool is_of_key_type(const std::vector<ScalarType>& key_types, const Value& id) {
  return std::any_of(key_types.begin(), key_types.end(),
                     [&](ScalarType type) { return is_key_of_type(type, id); });
}

}  // namespace syncline
