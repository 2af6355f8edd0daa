// What an index can look up of a view's queries: for the router, which holds an entry's objects
// against them, and for the state's indexes, which find the objects of a view.
//
// Pure; any thread.
#pragma once

#include <vector>

#include "node/authority/view.h"
#include "node/query/index_terms.h"

namespace syncline {

// What an object must have to match. Objects stand in an index with all of their fields: a query on
// fields that the mask hides reads them as missing, and then anything may match.
query::IndexTerms terms_of(const FieldMask& mask, const query::BoundQuery& query);
// Of all that the view shows of the type; where more than an object's own fields decides: anything.
query::IndexTerms own_terms_of(const TypeView& view);

// The path by whose index one branch is looked up; nullopt: there is none.
std::optional<query::TermPath> path_of_branch(const query::Branch& branch);
// Where the link stands that a query follows; nullopt: in a collection's elements, where no index
// reaches. Requires: follows.kind is link.
std::optional<query::TermPath> path_of_link(const Schema& schema, const query::Follows& follows);
// What a window goes by first, if an index can be walked in that order: its query is SORT, LIMIT,
// and the first key a visible field.
std::optional<query::TermPath> path_of_order(const FieldMask& mask,
                                             const query::BoundQuery& window);

// The paths by which all that the view shows of the type is looked up, each once.
std::vector<query::TermPath> paths_of(const TypeView& view);

}  // namespace syncline
