// Run: a whole query over a sequence of rows: the condition, then SORT, DISTINCT and LIMIT as they
// are written, each on what the one before it left.
//
//   query::Run run(query, source);
//   for (const auto& row : rows)
//     if (!run.take(row)) break;            // it has all it needs
//   for (const auto& row : run.finish()) ...
//
// Sorting is stable: what compares equal stays in the order in which it was taken, so rows that
// come by _id tie by _id. DISTINCT keeps the first of each. Memory: the rows that match; with a
// SORT and a LIMIT first twice the LIMIT; without SORT no more than the LIMIT. One thread.
#pragma once

#include <memory>
#include <vector>

#include "node/query/evaluate.h"

namespace syncline::query {

class Run {
 public:
  Run(std::shared_ptr<const BoundQuery> query, ObjectSource& source);

  // False: no further row can change the result.
  bool take(std::shared_ptr<const Row> row);
  // The same of one that is known to match.
  bool take_matching(std::shared_ptr<const Row> row);
  std::vector<std::shared_ptr<const Row>> finish();

  uint64_t examined() const { return examined_; }
  uint64_t matched() const { return matched_; }

 private:
  struct Entry {
    std::shared_ptr<const Row> row;
    std::vector<Value> keys;  // of the stage at hand
    uint64_t place = 0;       // in the order before it
  };
  std::vector<Value> keys_of(const Stage& stage, const Row& row);
  void sort(const Stage& stage, uint64_t limit);
  void distinct(const Stage& stage);

  std::shared_ptr<const BoundQuery> query_;  // shared: many run one query
  ObjectSource& source_;
  std::vector<Entry> entries_;
  uint64_t limit_at_once_ = UINT64_MAX;  // LIMIT comes first
  uint64_t best_ = UINT64_MAX;           // SORT comes first and this LIMIT behind it
  uint64_t examined_ = 0;
  uint64_t matched_ = 0;
};

}  // namespace syncline::query
