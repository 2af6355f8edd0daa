// The tree that an object is: scopes and the items in them.
//
//   Fridge 7 = Scope(object){ field 1: "7", field 2: -18.5, field 3: Scope(list){ element a: "door"
//   } }
//
// A scope is an object, an embedded object, a list, a set or a dictionary: whatever has things
// inside that merge one by one. An item is a scalar Value or a scope. One shape for all four kinds,
// so that merging, overlay, view deltas and encoding are each one recursion. Documents and arrays
// inside a mixed field are dictionaries and lists. Plain data.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "proto/ids.h"
#include "syncline/value.h"

namespace syncline {

// A value's membership in a set: the encoded value (codec.h: encode_value).
struct Member {
  Bytes bytes;
  auto operator<=>(const Member&) const = default;
};

// One step from a scope to an item in it. Never an index: indexes move.
// object: a FieldNumber, or a key for a field outside the schema. dictionary: a key. list: an
// ElementId. set: a Member.
using Step = std::variant<FieldNumber, std::string, ElementId, Member>;
using Path = std::vector<Step>;  // from the object's root scope; empty is the object itself

enum class ScopeKind : uint8_t { object = 1, dictionary = 2, list = 3, set = 4 };

struct Scope;

// A scalar (no List, no Document inside) or a scope. Copies deeply.
class Item {
 public:
  Item();  // null
  Item(Value value);
  Item(Scope scope);
  Item(const Item& other);
  Item(Item&& other) noexcept;
  Item& operator=(const Item& other);
  Item& operator=(Item&& other) noexcept;
  ~Item();

  bool is_scope() const { return std::holds_alternative<std::unique_ptr<Scope>>(data_); }
  // Requires: !is_scope().
  const Value& value() const { return std::get<Value>(data_); }
  Value& value() { return std::get<Value>(data_); }
  // Null if a scalar.
  const Scope* scope() const;
  Scope* scope();
  bool operator==(const Item& other) const;

 private:
  std::variant<Value, std::unique_ptr<Scope>> data_;
};

struct Child {
  Step step;
  Position position;  // lists only
  Item item;          // sets: null, the step says it all
  bool operator==(const Child&) const = default;
};

struct Scope {
  ScopeKind kind = ScopeKind::object;
  // Sorted by step; a list's by (position, element id). Object, dictionary, set: steps are unique.
  std::vector<Child> children;

  const Child* find(const Step& step) const;
  Child* find(const Step& step);
  // Puts or replaces the child of that step, in its place. position: lists only.
  Child& put(Step step, Item item, Position position = {});
  bool erase(const Step& step);
  bool operator==(const Scope&) const = default;
};

// Where a Scope is complete.
inline Item::Item() = default;
inline Item::Item(Value value) : data_(std::move(value)) {}

// An object as a store holds it.
struct Row {
  Value id;        // as it was written: int32 stays int32
  LogSeq born;     // the entry that created it (last: a re-creation counts)
  LogSeq changed;  // the last entry that changed it
  Scope fields;    // kind object
  bool operator==(const Row&) const = default;
};

// The item at the path, or null if there is none.
const Item* find_item(const Scope& root, const Path& path);
// The scope at the path (the root for the empty path), or null if there is none or it is a scalar.
Scope* find_scope(Scope& root, const Path& path);
const Scope* find_scope(const Scope& root, const Path& path);

// The position of the i-th (from 1) of `count` elements of a new list, spread evenly over the
// fractions between 0 and 1 in base 256; no trailing zero byte, so that a shorter fraction never
// equals a longer one.
Position spread_position(uint64_t i, uint64_t count);

// A scalar or composite Value as an item (List -> list scope with element ids n, n+1, ... of the
// changeset, Document -> dictionary), for mixed values; and back. next_element counts on.
Item item_of(const Value& value, const ChangesetName& changeset, uint32_t* next_element);
Value value_of(const Item& item);

}  // namespace syncline
