// Defaults of fields, checked against their types when the app is loaded rather than when an object
// lacks one.
#include <fmt/format.h>

#include "node/model/app_schema.h"
#include "proto/extended_json.h"

namespace syncline::app {
namespace {

// The value as the type has it (5 is a double where one is declared), or none if it does not fit.
std::optional<Value> fit(ScalarType type, const Value& value) {
  auto if_is = [&](bool fits) { return fits ? std::optional<Value>(value) : std::nullopt; };
  switch (type) {
    case ScalarType::mixed:
      return value;
    case ScalarType::boolean:
      return if_is(value.is<bool>());
    case ScalarType::int32:
      if (!value.is_integer() || value.as_integer() != static_cast<int32_t>(value.as_integer()))
        return std::nullopt;
      return Value(static_cast<int32_t>(value.as_integer()));
    case ScalarType::int64:
      if (!value.is_integer()) return std::nullopt;
      return Value(value.as_integer());
    case ScalarType::number:
      return if_is(value.is_integer() || value.is<double>() || value.is<Decimal128>());
    case ScalarType::floating:
      if (value.is_integer()) return Value(static_cast<double>(value.as_integer()));
      return if_is(value.is<double>());
    case ScalarType::string:
      return if_is(value.is<std::string>());
    case ScalarType::binary:
      return if_is(value.is<Binary>());
    case ScalarType::date:
      return if_is(value.is<Date>());
    case ScalarType::object_id:
      return if_is(value.is<ObjectId>());
    case ScalarType::uuid:
      return if_is(value.is<Uuid>());
    case ScalarType::decimal:
      if (value.is_integer()) {
        auto decimal = parse_decimal128(fmt::format("{}", value.as_integer()));
        return decimal ? std::optional<Value>(Value(*decimal)) : std::nullopt;
      }
      return if_is(value.is<Decimal128>());
    case ScalarType::timestamp:
      return if_is(value.is<Timestamp>());
    case ScalarType::regex:
      return if_is(value.is<Regex>());
    case ScalarType::null:
      return if_is(value.is_null());
    case ScalarType::embedded:
    case ScalarType::link:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Value> fit_element(const FieldDef& field, const Value& value) {
  if (value.is_null() && field.nullable) return value;
  return fit(field.type, value);
}

std::optional<Value> fit_field(const FieldDef& field, const Value& value) {
  if (field.collection == Collection::none) return fit_element(field, value);
  if (field.collection == Collection::dictionary) {
    if (!value.is<Document>()) return std::nullopt;
    Document out;
    for (const DocumentField& entry : value.get<Document>().fields) {
      std::optional<Value> element = fit_element(field, entry.value);
      if (!element) return std::nullopt;
      out.fields.push_back({entry.name, std::move(*element)});
    }
    return Value(std::move(out));
  }
  if (!value.is<List>()) return std::nullopt;
  List out;
  for (const Value& one : value.get<List>().elements) {
    std::optional<Value> element = fit_element(field, one);
    if (!element) return std::nullopt;
    out.elements.push_back(std::move(*element));
  }
  return Value(std::move(out));
}

}  // namespace

void read_default(Notes& notes, ObjectView& schema, FieldDraft& field) {
  const Json* stated = schema.get_all("default");
  if (!stated) return;
  Result<Value> value =
      parse_extended_json(stated->dump(-1, ' ', false, Json::error_handler_t::replace));
  std::string why;
  if (!value) {
    why = value.error().message;
  } else if (std::optional<Value> fitting = fit_field(field.def, *value)) {
    field.def.default_value = std::move(*fitting);
    return;
  } else {
    why = fmt::format("a value of the type {} does not fit the field", type_name(*value));
  }
  notes.set_partly();
  notes.warning("bad_default", schema.at("default"),
                fmt::format("the default {} is not used: {}", shown(*stated), why),
                "give a value of the field's type, in Extended JSON such as {\"$date\": \"...\"}");
}

}  // namespace syncline::app
