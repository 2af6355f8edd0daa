// Receipts: what became of own changesets, kept for a bounded number of them. Pending ones need
// none: what is pending is queued or durable.
#pragma once

#include "node/replica/state.h"

namespace syncline {

// The last so many decided changesets can be asked about, also after a restart.
inline constexpr uint64_t kReceiptsKept = 100'000;

// Adds the decided receipt to the step's batch and notices, and drops what is too old.
void write_receipt(ReplicaStep* step, uint64_t order, ReceiptRecord receipt);

// The order of the oldest pending changeset, or of the oldest decided one that is kept; `none` if
// there is none.
Result<uint64_t> first_pending_order(const Reader& reader, uint64_t none);
Result<uint64_t> first_kept_order(const Reader& reader, uint64_t none);

}  // namespace syncline
