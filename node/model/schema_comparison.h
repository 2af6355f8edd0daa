// Whether the types that an application's code declares fit the authority's schema, type by type
// and field by field, and what to do where they do not.
//
// Less than the authority has is fine. Called by a node whenever either side changes. Pure; any
// thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "proto/schema.h"
#include "syncline/declared_schema.h"

namespace syncline {

// In the order of the code's types and fields. Embedded types are compared where they are embedded,
// by what they hold; what one is called is told, but does not matter.
std::vector<SchemaDifference> compare_schemas(const DeclaredSchema& declared,
                                              const Schema& authority);

// Whether objects of the type can be read and written: whether no difference in it, or in what it
// embeds, stands against that. kSchemaMismatch: one that does, or several, a line each.
Status check_fit(const DeclaredSchema& declared, std::string_view type,
                 const std::vector<SchemaDifference>& differences);

// What is wrong in a declared schema by itself: two types of one name that differ, names that are
// too long or there twice, a type of objects without an _id, targets that are not declared where
// they are embedded. kUsage.
Status check_declared(const DeclaredSchema& declared);

}  // namespace syncline
