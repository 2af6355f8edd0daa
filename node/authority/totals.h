// Totals: what many entries add to one record each, written once for a layer of them instead of
// once an entry: how far each origin is, how many objects a type has, and the runs (runs.h).
//
// As new as the last entry that was folded. The machine's thread, or recovery's.
#pragma once

#include <map>
#include <set>

#include "node/authority/runs.h"
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
  // The entry is decided so, and stands there in the log. Idempotent. Entries come in their order.
  Status note_decided(const Entry& entry, const Decision& decision, const EntryMark& mark);
  // The type has so many objects more or fewer, and bytes of them.
  Status count(TypeNumber type, int64_t objects, int64_t bytes);

  // Has any object of the type a mark of its removal? Of most new objects it need not be looked for
  // then. False is sure.
  Result<bool> has_removals(TypeNumber type);
  void note_removal(TypeNumber type) { removals_[type] = true; }
  // Marks were let go of: whether there are any is found out anew.
  void forget_removals(TypeNumber type) { removals_.erase(type); }

  // Written or not yet: as the functions in runs.h.
  Result<std::optional<EntryMark>> entry_mark(LogSeq seq) const;
  Result<std::optional<Decision>> decision(const ChangesetName& name) const;
  // The highest stamp at or before the entry. If its mark was let go of: that of the first mark
  // that is kept, a bound from above.
  Result<Stamp> stamp_at(LogSeq seq) const;

  size_t bytes() const { return runs_.bytes(); }  // of what is not written yet, about

  // What changed since the last time, into the batch.
  void write(Batch* batch);

 private:
  const Reader* state_;
  std::map<NodeId, OriginRecord> origins_;
  std::map<TypeNumber, TypeTotal> counts_;
  std::map<TypeNumber, bool> removals_;
  NewRuns runs_;
  std::set<NodeId> changed_origins_;
  std::set<TypeNumber> changed_counts_;
};

}  // namespace syncline
