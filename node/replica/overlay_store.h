// What pending changesets make of an object. The rows are in the store (node_overlay), so that
// readers see them; this computes them anew when the confirmed side or the pending change. Called
// within a step, on its thread.
#pragma once

#include <memory>
#include <set>

#include "node/replica/run_reader.h"
#include "node/replica/state.h"

namespace syncline {

// The row with the groups on top, in order. nullopt: the object is (still) absent.
std::optional<Row> lay_over(const std::optional<Row>& confirmed,
                            const std::vector<const Group*>& groups);

// Pending changesets decoded in one step, each once, as long as they are small together.
class PendingCache {
 public:
  explicit PendingCache(const Reader* reader)
      : reader_(reader), written_(reader, prefix_end(node_keys::all(Keyspace::node_written))) {}
  // kStoreDamaged if it is not there or does not decode. The result stays valid while it is held.
  Result<std::shared_ptr<const Changeset>> get(uint64_t order);

 private:
  const Reader* reader_;
  RunReader written_;
  std::map<uint64_t, std::shared_ptr<const Changeset>>
      decoded_;  // shared with those who look at a group of it
  size_t bytes_ = 0;
};

// The object with what is pending on it, apart from the changesets in `decided`. touches: as the
// reader has them, before this step; those listed may be more than are kept so. last:
// goes on top of them, if there is one.
Result<std::optional<Row>> overlay_of(const Reader& reader, const ObjectName& object,
                                      const std::optional<Row>& confirmed, const Touches& touches,
                                      const std::set<uint64_t>& decided, PendingCache* cache,
                                      const Group* last = nullptr);

}  // namespace syncline
