// Receipts: what became of own changesets, kept for a bounded number of them. Pending ones need
// none: what is pending is queued or durable.
//
// They are kept in runs of consecutive orders, since most changesets are decided together: a key
// for each would be written and dropped again for every local write.
#pragma once

#include "node/replica/state.h"

namespace syncline {

// The last so many decided changesets, at least, can be asked about, also after a restart.
inline constexpr uint64_t kReceiptsKept = 100'000;
// To one key; what is read and decoded for one receipt.
inline constexpr uint64_t kReceiptsInRun = 1024;

// The receipts of one step. Requires: each order once.
class NewReceipts {
 public:
  void add(uint64_t order, ReceiptRecord receipt) { receipts_[order] = std::move(receipt); }
  // Adds them to the step's batch and notices, and drops what is too old. Call once, last.
  Status write(ReplicaStep* step);

 private:
  std::map<uint64_t, ReceiptRecord> receipts_;
};

// The highest order that has a receipt; 0: none has.
Result<uint64_t> last_receipt_order(const Reader& reader);

}  // namespace syncline
