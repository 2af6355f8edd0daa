// Operations and changesets: what a node writes, names, signs and uploads. DESIGN 4 and 5.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/object.h"

namespace syncline {

enum class OperationKind : uint8_t {
  create = 1,  // path empty: the object, if it is absent. Elsewhere: new scope (see
               // Operation::scope) at path
  set = 2,  // item at path: a field, a dictionary key, or the value of a list element that is there
  set_default = 3,  // as set, where no explicit value stands
  unset = 4,        // the field or dictionary key becomes absent
  increment = 5,    // amount onto the integer at path
  insert = 6,       // a new list element: path ends in its ElementId
  move = 7,         // path ends in the ElementId; stands after `left`
  erase = 8,        // path ends in the ElementId
  add = 9,          // path ends in the Member
  remove = 10,      // path ends in the Member
  clear = 11,       // path is a collection; item may say its kind, by an empty scope (mixed fields:
                    // kinds change)
  remove_object = 12,  // path empty: the object ("delete" to users)
};

struct Operation {
  OperationKind kind = OperationKind::set;
  Path path;
  // create at a path: an empty scope of the wanted kind. set, set_default, insert: what to hold. A
  // scope here means DESIGN 5's "assigning a whole value": embedded = create + a write of every
  // field named (what the writer's snapshot held and the value does not name comes as `unset`
  // operations of its own); collection = create + clear + fill. create of the object: the fields
  // written with it, as a scope of kind object.
  std::optional<Item> item;
  int64_t amount = 0;  // increment
  // insert, move: the element to stand after, as the writer saw it; absent: first. The position is
  // a hint for when that element is gone.
  std::optional<ElementId> left;
  Position left_position;
  // Which operation of the transaction as its writer counted, from 0: receipts speak of these.
  uint32_t ordinal = 0;
  bool operator==(const Operation&) const = default;
};

// The operations of one changeset on one object, in order: judged together.
struct Group {
  ObjectName object;
  Value id;            // the _id as written
  bool blind = false;  // the writer did not hold the object at its base: nothing of it was seen
  std::vector<Operation> operations;
  bool operator==(const Group&) const = default;
};

// When a changeset was written, by clocks that cannot be trusted (DESIGN 4: claimed).
struct WriteClock {
  uint64_t boot = 0;         // which boot of the device
  int64_t monotonic_ms = 0;  // within that boot
  int64_t wall_ms = 0;       // since 1970
  bool operator==(const WriteClock&) const = default;
};

// What a transaction expects of one object: nothing of the transaction stands unless that holds of
// the state just before it, as far as its author may read that.
struct Guard {
  enum class Kind : uint8_t {
    absent = 1,   // there is no such object
    present = 2,  // there is
    equals = 3,   // item at path
  };
  Kind kind = Kind::present;
  ObjectName object;
  Value id;   // the _id as written
  Path path;  // equals: not empty
  Item item;  // equals. null: null, or nothing there
  bool operator==(const Guard&) const = default;
};

struct Changeset {
  // The name is not in here: it lies outside the payload, so that what cannot be decoded can be
  // refused by name.
  Cursor base;  // of the snapshot that the transaction read
  WriteClock written;
  bool all_or_nothing = false;
  uint64_t schema_mark = 0;  // Schema::mark() of the schema that it was written by
  // The epoch's parent, in the first changeset of an epoch: own writes along the chain count as
  // seen.
  std::optional<std::pair<Epoch, uint64_t>> parent;
  std::vector<Group> groups;  // at most one for each object
  // All of them must hold; with any, the changeset is all or nothing whatever it says, and counts
  // as having seen everything that was decided before it.
  std::vector<Guard> guards;
  bool operator==(const Changeset&) const = default;
};

}  // namespace syncline
