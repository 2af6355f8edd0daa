#include "node/model/type_table.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "proto/check.h"

namespace syncline {
namespace {

// In the order in which the page shows them.
constexpr ScalarRow kScalars[] = {
    {ScalarType::boolean, "bool", "", "bool", "bool", "bool", "true", "true", "a bool", ""},
    {ScalarType::int32, "int32_t", "", "int", "int32", "int", R"({"$numberInt":"5"})", "5",
     "an int of 32 bits", "also takes a long that fits"},
    {ScalarType::int64, "int64_t", "Counter, enum", "int", "int", "long", R"({"$numberLong":"5"})",
     "5", "a long", "also takes an int; one that is read keeps its width in the store"},
    {ScalarType::floating, "double", "", "double, float", "double", "double",
     R"({"$numberDouble":"-18.5"})", "-18.5", "a double",
     "no integer stands for a double; floats are stored as doubles"},
    {ScalarType::string, "std::string", "", "string", "string", "string", R"("Oslo")", R"("Oslo")",
     "a string", "UTF-8"},
    {ScalarType::date, "Date", "std::chrono::system_clock::time_point", "date", "date", "date",
     R"({"$date":{"$numberLong":"1700000000000"}})", R"({"$date":"2023-11-14T22:13:20Z"})",
     "a date", "kept to the nanosecond; Extended JSON shows milliseconds"},
    {ScalarType::object_id, "ObjectId", "", "objectId", "objectId", "objectId",
     R"({"$oid":"65536f000000000000000001"})", R"({"$oid":"65536f000000000000000001"})",
     "an objectId", "12 bytes"},
    {ScalarType::uuid, "Uuid", "", "uuid", "uuid", "uuid",
     R"({"$binary":{"base64":"AAECAwQFBgcICQoLDA0ODw==","subType":"04"}})",
     R"({"$binary":{"base64":"AAECAwQFBgcICQoLDA0ODw==","subType":"04"}})", "a uuid",
     R"({"$uuid": "..."} is read too)"},
    {ScalarType::decimal, "Decimal128", "", "decimal128", "decimal", "decimal",
     R"({"$numberDecimal":"9.99"})", R"({"$numberDecimal":"9.99"})", "a decimal",
     "kept bit by bit, trailing zeros too"},
    {ScalarType::binary, "Binary", "std::vector<uint8_t>", "data", "binary", "binData",
     R"({"$binary":{"base64":"AQI=","subType":"00"}})",
     R"({"$binary":{"base64":"AQI=","subType":"00"}})", "binData",
     "std::vector<uint8_t> is of subtype 0"},
    {ScalarType::timestamp, "Timestamp", "", "", "bsonTimestamp", "timestamp",
     R"({"$timestamp":{"t":1,"i":2}})", R"({"$timestamp":{"t":1,"i":2}})", "a timestamp",
     "BSON's internal one; for a moment in time use a date"},
    {ScalarType::regex, "Regex", "", "", "regex", "regex",
     R"({"$regularExpression":{"pattern":"^a","options":"i"}})",
     R"({"$regularExpression":{"pattern":"^a","options":"i"}})", "a regex", ""},
    {ScalarType::mixed, "Value", "", "mixed", "mixed", "mixed", R"("Oslo")", R"("Oslo")",
     "any value", "null, lists and documents too"},
    {ScalarType::number, "", "Value", "", "number", "number", R"({"$numberInt":"5"})", "5",
     "a number", "an int, long, double or decimal"},
    {ScalarType::null, "", "Value", "", "null", "null", "null", "null", "null", ""},
    {ScalarType::embedded, "a struct with an embedded_schema", "", "embedded object", "embedded",
     "object", R"({"aisle":"3"})", R"({"aisle":"3"})", "a document", "in its own title"},
    {ScalarType::link, "Link<T>", "", "link (T)", "link", "that of T's _id", R"("OSL-01")",
     R"("OSL-01")", "the _id of an object", "and an entry in relationships.json"},
};

constexpr CompositeRow kComposites[] = {
    {"optional", "std::optional<T>", "T?", R"("nullable": true)", R"(not named in "required")",
     "absent, or null where the schema takes it",
     "an empty one is written as absent; both read as empty. Value and Link<T> need none"},
    {"required", "T", "T", "", R"(named in "required")", "", "absent or null is an error to read"},
    {"default", "a member's initialiser, and `defaulted` in its field", "a default value",
     R"("default": V)", R"("default": V)", "",
     "`defaulted`: an absent field reads as the initialiser has it"},
    {"list", "std::vector<T>", "list<T>", R"("collection": "list")",
     R"({"bsonType": "array", "items": T})", "[...]", "absent reads as empty"},
    {"set", "std::set<T>", "set<T>", R"("collection": "set")",
     R"({"bsonType": "array", "uniqueItems": true, "items": T})", "[...]",
     "absent reads as empty; no embedded objects"},
    {"dictionary", "std::map<std::string, T>", "dictionary<string, T>",
     R"("collection": "dictionary")", R"({"bsonType": "object", "additionalProperties": T})",
     "{...}", "absent reads as empty"},
    {"embedded object", "a struct with an embedded_schema", "embedded object",
     R"("type": "embedded", "target": E)",
     R"({"bsonType": "object", "title": E, "properties": {...}})", "{...}",
     "alone, optional, in a std::vector or std::map"},
    {"link", "Link<T>", "T?", R"("type": "link", "target": T)",
     "the bsonType of T's _id, and in relationships.json its path with \"ref\" to T's collection, "
     R"("foreign_key": "_id", "is_list": false)",
     "the _id", "the target need not be there"},
    {"list, set, dictionary of links", "std::vector<Link<T>>, ...", "list<T>, ...",
     R"("type": "link", "collection": ...)", R"(the collection of _ids, and "is_list": true)",
     "[...] or {...} of _ids", ""},
    {"counter", "Counter", "MutableRealmInt", R"("type": "int")", R"({"bsonType": "long"})",
     R"({"$numberLong":"5"})", "changes are written as increments"},
    {"enum", "enum, enum class", "an enum of integers", R"("type": "int")",
     R"({"bsonType": "long"})", R"({"$numberLong":"1"})", "by its number"},
    {"primary key", "the member that is stored as \"_id\": int64_t, std::string, ObjectId, Uuid",
     "primary key", R"("primary_key": "_id")", R"("_id", in "properties" and "required")", "",
     "Value for a key of any of the four"},
    {"name of the type", R"(object_schema("Name", ...))", "class name", R"("name")", R"("title")",
     "", "at most 57 bytes"},
    {"name of the field", R"(field("name", &T::member))", "property name, @MapTo", R"("name")",
     R"(the key in "properties")", "", "at most 63 bytes; the member's may be another"},
    {"asymmetric type", "asymmetric_schema", "asymmetric object", R"("asymmetric": true)",
     R"("asymmetric_tables" in sync/config.json)", "", "only written"},
    {"GeoPoint", "a struct with \"type\" and \"coordinates\"", "GeoPoint", "",
     R"({"bsonType": "object", "properties": {"type": ..., "coordinates": ...}})",
     R"({"type":"Point","coordinates":[10.7,59.9]})", "longitude first"},
    {"inverse links", "a query: @links.Fridge.store", "LinkingObjects", "", "", "",
     "nothing is stored"},
};

std::string_view cpp_of(ScalarType type) {
  const ScalarRow& row = row_of(type);
  return row.cpp.empty() ? row.cpp_also : row.cpp;
}

}  // namespace

std::span<const ScalarRow> scalar_rows() { return kScalars; }
std::span<const CompositeRow> composite_rows() { return kComposites; }

const ScalarRow& row_of(ScalarType type) {
  const auto* found = std::find_if(std::begin(kScalars), std::end(kScalars),
                                   [type](const ScalarRow& row) { return row.type == type; });
  CHECK(found != std::end(kScalars), "a type that the table of types lacks");
  return *found;
}

std::optional<ScalarType> type_of_plain_name(std::string_view name) {
  if (name == "float") return ScalarType::floating;
  if (name == "timestamp") return ScalarType::date;
  for (const ScalarRow& row : kScalars)
    if (row.plain == name) return row.type;
  return std::nullopt;
}

std::string plain_names() {
  std::string names;
  for (const ScalarRow& row : kScalars)
    names += fmt::format("{}{}",
                         names.empty()                    ? ""
                         : &row + 1 == std::end(kScalars) ? " or "
                                                          : ", ",
                         row.plain);
  return names;
}

std::string text_of_type(ScalarType type, Collection collection, bool nullable_elements,
                         std::string_view target) {
  std::string text;
  switch (type) {
    case ScalarType::link:
      text = fmt::format("link to {}", target);
      break;
    case ScalarType::embedded:
      text = fmt::format("embedded {}", target);
      break;
    default:
      text = row_of(type).bson;
  }
  // Any value and a link may be null without saying so.
  if (nullable_elements && type != ScalarType::mixed && type != ScalarType::link)
    text += " or null";
  switch (collection) {
    case Collection::none:
      return text;
    case Collection::list:
      return "list of " + text;
    case Collection::set:
      return "set of " + text;
    case Collection::dictionary:
      return "dictionary of " + text;
  }
  return text;
}

std::string cpp_text_of_type(ScalarType type, Collection collection, bool nullable,
                             std::string_view target) {
  std::string text(cpp_of(type));
  if (type == ScalarType::link) text = fmt::format("Link<{}>", target);
  if (type == ScalarType::embedded) text = target;
  const bool itself = text == "Value" || type == ScalarType::link;
  if (nullable && !itself) text = fmt::format("std::optional<{}>", text);
  switch (collection) {
    case Collection::none:
      return text;
    case Collection::list:
      return fmt::format("std::vector<{}>", text);
    case Collection::set:
      return fmt::format("std::set<{}>", text);
    case Collection::dictionary:
      return fmt::format("std::map<std::string, {}>", text);
  }
  return text;
}

std::string schema_text_of_type(ScalarType type, Collection collection, std::string_view target) {
  std::string text = fmt::format("{{\"bsonType\": \"{}\"}}", row_of(type).bson);
  if (type == ScalarType::link) text = fmt::format("{{\"bsonType\": the one of {}'s _id}}", target);
  if (type == ScalarType::embedded)
    text = fmt::format("{{\"bsonType\": \"object\", \"title\": \"{}\", \"properties\": {{...}}}}",
                       target);
  switch (collection) {
    case Collection::none:
      break;
    case Collection::list:
      text = fmt::format("{{\"bsonType\": \"array\", \"items\": {}}}", text);
      break;
    case Collection::set:
      text = fmt::format("{{\"bsonType\": \"array\", \"uniqueItems\": true, \"items\": {}}}", text);
      break;
    case Collection::dictionary:
      text = fmt::format("{{\"bsonType\": \"object\", \"additionalProperties\": {}}}", text);
      break;
  }
  if (type == ScalarType::link) text += " with an entry in relationships.json";
  return text;
}

}  // namespace syncline
