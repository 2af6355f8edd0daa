// From the store to the machine's state, and the first input.
#pragma once

#include "node/replica/state.h"

namespace syncline {

// kStoreTooNew; kStoreDamaged; kUsage: the store is another node's.
Status open_state(ReplicaIdentity identity, const Store* store, ReplicaState* state);
// Opened: what was written before is synced now, so that it can be uploaded.
void on_opened(ReplicaStep* step, const std::array<uint8_t, 32>& random);
// The first batch of a fresh store says whose it is and how it is written.
void write_format(ReplicaStep* step);

}  // namespace syncline
