// ValueKind: what sampling tells apart in a value. Pure; any thread.
#pragma once

#include <string_view>

#include "syncline/value.h"

namespace syncline::sampling {

enum class ValueKind {
  null,
  boolean,
  int32,
  int64,
  floating,
  decimal,
  string,
  date,
  object_id,
  uuid,
  binary,
  timestamp,
  regex,
  document,
  reference,  // a DBRef: {"$ref", "$id", "$db"?}
  list,
  other,  // code, symbols, minKey, maxKey, undefined, pointers: no bsonType of App Services
};

ValueKind kind_of(const Value& value);
// As schemas spell it; "mixed" for what has no name there.
std::string_view bson_type_of(ValueKind kind);
// As messages call it: "DBRef", "of a type without a name in schemas".
std::string_view text_of(ValueKind kind);

// {"type": "Point", "coordinates": [longitude, latitude, ...]} on the globe, as the validator takes
// it.
bool is_geo_point(const Document& document);

}  // namespace syncline::sampling
