// Declarations of indexes, held against a schema: from names to numbers. For an app's schema, which
// may declare some, and for nodes, whose code may. Pure; any thread.
#pragma once

#include <vector>

#include "proto/schema.h"
#include "syncline/indexes.h"
#include "syncline/result.h"

namespace syncline {

struct IndexColumn {
  std::vector<FieldNumber> fields;  // the first is of the type, each further one of the embedded
  bool elements = false;            // the last is a collection: its elements
  bool operator==(const IndexColumn&) const = default;
};

struct ResolvedIndex {
  TypeNumber type;
  IndexKind kind = IndexKind::values;
  std::vector<IndexColumn> columns;
};

// kNotFound: there is no such type or field, with the nearest that there is. kUsage: the field has
// nothing that an index of that kind could hold. kTooLarge: too many columns.
Result<ResolvedIndex> resolve_index(const Schema& schema, const Index& index);

}  // namespace syncline
