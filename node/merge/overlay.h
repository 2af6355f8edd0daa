// The optimistic image: what a node shows while its own changesets are pending.
//
// Called by the replica, for every object that pending touches, whenever its confirmed side or its
// pending changes. Pure; any thread.
#pragma once

#include "node/merge/merge.h"

namespace syncline {

// The confirmed row (null: absent) with the pending groups on top, in order; nullopt: absent. Every
// operation that finds its place takes effect. A pending insert whose left neighbour is gone stands
// at its position hint; positions of pending elements are provisional. The seqs of a confirmed row
// stay; those of an object that pending creates are 0. Null groups are passed over.
std::optional<Row> apply_overlay(const Row* confirmed, const std::vector<const Group*>& pending);

}  // namespace syncline
