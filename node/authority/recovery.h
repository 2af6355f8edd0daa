// Recovery: from what a crash left to a store that an Authority can be opened on. DESIGN 7: open
// the state, replay the log's records after what the state has applied; a log that ends before what
// the state knows to be synced stops with an error.
#pragma once

#include <functional>

#include "proto/records.h"
#include "storage/commit_log.h"
#include "storage/store.h"

namespace syncline {

struct RecoveryReport {
  uint64_t replayed_entries = 0;
  Applied applied;
  LogHead head;
};

// Writes the first marks of a new authority into an empty store. kExists: it is one already.
Status initialise_state(Store* state, Incarnation incarnation);

// Begins a new incarnation of the log where the state stands: for a store that was made from a
// backup. Durable on return; a crash before leaves the state as it was. Requires: recover() was
// run, and `incarnation` was never used. Answers the fork.
Result<Fork> begin_incarnation(Store* state, Incarnation incarnation);

// progress: called every thousand entries with (done, to do). kStoreDamaged: the log is shorter
// than what was committed, or does not fit the state; says which, and what to do.
Result<RecoveryReport> recover(Store* state, const CommitLog& log,
                               const std::function<void(uint64_t, uint64_t)>& progress = {});

}  // namespace syncline
