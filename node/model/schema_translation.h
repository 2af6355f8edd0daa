// Fields that the schema has come to know. What an app adds to its schema may have been written
// before, as a field outside the schema: it was kept under its name, and is now the declared
// field's.
//
// Objects are moved by the authority, by operations like everybody's (adopting_operations); what
// nodes wrote under an earlier schema and is decided later is read anew (translate). Pure; any
// thread.
#pragma once

#include <vector>

#include "proto/operation.h"
#include "proto/schema.h"

namespace syncline {

// What a node that did not know the field wrote to it by name, as written to the field. Values are
// held as the schema declares them (a document as an embedded object, an array as a set), whether
// or not they are of its type: the validator says. `name`: the changeset's.
void translate(const Schema& schema, const ChangesetName& name, Changeset* changeset);
// Does it name a declared field instead of bearing its number? Only then translate() changes it.
bool names_declared(const Schema& schema, const Changeset& changeset);

// A value by its name that a declared field may take over.
struct Adoptable {
  Path from;  // ends in the name
  Path to;    // ends in the field's number
  Item item;  // as the schema declares it
};
// Of the object, embedded ones in it included; none where the field itself is there already.
std::vector<Adoptable> adoptable_in(const Schema& schema, TypeNumber type, const Scope& fields,
                                    const ChangesetName& name, uint32_t* next_element);
// That move it.
std::vector<Operation> adopting_operations(const Adoptable& one);

}  // namespace syncline
