// Progress: what the node has integrated and read, told to the authority in batches.
//
// The cursor that is told is one that survives a power loss: the authority may forget what lies
// before it. Bytes read are told as they are: they only give credit back.
#pragma once

#include "node/replica/state.h"

namespace syncline {

// A delta frame was dealt with.
void note_consumed(ReplicaStep* step, size_t frame_bytes, bool integrated_decisions);
// The cursor that survives may have moved.
void note_synced(ReplicaStep* step);
void on_progress_timeout(ReplicaStep* step);

}  // namespace syncline
