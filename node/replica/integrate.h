// Deltas: from a frame of the authority to staged parts, or to one visible change.
#pragma once

#include "node/replica/state.h"

namespace syncline {

// kMalformed and its like: the delta is not what the session can send; nothing of it may be
// applied, and the node should greet again. kStoreDamaged, kIo: the store cannot be read.
Status on_delta(ReplicaStep* step, const Delta& delta);

}  // namespace syncline
