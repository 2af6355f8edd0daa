// From schema.json to types: names, fields, composites; before numbers are given.
// Called by load_app. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "node/model/app_load.h"
#include "node/model/app_types.h"
#include "proto/schema.h"

namespace syncline::app {

struct FieldDraft {
  FieldDef def;              // without number and target
  std::string target;        // the name of the type it embeds or links to
  bool null_stated = false;  // the schema names null among its types
  std::string pointer;
};

struct TypeDraft {
  TypeDef def;  // without numbers; fields are in `fields`
  std::vector<FieldDraft> fields;
  Json constraints;
  Notes* notes = nullptr;
  std::string pointer;

  FieldDraft* field(std::string_view name);
};

// By name, so that what follows does not depend on the order of files.
using TypeDrafts = std::map<std::string, TypeDraft>;

// Types of every collection that has a schema (Collection::type is set), and the embedded ones in
// them.
TypeDrafts read_schemas(Loading& load);
// app_endless.cc: an error where embedded types require themselves.
void refuse_endless_embedding(TypeDrafts& types);
// Turns fields into links as relationships.json says.
void apply_relationships(Loading& load, TypeDrafts& types);
// Gives numbers and makes App::schema and App::constraints.
void number_types(Loading& load, const TypeDrafts& types, const Schema* previous,
                  uint32_t numbers_from);

// app_indexes.cc: the "indexes" of a collection's schema, into type.def.indexes.
void read_indexes(Notes& notes, ObjectView& schema, TypeDraft& type);
// Do they fit the types? After number_types.
void check_indexes(Loading& load, const TypeDrafts& types);

// app_keywords.cc: reads the constraint keywords of a schema that concern no type below it, into
// `out` (normalised), and accounts for every other key of it. Call it last.
void read_keywords(Notes& notes, ObjectView& schema, const Json& value, Json* out);
// app_defaults.cc: the "default" of a field, or none if it does not fit.
void read_default(Notes& notes, ObjectView& schema, FieldDraft& field);

}  // namespace syncline::app
