// DeclaredSchema: the types that an application's code knows, as plain data; and how they differ
// from what the authority has.
//
// Made from structs by models<Fridge, Store>() (model.h), or from JSON by the command line. A node
// compares it with the authority's schema whenever that changes. Less than the authority has is
// fine. Plain data: no thread rules of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "syncline/value.h"

namespace syncline {

// What a field's leaf may hold.
enum class ScalarType : uint8_t {
  mixed = 0,
  boolean,
  int32,
  int64,
  number,
  floating,
  string,
  binary,
  date,
  object_id,
  uuid,
  decimal,
  timestamp,
  regex,
  null,
  embedded,
  link,
};
// int32 is schema "int", which also takes what fits of int64; "long" (int64) takes int32 too; the
// width stays as written. number is JSON Schema's: any of int32, int64, double, decimal.

enum class Collection : uint8_t { none = 0, list = 1, set = 2, dictionary = 3 };

struct DeclaredField {
  std::string name;  // as it is stored
  ScalarType type = ScalarType::mixed;
  Collection collection = Collection::none;
  bool nullable = false;    // may be absent. Collections: whether elements may be null
  bool counter = false;     // changes by increments
  std::string target = {};  // embedded, link: the name of its type
  std::optional<Value> default_value = {};  // what an absent field reads as
  bool operator==(const DeclaredField&) const = default;
};

struct DeclaredType {
  std::string name;  // the schema's title
  bool embedded = false;
  bool asymmetric = false;
  std::vector<DeclaredField> fields;  // _id too; in the order of the code

  const DeclaredField* field(std::string_view name) const;
  bool operator==(const DeclaredType&) const = default;
};

struct DeclaredSchema {
  std::vector<DeclaredType> types;  // names are unique; embedded types too

  const DeclaredType* type(std::string_view name) const;
  bool operator==(const DeclaredSchema&) const = default;
};

// Where code and authority disagree.
struct SchemaDifference {
  enum class Kind : uint8_t {
    type_missing,      // the authority has no such type
    embedded,          // embedded on one side, of whole objects on the other
    asymmetric,        // write-only on one side
    key_type,          // another type of _id
    field_missing,     // the authority's type has no such field
    collection,        // a list on one side, say, and a set or one value on the other
    field_type,        // values of another type
    target,            // a link or embedded object of another type
    nullability,       // optional on one side, required on the other
    required_unknown,  // the authority requires a field that the code does not know
  };
  Kind kind = Kind::type_missing;
  std::string type;
  std::string field;      // empty: it is about the whole type
  std::string declared;   // as the code has it, such as "std::optional<double>"
  std::string authority;  // as the authority has it, such as "string, required"; empty: nothing
  std::string remedy;     // what to do, for a person
  // Whether objects of the type can be read and written as the code has them all the same.
  bool usable = false;
  bool operator==(const SchemaDifference&) const = default;
};
// "field_missing", as docs/cli.md and JSON have it.
std::string_view name_of(SchemaDifference::Kind kind);
// "Fridge.celsius: ..., but ...: ..." in one line.
std::string to_text(const SchemaDifference& difference);

}  // namespace syncline
