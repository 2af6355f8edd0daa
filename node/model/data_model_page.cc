#include "node/model/data_model_page.h"

#include <fmt/format.h>

#include "node/model/type_table.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// A cell: what is code stands in backquotes, and a bar does not end it.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}
std::string code(std::string_view text) {
  return text.empty() ? "" : fmt::format("`{}`", escaped(text));
}
// "Counter, enum": each by itself.
std::string codes(std::string_view list) {
  std::string out;
  while (!list.empty()) {
    const size_t end = std::min(list.find(", "), list.size());
    out += (out.empty() ? "" : ", ") + code(list.substr(0, end));
    list.remove_prefix(std::min(end + 2, list.size()));
  }
  return out;
}

std::string scalar_table() {
  std::string out =
      "| C++ | also | Realm | plain form | `bsonType` | Extended JSON, canonical | relaxed | |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (const ScalarRow& row : scalar_rows()) {
    if (row.type == ScalarType::embedded || row.type == ScalarType::link) continue;  // below
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", code(row.cpp),
                       codes(row.cpp_also), escaped(row.realm), code(row.plain), code(row.bson),
                       code(row.json), row.relaxed == row.json ? "the same" : code(row.relaxed),
                       escaped(row.note));
  }
  return out;
}

std::string composite_table() {
  std::string out =
      "| | C++ | Realm | plain form | App Services schema | Extended JSON | |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const CompositeRow& row : composite_rows())
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", escaped(row.concept_name),
                       escaped(row.cpp), escaped(row.realm), escaped(row.plain),
                       escaped(row.schema), escaped(row.json), escaped(row.note));
  return out;
}

}  // namespace

std::string data_model_page() {
  return fmt::format(
      R"(# The data model

One object, four ways to say it: a struct in C++, a class of Realm's SDKs, a `schema.json` of App Services, a document in Extended JSON. This
page is printed from the table that the program goes by (`node/model/type_table.cc`); a test compares.

## Single values

{0}
An empty cell: there is no word for it there. The *plain form* is the JSON in which `node run --schema` and `query --schema` take types
([cli.md](cli.md#types-that-an-application-declares)); it also knows `float` (a double) and `timestamp` (a date), as Realm has them.

## Values together, and what is said of them

{1}
Names of types have at most {2} bytes, names of fields {3}; a type has at most {4} fields, objects nest {5} levels deep, the object being the first.

## A struct

```cpp
#include "syncline/objects.h"

struct Fridge {{
  syncline::ObjectId id;
  double celsius = 4;
  std::optional<std::string> note;
  syncline::Counter door_openings;
  std::vector<std::string> tags;
  syncline::Link<Store> store;
}};
constexpr auto schema_of(syncline::Model<Fridge>) {{
  return syncline::object_schema("Fridge", syncline::field("_id", &Fridge::id),
                                 syncline::field("celsius", &Fridge::celsius),
                                 syncline::field("note", &Fridge::note),
                                 syncline::field("doorOpenings", &Fridge::door_openings),
                                 syncline::field("tags", &Fridge::tags),
                                 syncline::field("store", &Fridge::store));
}}
```

What reads and writes it is told in `include/syncline/objects.h`; `examples/typed_cold_chain.cc` is a whole program. The same as a `schema.json`:

```json
{{
  "title": "Fridge", "bsonType": "object", "required": ["_id", "celsius", "doorOpenings"],
  "properties": {{
    "_id": {{"bsonType": "objectId"}}, "celsius": {{"bsonType": "double"}}, "note": {{"bsonType": "string"}},
    "doorOpenings": {{"bsonType": "long"}}, "tags": {{"bsonType": "array", "items": {{"bsonType": "string"}}}},
    "store": {{"bsonType": "string"}}
  }}
}}
```

## When code and authority disagree

A node compares the types that its code declares (`NodeOptions::models`, `node run --schema`) with the authority's schema whenever that
changes, in the version that the code is written for ([schema.md](schema.md#a-breaking-change)). Less than the authority has is fine. What
differs is told by `NodeStatus::schema_differences` and `syncline status`, each with what to do:

| `kind` | the code and the authority differ in | until it is mended |
|---|---|---|
| `type_missing` | the authority has no such type | the type is not used |
| `field_missing` | the authority's type has no such field | the type is not used |
| `field_type` | the type of a field's values | the type is not used |
| `nullability` | optional on one side, required on the other; elements that may be null | the type is not used |
| `collection` | one value, list, set, dictionary | the type is not used |
| `target` | the type that a link leads to | the type is not used |
| `target` | what an embedded object's type is called | it is used: what it holds is compared |
| `embedded` | embedded, or an object of its own | the type is not used |
| `asymmetric` | written only, or read too | the type is not used |
| `key_type` | the type of `_id` | the type is not used |
| `required_unknown` | the authority requires a field that the code does not know | it is used; objects that the code creates are refused |

*Not used*: reading and writing it as a struct answers `schema_mismatch` with the differences; as documents it is read and written as ever, and
other types go on. An int fits a `long` member, and any of int, long, double and decimal a `Value` for schema `number`; nothing else is converted.
)",
      scalar_table(), composite_table(), limits::kTypeNameBytesMax, limits::kFieldNameBytesMax,
      limits::kFieldsPerTypeMax, limits::kDepthMax);
}

}  // namespace syncline
