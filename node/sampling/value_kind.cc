#include "node/sampling/value_kind.h"

#include <algorithm>
#include <cmath>

namespace syncline::sampling {
namespace {

struct KindOf {
  ValueKind operator()(const Null&) const { return ValueKind::null; }
  ValueKind operator()(bool) const { return ValueKind::boolean; }
  ValueKind operator()(int32_t) const { return ValueKind::int32; }
  ValueKind operator()(int64_t) const { return ValueKind::int64; }
  ValueKind operator()(double) const { return ValueKind::floating; }
  ValueKind operator()(const Decimal128&) const { return ValueKind::decimal; }
  ValueKind operator()(const std::string&) const { return ValueKind::string; }
  ValueKind operator()(const Date&) const { return ValueKind::date; }
  ValueKind operator()(const ObjectId&) const { return ValueKind::object_id; }
  ValueKind operator()(const Uuid&) const { return ValueKind::uuid; }
  ValueKind operator()(const Binary&) const { return ValueKind::binary; }
  ValueKind operator()(const Timestamp&) const { return ValueKind::timestamp; }
  ValueKind operator()(const Regex&) const { return ValueKind::regex; }
  ValueKind operator()(const List&) const { return ValueKind::list; }
  ValueKind operator()(const Document& document) const {
    return document.find("$ref") != nullptr && document.find("$id") != nullptr
               ? ValueKind::reference
               : ValueKind::document;
  }
  template <class Other>
  ValueKind operator()(const Other&) const {
    return ValueKind::other;
  }
};

// The number if it is one that a field of doubles takes.
bool degrees(const Value& value, double limit) {
  if (value.is_integer()) return std::abs(static_cast<double>(value.as_integer())) <= limit;
  const double* real = value.get_if<double>();
  return real != nullptr && std::abs(*real) <= limit;  // false for NaN
}

}  // namespace

ValueKind kind_of(const Value& value) { return std::visit(KindOf(), value.data()); }

std::string_view bson_type_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::null:
      return "null";
    case ValueKind::boolean:
      return "bool";
    case ValueKind::int32:
      return "int";
    case ValueKind::int64:
      return "long";
    case ValueKind::floating:
      return "double";
    case ValueKind::decimal:
      return "decimal";
    case ValueKind::string:
      return "string";
    case ValueKind::date:
      return "date";
    case ValueKind::object_id:
      return "objectId";
    case ValueKind::uuid:
      return "uuid";
    case ValueKind::binary:
      return "binData";
    case ValueKind::timestamp:
      return "timestamp";
    case ValueKind::regex:
      return "regex";
    case ValueKind::document:
      return "object";
    case ValueKind::list:
      return "array";
    case ValueKind::reference:
    case ValueKind::other:
      break;
  }
  return "mixed";
}

std::string_view text_of(ValueKind kind) {
  if (kind == ValueKind::reference) return "DBRef";
  return kind == ValueKind::other ? "of a type without a name in schemas" : bson_type_of(kind);
}

bool is_geo_point(const Document& document) {
  const Value* type = document.find("type");
  const Value* coordinates = document.find("coordinates");
  const List* list = coordinates == nullptr ? nullptr : coordinates->get_if<List>();
  if (type == nullptr || *type != Value("Point") || list == nullptr || list->elements.size() < 2)
    return false;
  return degrees(list->elements[0], 180) && degrees(list->elements[1], 90) &&
         std::all_of(list->elements.begin() + 2, list->elements.end(),
                     [](const Value& value) { return value.is<double>() || value.is<int32_t>(); });
}

}  // namespace syncline::sampling
