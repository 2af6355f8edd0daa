// The one table of types: what a value is called in C++, in Realm's SDKs, in the plain form of
// schemas, in App Services schemas and in Extended JSON. Read by schema comparison, by messages, by
// the readers of schemas and by generators of code; docs/data-model.md is printed from it
// (data_model_page.h). Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "proto/schema.h"

namespace syncline {

// A type of single values.
struct ScalarRow {
  ScalarType type;
  std::string_view cpp;       // the member's type; empty: none holds just this
  std::string_view cpp_also;  // ... and others that are stored so
  std::string_view realm;     // empty: Realm has none
  std::string_view plain;     // in {"types": [...]}, docs/cli.md
  std::string_view bson;      // "bsonType"
  std::string_view json;      // a value in canonical Extended JSON
  std::string_view relaxed;   // the same in relaxed Extended JSON
  std::string_view phrase;    // "a double"
  std::string_view note;
};
std::span<const ScalarRow> scalar_rows();
const ScalarRow& row_of(ScalarType type);

// What is made of single values, or says something about them.
struct CompositeRow {
  std::string_view concept_name;
  std::string_view cpp;
  std::string_view realm;
  std::string_view plain;
  std::string_view schema;  // App Services
  std::string_view json;
  std::string_view note;
};
std::span<const CompositeRow> composite_rows();

// By the plain form's names: "int", "objectId"; "float" and "timestamp" are known as Realm has
// them, a double and a date. Nothing: there is no such name.
std::optional<ScalarType> type_of_plain_name(std::string_view name);
// All of them, for messages: "bool, int, ... or embedded".
std::string plain_names();

// A field's type in schemas' words, without whether it may be absent: "double", "list of string",
// "link to Store", "dictionary of Place".
std::string text_of_type(ScalarType type, Collection collection, bool nullable_elements,
                         std::string_view target);
// The same in C++: "double", "std::vector<std::optional<double>>", "Link<Store>".
std::string cpp_text_of_type(ScalarType type, Collection collection, bool nullable,
                             std::string_view target);
// The same as a property of an App Services schema, on one line: {"bsonType": "double"}.
std::string schema_text_of_type(ScalarType type, Collection collection, std::string_view target);

}  // namespace syncline
