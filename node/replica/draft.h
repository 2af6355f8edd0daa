// What is inside a Draft. transaction_*.cc and commit.cc only.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "node/replica/keys.h"
#include "node/replica/transaction.h"

namespace syncline {

// One object as a draft has it.
struct DraftObject {
  Group group;
  std::optional<Row> before;  // as shown when the draft began
  std::optional<Row> image;   // with the draft's operations
  Touches touches;            // pending changesets that touch it already
};

struct Draft::Impl {
  std::shared_ptr<const Schema> schema;  // shared: readers keep the one they began with
  std::unique_ptr<Reader> snapshot;
  // Instead of the snapshot, for a draft on another kind of store (draft_over.h).
  std::function<Result<std::optional<Row>>(const ObjectName&)> read;
  ChangesetName name;
  Cursor base;
  uint64_t generation =
      0;  // of the replica's state: who commits later must compute the images again
  bool all_or_nothing = false;
  uint32_t next_ordinal = 0;
  uint32_t next_element = 0;
  std::vector<DraftObject> objects;  // in the order they were first touched
  std::map<ObjectName, size_t> places;
  std::vector<Guard> guards;
  std::optional<Error> broken;  // something that was expected did not stand: it is not committed

  // The type, if objects of it can be written.
  Result<const TypeDef*> writable_type(TypeNumber type) const;
  // Are its objects only inserted here? Those of asymmetric types are, unless the draft is the
  // authority's own: the node keeps nothing of them but the changeset that waits to be decided.
  bool inserts_only(const TypeDef& type) const { return type.asymmetric && !read; }
  // The object, read if this is the first touch; nothing is recorded for objects without
  // operations. The pointer is valid until the next call.
  Result<DraftObject*> open(TypeNumber type, const Value& id);
  // The same, which must exist.
  Result<DraftObject*> open_present(const TypeDef& type, const Value& id);

  // Adds an operation to the object's group; what it holds is up to the caller.
  Operation& record(DraftObject* object, OperationKind kind, Path path);
};

}  // namespace syncline
