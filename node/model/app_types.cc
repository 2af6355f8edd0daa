#include "node/model/app_types.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "node/model/type_table.h"

namespace syncline::app {
namespace {

// Those of the table of types, and what holds them.
const std::vector<BsonType>& types() {
  static const std::vector<BsonType> all = [] {
    std::vector<BsonType> out;
    for (const ScalarRow& row : scalar_rows())
      if (row.type != ScalarType::embedded && row.type != ScalarType::link)
        out.push_back({row.bson, Shape::scalar, row.type});
    out.push_back({"float", Shape::scalar, ScalarType::floating});
    out.push_back({"object", Shape::object, ScalarType::embedded});
    out.push_back({"array", Shape::array, ScalarType::mixed});
    return out;
  }();
  return all;
}

// JSON Schema's names, allowed under "type".
constexpr std::string_view kJsonNames[] = {"object",  "array",  "number",
                                           "boolean", "string", "null"};

struct Alias {
  std::string_view wrong;  // in lower case
  std::string_view right;
};
constexpr Alias kAliases[] = {
    {"boolean", "bool"},
    {"integer", "long"},
    {"int32", "int"},
    {"int64", "long"},
    {"numberint", "int"},
    {"numberlong", "long"},
    {"oid", "objectId"},
    {"object_id", "objectId"},
    {"datetime", "date"},
    {"isodate", "date"},
    {"decimal128", "decimal"},
    {"numberdecimal", "decimal"},
    {"binary", "binData"},
    {"bindata", "binData"},
    {"data", "binData"},
    {"text", "string"},
    {"str", "string"},
    {"guid", "uuid"},
    {"any", "mixed"},
    {"regexp", "regex"},
    {"list", "array"},
    {"document", "object"},
    {"dictionary", "object"},
    {"map", "object"},
    // BSON has these types, schemas of App Services do not.
    {"javascript", "mixed"},
    {"javascriptwithscope", "mixed"},
    {"symbol", "mixed"},
    {"dbpointer", "mixed"},
    {"undefined", "mixed"},
    {"minkey", "mixed"},
    {"maxkey", "mixed"},
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

const BsonType* find_type(std::string_view name) {
  for (const BsonType& type : types())
    if (type.name == name) return &type;
  return nullptr;
}

// The type that a wrong name can only mean, or null.
const BsonType* find_meant(std::string_view name) {
  std::string low = lower(name);
  for (const BsonType& type : types())
    if (lower(type.name) == low) return &type;
  for (const Alias& alias : kAliases)
    if (alias.wrong == low) return find_type(alias.right);
  return nullptr;
}

class Reader {
 public:
  Reader(Notes& notes, std::string_view keyword, TypeReading* out)
      : notes_(notes), keyword_(keyword), out_(out) {}

  void read(const Json& value, const std::string& pointer) {
    if (value.is_array()) {
      for (size_t i = 0; i < value.size(); ++i) read_name(value[i], below(pointer, i));
      if (value.empty())
        notes_.error("wrong_kind", pointer, fmt::format("\"{}\" is an empty array", keyword_),
                     "name the type, such as \"string\"");
    } else {
      read_name(value, pointer);
    }
  }

 private:
  void read_name(const Json& value, const std::string& pointer) {
    out_->stated = true;
    if (!value.is_string()) {
      notes_.error(
          "wrong_kind", pointer,
          fmt::format("\"{}\" is {}, expected the name of a type", keyword_, kind_of(value)),
          "name the type, such as \"string\"");
      return;
    }
    const std::string& name = value.get_ref<const std::string&>();
    bool json_name = std::ranges::find(kJsonNames, name) != std::end(kJsonNames);
    const BsonType* type =
        keyword_ == "type" && name == "boolean" ? find_type("bool") : find_type(name);
    if (type && (keyword_ == "bsonType" || json_name)) return take(type);
    if (const BsonType* meant = type ? type : find_meant(name)) {
      std::string text = keyword_ == "type" && type
                             ? fmt::format("\"{}\" is no JSON type; read as \"bsonType\": \"{}\"",
                                           name, meant->name)
                             : fmt::format("{} is no {} of App Services; read as \"{}\"",
                                           shown(name), keyword_, meant->name);
      notes_.warning("wrong_type_name", pointer, std::move(text),
                     fmt::format("write \"bsonType\": \"{}\"", meant->name));
      return take(meant);
    }
    std::vector<std::string_view> names;
    for (const BsonType& known : types()) names.push_back(known.name);
    std::string near = nearest(name, names);
    notes_.error("unknown_type", pointer, fmt::format("{} is the name of no type", shown(name)),
                 near.empty()
                     ? "use one of string, objectId, int, long, bool, date, double, decimal, "
                       "binData, uuid, mixed, object, array"
                     : fmt::format("did you mean \"{}\"?", near));
  }

  void take(const BsonType* type) {
    if (type->scalar == ScalarType::null)
      out_->null = true;
    else if (std::ranges::find(out_->types, type) == out_->types.end())
      out_->types.push_back(type);
  }

  Notes& notes_;
  std::string_view keyword_;
  TypeReading* out_;
};

}  // namespace

TypeReading read_type(Notes& notes, ObjectView& schema, const Json& value, bool quiet) {
  TypeReading out;
  const Json* bson = schema.get_all("bsonType");
  const Json* json = schema.get_all("type");
  if (bson) Reader(notes, "bsonType", &out).read(*bson, schema.at("bsonType"));
  if (json && !bson) Reader(notes, "type", &out).read(*json, schema.at("type"));
  if (json && bson)
    notes.warning("two_types", schema.at("type"),
                  fmt::format("\"type\" {} stands beside \"bsonType\" {}; bsonType counts",
                              shown(*json), shown(*bson)),
                  "remove \"type\"");
  if (out.stated) return out;
  if (value.is_object() && value.contains("properties")) {
    out.types.push_back(find_type("object"));
    if (!quiet)
      notes.info("missing_type", schema.pointer(),
                 "has properties and no bsonType: read as an object");
  } else if (value.is_object() && value.contains("items")) {
    out.types.push_back(find_type("array"));
    notes.info("missing_type", schema.pointer(), "has items and no bsonType: read as an array");
  } else if (!quiet && !bson && !json) {
    notes.warning("missing_type", schema.pointer(),
                  "no bsonType: any value is taken, as with \"mixed\"",
                  "name the type, or write \"bsonType\": \"mixed\"");
  }
  return out;
}

Json canonical_bson_type(const TypeReading& reading) {
  if (reading.types.empty()) return reading.null ? Json("null") : Json(nullptr);
  for (const BsonType* type : reading.types)
    if (type->name == "mixed") return nullptr;
  auto name = [](const BsonType* type) {
    return std::string(type->name == "float" ? "double" : type->name);  // BSON has one of the two
  };
  if (reading.types.size() == 1 && !reading.null) return name(reading.types[0]);
  Json names = Json::array();
  for (const BsonType* type : reading.types) names.push_back(name(type));
  if (reading.null) names.push_back("null");
  return names;
}

}  // namespace syncline::app
