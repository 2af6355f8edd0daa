// Indexes kept true: what a step shows anew goes into them with the step's own batch, and those
// that are not ready are built between the steps, some objects at a time. Called by replica.cc, on
// its thread.
//
// An index that is being built is kept like the others: a change beyond the place that building has
// come to is put in twice, which does no harm. So nothing is missed whatever comes in between, and
// after a restart it goes on where its record says.
#pragma once

#include "node/replica/state.h"

namespace syncline {

// One step of building, in objects and in bytes of them: other steps wait for it.
inline constexpr size_t kBuildObjectsMax = 512;
inline constexpr size_t kBuildBytesMax = 2u << 20;
// Between two of them, so that others have their turns.
inline constexpr int64_t kBuildPauseMs = 1;

// What the store has; kStoreDamaged.
Status open_indexes(ReplicaState* state);
// What the code wants, from now on and under every schema; what it wanted before and does not now
// goes. What does not fit the schema waits for one that it fits.
void on_declare_indexes(ReplicaStep* step, std::vector<Index> indexes);
// Last in every step whose changes are made true: indexes made and dropped as the schema and the
// code want, entries of what changed. Arms the timer "indexes" while there is something to build.
void keep_indexes(ReplicaStep* step);
// Builds on.
void on_indexes_timeout(ReplicaStep* step);

}  // namespace syncline
