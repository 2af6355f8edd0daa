// What a query finds among the objects that a node shows: by its indexes where they serve, by
// looking at each object where not. The one way in which queries of a node are carried out. Any
// thread, on the store or a snapshot of it.
#pragma once

#include <functional>

#include "node/query/bound.h"
#include "node/query/evaluate.h"
#include "node/query/plan.h"
#include "proto/object.h"
#include "storage/store.h"

namespace syncline {

// An object that matches. Valid during the visit.
struct FoundObject {
  const ObjectKey& key;
  // The fields that the query reads, its _id, and no others: enough to match and to sort, not to
  // show. Element ids in it mean nothing.
  const Row& read;
  BytesView stored;  // all of it, encoded
};

struct SearchCost {
  std::string plan;       // for people
  uint64_t examined = 0;  // objects read
  uint64_t matched = 0;
};

// Candidates of a plan, at most: a share of the objects that there are, within bounds. Finding an
// object by its key takes as long as walking over five to ten (`syncline bench query`), and the
// candidates' keys are held in memory.
inline constexpr uint64_t kCandidatesShare = 8;
inline constexpr uint64_t kCandidatesMin = 1'000;
inline constexpr uint64_t kCandidatesMax = 200'000;
// Objects read in an index's order while so few match, at most: beyond, all are looked at once.
inline constexpr uint64_t kInOrderMissesMax = 4096;

// Visits what matches in the order of _id, until `visit` answers false. Where only the result is
// needed, and the query begins with SORT and LIMIT, some that cannot be among the first may be left
// out: sort, and cut, what comes. source: where links lead; what it could not read is for the
// caller to ask. snapshot: does not change meanwhile. kStoreDamaged, kIo.
Status visit_matching(const Reader& snapshot, const query::BoundQuery& query,
                      query::ObjectSource& source, query::Needed needed,
                      const std::function<bool(const FoundObject&)>& visit, SearchCost* cost);

}  // namespace syncline
