// Pending: what was written here and is not decided yet, which is what is written and not kept.
// This is the one place that tells the two apart. Any thread, on the store or a snapshot of it.
#pragma once

#include <memory>
#include <optional>

#include "node/replica/kept_runs.h"

namespace syncline {

struct PendingChangeset {
  uint64_t order = 0;
  WrittenView written;
};

// Pending changesets of the orders [from, to). Passes over a kept run by a search for its end, and
// does not read what is in it.
class PendingWalk {
 public:
  // kept_end: no order is kept from there on, as the caller knows.
  explicit PendingWalk(const Reader* reader, uint64_t from = 0, uint64_t to = UINT64_MAX,
                       uint64_t kept_end = UINT64_MAX)
      : reader_(reader), from_(from), to_(to), kept_(reader, kept_end) {}

  // The next one; nullopt at the end. Its views are valid until the next call.
  Result<std::optional<PendingChangeset>> next();

 private:
  // The first order from this one on that is not kept.
  Result<uint64_t> beyond_kept(uint64_t order);
  void go_to(uint64_t order);

  const Reader* reader_;
  uint64_t from_;
  uint64_t to_;
  KeptOrders kept_;
  std::unique_ptr<Iterator> at_;
};

// What is stored of the changeset of that order; nullopt: it is not pending.
Result<std::optional<Bytes>> find_pending(const Reader& reader, uint64_t order);

// The order of the oldest pending changeset; `none` if there is none.
Result<uint64_t> first_pending_order(const Reader& reader, uint64_t none);
// The order of the oldest one that is there at all, pending or kept.
Result<uint64_t> first_written_order(const Reader& reader, uint64_t none);

}  // namespace syncline
