// Merger: an object and its merge state, and groups of operations merged into them one after
// another. merge_group is one group; the overlay is several.
#pragma once

#include "node/merge/list.h"

namespace syncline::merging {

class Merger {
 public:
  Merger(std::optional<Row> row, MergeRow merge) : row_(std::move(row)), merge_(std::move(merge)) {}

  // One outcome for each operation that is not left out.
  std::vector<Outcome> apply(const Group& group, const Causality& causality,
                             const std::set<size_t>* left_out);

  std::optional<Row>& row() { return row_; }
  MergeRow& merge() { return merge_; }
  // Some group created the object, or created it anew.
  bool born() const { return born_; }

 private:
  Ruling apply_one(const Sight& sight, const Group& group, const Operation& operation);
  Ruling create_object(const Sight& sight, const Group& group, const Operation& operation);
  Ruling remove_object(const Sight& sight);
  Ruling apply_at(const Sight& sight, const Place& place, const Operation& operation);
  Ruling apply_in_list(const Sight& sight, const Place& place, const Operation& operation);

  std::optional<Row> row_;
  MergeRow merge_;
  bool born_ = false;
  NeighbourHint hint_ = 0;
};

}  // namespace syncline::merging
