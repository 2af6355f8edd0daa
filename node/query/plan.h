// Plan: how to find the objects that a query may match without asking each.
//
//   query::Plan plan = query::plan(*query, ready_indexes);
//   // plan.text: "index Task(owner_id, due): owner_id == 'u7', due > 3"
//
// A plan names candidates, never answers: who carries it out asks the query about each of them. It
// holds for every object of the type or it is a scan.
//
// How it is chosen. A query's index terms (index_terms.h) are branches of which one must hold. Each
// branch needs a way of its own, or all is a scan:
// - by _id, if the branch has an equality on it;
// - else by the index with the most equalities on its first columns; among those one with a range
//   on the next column; then the one with the fewest ranges to read, the fewest columns, the lowest
//   number.
// SORT behind the condition and LIMIT behind SORT are read off an index in its order, if after
// equalities on single values its next columns are what is sorted by (in one direction), and no
// other way has more equalities, or as many and a range elsewhere. Nothing is known here of how
// many objects a range holds: who carries it out gives up and scans where it reads too many.
//
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/query/index_terms.h"
#include "node/query/intervals.h"

namespace syncline::query {

// An index that may be used: where an object stands in it is told by its keys at each path.
struct PlanIndex {
  uint32_t number = 0;
  std::vector<TermPath> columns;  // at least one
};

// Entries of an index: the first columns equal these keys, and the next lies in the range.
struct PlanRange {
  std::vector<Bytes> equals;
  std::optional<Interval> next;
  bool operator==(const PlanRange&) const = default;
};

struct PlanLookup {
  uint32_t index = 0;
  std::vector<PlanRange> ranges;
  bool operator==(const PlanLookup&) const = default;
};

struct Plan {
  enum class Kind : uint8_t {
    scan,      // each object of the type
    look_up,   // those of `ids` and of `lookups`
    in_order,  // those of the one lookup with its one range, in order, until enough match
  };
  Kind kind = Kind::scan;
  std::vector<ObjectKey> ids;
  std::vector<PlanLookup> lookups;
  // in_order: objects equal in this many columns are all of one place in the order.
  size_t columns_in_order = 0;
  bool descending = false;
  uint64_t limit = 0;
  std::string text;  // for people
};

// Ranges of one lookup, at most: then fewer columns of an index are used.
inline constexpr size_t kPlanRangesMax = 10'000;

// Which of the objects that match are needed.
enum class Needed : uint8_t {
  all,
  result,  // those that the query answers: behind SORT and LIMIT the first ones do
};

// ready: of the query's type.
Plan plan(const BoundQuery& query, const std::vector<PlanIndex>& ready, Needed needed);

// "Task(owner_id, due)", "Note(words of body)", "Store(place of position)".
std::string index_text(const Schema& schema, TypeNumber type, const std::vector<TermPath>& columns);

}  // namespace syncline::query
