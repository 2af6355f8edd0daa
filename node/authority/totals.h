// Totals: what many entries add to one record each, written once for a layer of them instead of
// once an entry: how far each origin is, and how many objects a type has.
//
// As new as the last entry that was folded. The machine's thread, or recovery's.
#pragma once

#include <map>
#include <set>

#include "proto/entry.h"
#include "proto/records.h"
#include "storage/store.h"

namespace syncline {

// Of a type's objects, as they are stored.
struct TypeTotal {
  uint64_t objects = 0;
  uint64_t bytes = 0;
  uint64_t mean_bytes() const { return objects == 0 ? 0 : bytes / objects; }
};

// Nothing is stored: zeros.
Result<TypeTotal> read_type_total(const Reader& state, TypeNumber type);

class Totals {
 public:
  // state: where they are read from when they are first asked for; outlives this.
  explicit Totals(const Reader* state) : state_(state) {}

  // The origin's record; without epochs if it is unknown. Valid until it is noted or written next.
  Result<const OriginRecord*> origin(NodeId origin);
  // The entry's name is decided. Idempotent.
  Status note_decided(const Entry& entry);
  // The type has so many objects more or fewer, and bytes of them.
  Status count(TypeNumber type, int64_t objects, int64_t bytes);

  // What changed since the last time, into the batch.
  void write(Batch* batch);

 private:
  const Reader* state_;
  std::map<NodeId, OriginRecord> origins_;
  std::map<TypeNumber, TypeTotal> counts_;
  std::set<NodeId> changed_origins_;
  std::set<TypeNumber> changed_counts_;
};

}  // namespace syncline
