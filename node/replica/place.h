// Finding the place in an object that a user's path names, and what the schema says of it.
// transaction_*.cc only. The results point into the object and the schema, and are valid until the
// object changes.
#pragma once

#include <optional>

#include "node/replica/draft.h"

namespace syncline {

// What the schema says about a place.
struct Declared {
  const FieldDef* field =
      nullptr;           // null: outside the schema, or inside a mixed value: anything goes
  bool element = false;  // inside the field's collection

  // The scope that stands here if a scope does; nullopt: scalars, or anything goes.
  std::optional<ScopeKind> scope_kind() const;
  bool anything() const {
    return field == nullptr || (scalar_here() && field->type == ScalarType::mixed);
  }
  // Requires: field.
  bool scalar_here() const { return element || field->collection == Collection::none; }
};

struct Place {
  Path path;
  Declared declared;
  Child* child = nullptr;  // what stands there; null: nothing
  Scope* parent =
      nullptr;  // the scope it is in; null: it has to be created first, as `parent_kind`
  // A declared list, set or dictionary that the object lacks: writing into it creates it, in
  // `parent_of_parent`.
  ScopeKind parent_kind = ScopeKind::dictionary;
  Scope* parent_of_parent = nullptr;

  const Item* item() const { return child == nullptr ? nullptr : &child->item; }
  Scope* scope() const { return child == nullptr ? nullptr : child->item.scope(); }

  Path parent_path() const { return Path(path.begin(), path.end() - 1); }
};

// The type of the embedded objects at the place. Null: none are declared there.
const TypeDef* embedded_at(const Schema& schema, const Declared& declared);

// kBadData, kNotFound: no such field, key or index; the message says which step and why.
// The last step may name what is absent: a declared field, a dictionary key, a field of an open
// type.
Result<Place> find_place(const Schema& schema, const TypeDef& type, Scope& fields,
                         const UserPath& path);
// The path as people read it: fridge.doors[0].
std::string to_text(const UserPath& path);
// The same with its type: Fridge.doors[0].
std::string where_of(const TypeDef& type, const UserPath& path);

// ---- values ----

// kBadData unless the value can stand at the place. kTooLarge: nested too deep, a key too long.
// depth: of the place in its object, 1 for a field.
Status check_value(const Schema& schema, const Declared& declared, const Value& value, size_t depth,
                   std::string_view where);
// The value as an item for the place. Requires: check_value.
Result<Item> item_at(const Schema& schema, const Declared& declared, const Value& value,
                     const ChangesetName& changeset, uint32_t* next_element);

}  // namespace syncline
