// From a query's syntax tree to one that can be evaluated, by a schema.
//
//   SYNCLINE_ASSIGN(auto query, query::bind(*parsed, schema, type, {.arguments = {Value(-18.5)}}));
//   if (query::matches(*query, row, source)) ...
//
// Pure; any thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "node/query/bound.h"
#include "node/query/syntax.h"
#include "syncline/result.h"

namespace syncline::query {

// Other names for properties: what an application calls them, or inverse relationships.
struct KeyPathMapping {
  // (type, name) -> the path that it stands for: "owner", "address.city", "@links.Task.owner".
  std::map<std::pair<std::string, std::string>, std::string, std::less<>> paths;
  std::map<std::string, std::string, std::less<>> types;  // behind @links
};

struct Bindings {
  // $0, $1, ... A List is a list argument; an object is a document {"$ref": type, "$id": its _id};
  // a region is a text as in a query.
  std::vector<Value> arguments;
  KeyPathMapping mapping;
  // Fields that hold floats of 32 bits: constants are rounded as the predecessor does. Only schemas
  // of loose files know such fields.
  std::set<std::pair<TypeNumber, FieldNumber>> floats;
};

// kBadQuery, with the column: an unknown type or property (with the nearest that there is), kinds
// that do not compare, too few arguments. Requires: `type` is in the schema and not embedded.
Result<std::shared_ptr<const BoundQuery>> bind(const Query& query,
                                               std::shared_ptr<const Schema> schema,
                                               TypeNumber type, const Bindings& bindings = {});
// Parses and binds.
Result<std::shared_ptr<const BoundQuery>> bind(std::string_view text,
                                               std::shared_ptr<const Schema> schema,
                                               TypeNumber type, const Bindings& bindings = {});

// An object as a value: how arguments, and links in mixed fields, name one.
Value object_reference(std::string_view type, const Value& id);

}  // namespace syncline::query
