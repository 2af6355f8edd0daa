// Place: one step in one scope, on both sides, row and merge state; and the walk to it.
#pragma once

#include "node/merge/sight.h"

namespace syncline::merging {

struct Place {
  Scope& scope;
  MergeScope& merge;
  const Step& step;
  const size_t depth;  // steps from the root to here, this one included

  // What stands here; null if nothing does.
  Item* item() const;
  // Puts a list element's value where the element stands; Requires: it is there, if the scope is a
  // list.
  void put(Item item) const;
  // Null if nothing was ever recorded.
  MergeSlot* slot() const { return merge.find(step); }
  MergeSlot& make_slot() const { return merge.at(step); }
  // The merge state of the scope that stands here, made if it was never recorded. Requires:
  // item()->is_scope().
  MergeScope& inner() const;
  // What stands here, or stands as absent, was written by somebody, not put by a default.
  bool explicit_stands() const;
};

// Can a scope of this kind hold this step?
bool fits(ScopeKind kind, const Step& step);

// Why an operation inside this scope has no effect; nullopt: it sees the scope as it stands.
std::optional<Ruling> hidden(const Sight& sight, const MergeScope& scope, size_t depth);

// Where an operation acts, or why it cannot get there.
struct Walk {
  Scope* scope = nullptr;  // that holds the path's last step
  MergeScope* merge = nullptr;
  std::optional<Ruling> barred;
};
// Requires: the path is not empty and the object is present.
Walk walk(const Sight& sight, Scope* fields, MergeScope* root, const Path& path);

// Marks, adds and gaps at or below the horizon go, in all of the object.
void prune(const Sight& sight, MergeScope* scope);

}  // namespace syncline::merging
