// The schema of loose files: an app's (a directory, or one schema.json), or the plain form
//
//   {"types":[{"name":"Fridge","primary_key":"serial","properties":[
//      {"name":"serial","type":"string"},{"name":"celsius","type":"float","nullable":true},
//      {"name":"doors","type":"link","target":"Door","collection":"list"}]}]}
//
// It is made straight into a Schema, for it may say what no app can: types without a key, keys of
// other names, floats of 32 bits.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "proto/schema.h"
#include "syncline/result.h"
#include "syncline/value.h"

namespace syncline {

struct LooseSchema {
  // A key, whatever its name, is the field number system_field::kId; a type without one has none.
  std::shared_ptr<const Schema> schema;  // shared: queries hold it
  std::set<std::pair<TypeNumber, FieldNumber>> floats;
};

// kBadData, kBadApp: naming the place and what was expected.
Result<LooseSchema> plain_schema(const Value& value);
// `path`: a file in either form, or an app's directory.
Result<LooseSchema> read_loose_schema(const std::string& path);
// What an application declares (docs/cli.md), and the schema version that it is written for: of an
// app's directory as its migrations say, else 1.
struct DeclaredFile {
  DeclaredSchema types;
  uint32_t version = 1;
};
// As read_loose_schema; the plain form is read strictly.
Result<DeclaredFile> read_declared_file(const std::string& path);

}  // namespace syncline
