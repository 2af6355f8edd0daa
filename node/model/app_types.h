// The names of types in schemas: bsonType's, JSON Schema's, and the wrong ones that people write.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/model/app_notes.h"
#include "proto/schema.h"

namespace syncline::app {

enum class Shape { scalar, object, array };

struct BsonType {
  std::string_view name;  // as bsonType spells it
  Shape shape;
  ScalarType scalar;
};

// What a schema says of its type. Wrong names were reported.
struct TypeReading {
  std::vector<const BsonType*> types;  // without null; more than one is a union; empty: any value
  bool null = false;                   // null is one of them
  bool stated = false;                 // some name was written
};

// Reads "bsonType", or "type" where there is none. Neither: an object if there are "properties", an
// array if there are "items", else any value, which is a warning unless `quiet`.
TypeReading read_type(Notes& notes, ObjectView& schema, const Json& value, bool quiet);

// As constraints have it: a name, or an array of names; null for any value.
Json canonical_bson_type(const TypeReading& reading);

}  // namespace syncline::app
