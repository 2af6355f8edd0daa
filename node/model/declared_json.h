// Declared schemas as JSON, in the plain form of docs/cli.md:
//
//   {"types": [{"name": "Fridge", "primary_key": "_id", "properties": [
//      {"name": "_id", "type": "string"}, {"name": "celsius", "type": "double", "nullable": true},
//      {"name": "doors", "type": "link", "target": "Door", "collection": "list"}]}]}
//
// For programs in other languages than C++, and for the command line. Pure; any thread.
#pragma once

#include "proto/schema.h"
#include "syncline/declared_schema.h"
#include "syncline/result.h"
#include "syncline/value.h"

namespace syncline {

// kBadData: names the place as a JSON pointer, what is there, and what was expected. A key that is
// not known is an error: it would say something that is not held.
Result<DeclaredSchema> read_declared_schema(const Value& json);
// The other way round.
Value print_declared_schema(const DeclaredSchema& declared);
// What code that knows all of the schema would declare: of an app's own types.
DeclaredSchema declared_schema_of(const Schema& schema);

}  // namespace syncline
