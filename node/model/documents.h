// Between documents as people write them and objects as stores hold them, by the schema: names to
// numbers, arrays to lists or sets, documents to embedded objects or dictionaries; and back.
//
//   SYNCLINE_ASSIGN(ObjectDocument fridge, object_of_document(schema, type, document, changeset));
//   Document shown = document_of_object(schema, type, row);
//
// Called by imports, transactions, exports and queries. Values of a wrong type are kept as they
// are: the validator says what is wrong with them. null, missing, [] and {} stay distinct. Pure;
// any thread.
#pragma once

#include "proto/object.h"
#include "proto/schema.h"

namespace syncline {

struct ObjectDocument {
  Value id;
  Scope fields;  // kind object; without _id, which is the object's identity, and without defaults
};

// `changeset` names new list elements, counted from *next_element on (null: from 0).
// Fields outside the schema are kept where the type is open. kBadData: such a field where it is
// not; _id missing or not of the type that the schema declares. kTooLarge: nested deeper than
// limits::kDepthMax, or a key beyond its limit.
Result<ObjectDocument> object_of_document(const Schema& schema, TypeNumber type,
                                          const Document& document, const ChangesetName& changeset,
                                          uint32_t* next_element = nullptr);

// One value at a place declared so; null: outside the schema. Shared by object_of_document and
// transactions.
Result<Item> item_of_declared(const Schema& schema, const FieldDef* field, const Value& value,
                              const ChangesetName& changeset, uint32_t* next_element);

// _id, then the fields in the schema's order, then the others by name; missing required fields with
// a default get it.
Document document_of_object(const Schema& schema, TypeNumber type, const Row& row);

// A field's item as people see it.
Value value_of_declared(const Schema& schema, const FieldDef* field, const Item& item);

// kBadData unless the value can be an _id of the type.
Status check_id(const TypeDef& type, const Value& id);

}  // namespace syncline
