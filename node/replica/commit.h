// Local writes: from a draft (or journalled operations) to one batch. Called by replica.cc, on its
// thread.
#pragma once

#include "node/replica/draft.h"
#include "node/replica/state.h"

namespace syncline {

// kUsage: another transaction was committed since the draft began. kTooLarge. Nothing is written on
// an error.
Result<ChangesetName> commit_draft(ReplicaStep* step, Draft::Impl* draft, Durability durability);

// Changesets up to the order are durable: says so to who waits for them, and they may be uploaded.
void mark_durable(ReplicaStep* step, uint64_t order);
// Every batch that was output up to this write is durable now.
void on_synced(ReplicaStep* step, uint64_t write_number);
// Relaxed writes have waited long enough to be uploaded.
void on_relaxed_timeout(ReplicaStep* step);

inline constexpr int64_t kRelaxedSyncMs = 1000;

}  // namespace syncline
