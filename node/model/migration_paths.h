// Fields by their dotted names: "address.city". Called by what binds a migration. Pure; any thread.
#pragma once

#include "proto/object.h"
#include "proto/schema.h"

namespace syncline {

struct FieldPlace {
  Path path;                        // of field numbers
  const TypeDef* holder = nullptr;  // the type that has the field
  const FieldDef* field = nullptr;  // null: there is none of that name
  // Why there is none: a field on the way that is no embedded object, or is a collection of them.
  std::string on_the_way;
};
// From an object of the type, through embedded objects that are no collections. Valid as long as
// the schema.
FieldPlace find_field(const Schema& schema, const TypeDef& type, std::string_view dotted);

}  // namespace syncline
