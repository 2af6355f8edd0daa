// Kinds and constants: what compares with what, and constants as the kind they are compared with.
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "node/query/binder.h"
#include "node/query/literals.h"
#include "node/query/numbers.h"
#include "node/query/type_names.h"
#include "proto/extended_json.h"
#include "proto/number_text.h"

namespace syncline::query {
namespace {

using Base = ValueType::Base;

// The text as a number of the type; nothing if it is none.
std::optional<Value> number_of_text(const std::string& text, const ValueType& type) {
  if (type.base == Base::integer) {
    const std::optional<int64_t> integer = parse_integer_text(text);
    return integer ? std::optional<Value>(*integer) : std::nullopt;
  }
  const Literal literal = text.empty() ? Literal() : number_of(text);
  Result<Decimal128> decimal = parse_decimal128(text);
  if (!decimal) return std::nullopt;
  if (type.base == Base::decimal) return Value(*decimal);
  return Value(double_of(Value(*decimal)));
}

bool is_integral(double value) {
  constexpr double kTwo63 = 9223372036854775808.0;
  return std::trunc(value) == value && value >= -kTwo63 && value < kTwo63;
}

constexpr size_t kShownValueMax = 60;

std::string shown_value(const Value& value) {
  std::string text = print_extended_json(value, JsonForm::relaxed);
  if (text.size() > kShownValueMax) text = text.substr(0, kShownValueMax) + "...";
  return text;
}

}  // namespace

Value object_reference(std::string_view type, const Value& id) {
  const Value key = id.is_integer() ? Value(id.as_integer()) : id;
  return Document{{"$ref", type}, {"$id", key}};
}

std::string describe(const Schema& schema, const ValueType& type) {
  static constexpr std::string_view kNames[] = {"mixed",  "bool",   "int",  "double",   "decimal",
                                                "string", "binary", "date", "objectId", "uuid",
                                                "object", "@type",  "null", "other"};
  if (type.base == Base::object) {
    const TypeDef* target = schema.type(type.object);
    return fmt::format("link to {}", target == nullptr ? "?" : target->name);
  }
  if (type.single) return "float";
  return std::string(kNames[static_cast<int>(type.base)]);
}

bool is_numeric(const ValueType& type) {
  return type.base == Base::integer || type.base == Base::floating || type.base == Base::decimal ||
         type.base == Base::mixed;
}

bool are_comparable(const ValueType& a, const ValueType& b) {
  if (a.base == Base::null || b.base == Base::null) return true;
  if (a.base == Base::type_name || b.base == Base::type_name) return a.base == b.base;
  if (a.base == Base::mixed || b.base == Base::mixed) return true;
  if (a.base == Base::object && b.base == Base::object) return a.object == b.object;
  if (a.base == b.base) return true;
  if (is_numeric(a) && is_numeric(b)) return true;
  const auto is_bytes = [](const ValueType& t) {
    return t.base == Base::string || t.base == Base::binary;
  };
  return is_bytes(a) && is_bytes(b);
}

ValueType type_of_value(const Value& value) {
  if (value.is_null()) return {Base::null};
  if (value.is<bool>()) return {Base::boolean};
  if (value.is_integer()) return {Base::integer};
  if (value.is<double>()) return {Base::floating};
  if (value.is<Decimal128>()) return {Base::decimal};
  if (value.is<std::string>()) return {Base::string};
  if (value.is<Binary>()) return {Base::binary};
  if (value.is<Date>()) return {Base::date};
  if (value.is<ObjectId>()) return {Base::object_id};
  if (value.is<Uuid>()) return {Base::uuid};
  if (value.is<Document>() || value.is<List>()) return {Base::mixed};
  return {Base::other};
}

ValueType type_of_field(const FieldDef& field, TypeNumber owner, const Bindings& bindings) {
  // As there, dictionaries are asked as if they held anything.
  const bool object = field.type == ScalarType::embedded || field.type == ScalarType::link;
  if (field.collection == Collection::dictionary && !object) return {};
  switch (field.type) {
    case ScalarType::boolean:
      return {Base::boolean};
    case ScalarType::int32:
    case ScalarType::int64:
      return {Base::integer};
    case ScalarType::floating:
      return {Base::floating, bindings.floats.contains({owner, field.number})};
    case ScalarType::decimal:
      return {Base::decimal};
    case ScalarType::string:
      return {Base::string};
    case ScalarType::binary:
      return {Base::binary};
    case ScalarType::date:
      return {Base::date};
    case ScalarType::object_id:
      return {Base::object_id};
    case ScalarType::uuid:
      return {Base::uuid};
    case ScalarType::embedded:
    case ScalarType::link:
      return {Base::object, false, field.target};
    case ScalarType::timestamp:
    case ScalarType::regex:
      return {Base::other};
    case ScalarType::mixed:
    case ScalarType::number:
    case ScalarType::null:
      break;
  }
  return {};
}

Result<const Value*> Binder::argument(uint32_t index, uint32_t column) const {
  const size_t count = bindings_.arguments.size();
  if (index < count) return &bindings_.arguments[index];
  return bad_at(column,
                fmt::format("the query asks for argument ${}, and {}", index,
                            count == 0   ? std::string("there are no arguments")
                            : count == 1 ? std::string("there is only $0")
                                         : fmt::format("there are only $0 to ${}", count - 1)));
}

Result<Value> Binder::object_value(const std::string& type_name, const Value& id, const Hint& hint,
                                   uint32_t column, ValueType* type) {
  const TypeDef* found = type_named(type_name);
  if (found == nullptr || found->embedded) {
    std::vector<std::string_view> known;
    for (const TypeDef& one : schema_.types)
      if (!one.embedded && !is_system(one.number)) known.push_back(one.name);
    return bad_at(column, unknown_name("the schema", type_name, known));
  }
  if (hint.given && hint.type.base == Base::object && hint.type.object != found->number) {
    return bad_at(column, fmt::format("a link to '{}' cannot be compared with an object of '{}'",
                                      schema_.type(hint.type.object)->name, found->name));
  }
  if (hint.given && hint.type.base == Base::mixed) {
    *type = {};
    return object_reference(found->name, id);
  }
  *type = {Base::object, false, found->number};
  return id.is_integer() ? Value(id.as_integer()) : id;
}

// The constant as the hint's kind, where one stands for the other: 1 and '1' for a decimal, 1.0 for
// an integer, any number for a float.
Result<Value> Binder::converted(Value value, const std::string& number_text, const Hint& hint,
                                uint32_t column) {
  if (!hint.given) return value;
  const Base to = hint.type.base;
  if (const std::string* text = value.get_if<std::string>();
      text != nullptr && is_numeric(hint.type) && to != Base::mixed) {
    std::optional<Value> number = number_of_text(*text, hint.type);
    if (!number) return value;
    value = std::move(*number);
  }
  if (const double* real = value.get_if<double>()) {
    if (to == Base::integer && !std::isfinite(*real)) {
      const bool written = number_text.find_first_of("123456789") == std::string::npos;
      if (written)
        return bad_at(
            column, fmt::format("an integer is never {}", std::isnan(*real) ? "NaN" : "infinite"));
    }
    if (!is_numeric(hint.type) && !std::isfinite(*real) && to != Base::null)
      return bad_at(column, fmt::format("a {} is never {}", describe(schema_, hint.type),
                                        std::isnan(*real) ? "NaN" : "infinite"));
    if (to == Base::integer && is_integral(*real)) return Value(static_cast<int64_t>(*real));
  }
  if (to == Base::floating && hint.type.single && (value.is<double>()))
    return Value(widened(static_cast<float>(value.get<double>())));
  if (to == Base::decimal && !value.is<Decimal128>() && is_number(value)) {
    if (Result<Decimal128> exact = parse_decimal128(number_text); !number_text.empty() && exact)
      return Value(*exact);
    return Value(decimal_of(value));
  }
  return value;
}

Result<Value> Binder::value_of(const Literal& in, const Hint& hint, ValueType* type) {
  if (!in.fault.empty()) return bad_at(in.column, in.fault);
  Value value = in.value;
  std::string number_text = in.text;
  const bool is_argument = in.kind == Literal::Kind::argument;
  switch (in.kind) {
    case Literal::Kind::argument: {
      SYNCLINE_ASSIGN(const Value* const given, argument(in.index, in.column));
      value = *given;
      number_text.clear();
      if (value.is<Undefined>()) value = Null{};
      if (const Document* object = value.get_if<Document>()) {
        const Value* ref = object->find("$ref");
        const Value* id = object->find("$id");
        if (ref == nullptr || id == nullptr || !ref->is<std::string>())
          return bad_at(in.column,
                        fmt::format("argument ${} is a document; it must be a value or an object "
                                    "{{\"$ref\": type, \"$id\": _id}}",
                                    in.index));
        return object_value(ref->get<std::string>(), *id, hint, in.column, type);
      }
      break;
    }
    case Literal::Kind::object:
      return object_value(in.text, in.value, hint, in.column, type);
    case Literal::Kind::row: {
      if (in.typed) {
        const TypeDef* found = schema_.type(TypeNumber(system_type::kFirstUser + in.index));
        return object_value(found == nullptr ? fmt::format("L{}", in.index) : found->name, in.value,
                            hint, in.column, type);
      }
      if (!hint.given || hint.type.base != Base::object)
        return bad_at(in.column, "an object O... can only be compared with a link");
      *type = hint.type;
      return value;
    }
    case Literal::Kind::number:
      if (in.single) number_text.clear();
      break;
    case Literal::Kind::value:
      number_text.clear();
      break;
  }
  if (hint.given && hint.type.base == Base::type_name && value.is<std::string>()) {
    const std::optional<int64_t> bits = type_bits_of_name(value.get<std::string>());
    if (!bits)
      return bad_at(
          in.column,
          fmt::format("'{}' is no name of a type; @type knows int, double, decimal, numeric, "
                      "bool, string, binary, date, objectId, uuid, link, null, list, "
                      "dictionary and collection",
                      value.get<std::string>()));
    *type = {Base::type_name};
    return Value(*bits);
  }
  SYNCLINE_ASSIGN(value, converted(std::move(value), number_text, hint, in.column));
  *type = type_of_value(value);
  if (is_argument && hint.given && !are_comparable(*type, hint.type)) {
    return bad_at(in.column,
                  fmt::format("cannot compare argument ${} with value {} to a {}", in.index,
                              shown_value(value), describe(schema_, hint.type)));
  }
  return value;
}

Result<Expression> Binder::literal(const Literal& in, const Hint& hint) {
  if (in.kind == Literal::Kind::argument) {
    SYNCLINE_ASSIGN(const Value* const given, argument(in.index, in.column));
    if (const List* elements = given->get_if<List>()) {
      Expression out;
      out.kind = Expression::Kind::list;
      out.many = true;
      out.quantifier = in.quantifier;
      for (const Value& element : elements->elements) {
        Literal one;
        one.value = element;
        one.column = in.column;
        if (const Document* object = element.get_if<Document>();
            object != nullptr && object->find("$ref") != nullptr &&
            object->find("$id") != nullptr && object->find("$ref")->is<std::string>()) {
          one.kind = Literal::Kind::object;
          one.text = object->find("$ref")->get<std::string>();
          one.value = *object->find("$id");
        }
        ValueType type;
        SYNCLINE_ASSIGN(Value value, value_of(one, hint, &type));
        out.list.push_back(std::move(value));
      }
      if (hint.given && (hint.type.base == Base::object || hint.type.base == Base::type_name))
        out.type = hint.type;
      return out;
    }
    if (in.quantifier != Quantifier::unset)
      return bad_at(in.column,
                    fmt::format("ANY, ALL and NONE need a list; argument ${} is none", in.index));
  }
  Expression out;
  SYNCLINE_ASSIGN(out.constant, value_of(in, hint, &out.type));
  return out;
}

Result<Expression> Binder::list(const Operand& in, const Hint& hint) {
  Expression out;
  out.kind = Expression::Kind::list;
  out.many = true;
  out.quantifier = in.quantifier;
  for (const Literal& element : in.elements) {
    ValueType type;
    SYNCLINE_ASSIGN(Value value, value_of(element, hint, &type));
    if (hint.given && (hint.type.base == Base::object || hint.type.base == Base::type_name)) {
      if (!are_comparable(type, hint.type))
        return bad_at(element.column,
                      fmt::format("{} cannot be compared with a {}", shown_value(value),
                                  describe(schema_, hint.type)));
      out.type = hint.type;
    }
    if (value.is<List>())
      return bad_at(element.column, "a list argument stands by itself, not inside another list");
    out.list.push_back(std::move(value));
  }
  return out;
}

}  // namespace syncline::query
