// What changed between two schemas of an app, and what each change means for the devices that sync
// with it: `syncline schema diff`, and what `app deploy` takes.
//
//   for (const SchemaChange& change : schema_changes(*now, *next)) ...
//
// Types and fields are compared by number. That follows the name: what is called otherwise is gone,
// and there anew, unless a migration renames it, which keeps the number. The classes are those of
// Atlas Device Sync (spec 2.3). Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/model/app.h"

namespace syncline {

struct SchemaChange {
  enum class Kind : uint8_t {
    type_added,
    type_removed,
    type_renamed,
    type_kind,  // embedded or not, asymmetric or not
    key_type,   // of _id
    openness,   // whether fields outside the schema are kept
    field_added,
    field_removed,
    field_renamed,
    field_type,  // what it holds: scalar, collection, target
    required,    // optional to required, or back
    nullability,
    default_value,
    constraint,  // keywords that only restrict values
    indexes,
  };
  enum class Class : uint8_t {
    safe,               // devices and documents go on as they are
    safe_with_default,  // ... and documents that lack a field read as its default
    breaking,           // devices could not go on
  };
  Kind kind = Kind::type_added;
  Class meaning = Class::safe;
  std::string type;    // its name; of what is renamed, the new one, as of `field`
  std::string field;   // empty: the change is the type's
  std::string text;    // what was and what is, for a person
  std::string remedy;  // of a breaking change: what to do instead; of others what to know; or empty
};

std::string_view name_of(SchemaChange::Kind kind);
std::string_view name_of(SchemaChange::Class meaning);

// In order of types and fields. `after` is numbered by `before` (load_app's `previous`).
std::vector<SchemaChange> schema_changes(const App& before, const App& after);
bool any_breaking(const std::vector<SchemaChange>& changes);
// What breaks has its remedy: the migration at that path says what becomes of it.
void note_migration(const std::string& path, std::vector<SchemaChange>* changes);
// "Fridge.celsius: was double, is now string (breaking): ..."
std::string line_of(const SchemaChange& change);

// "a list of string", "a link to Store", as people say what a field holds.
std::string text_of_field(const Schema& schema, const FieldDef& field);

}  // namespace syncline
