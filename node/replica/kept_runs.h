// Runs of what is kept (kept.h): which own decided changesets these are, by consecutive orders.
// Their content stands where it was written; that a run names an order says that it is decided.
//
// What one delta decides is a run, mostly. Pure functions, and a lookup for one thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "node/replica/keys.h"
#include "storage/store.h"

namespace syncline {

// To one key; runs are let go of as a whole. In payload bytes: a small part of
// limits::kKeptBytesMax, so that not much more goes than the limit asks for.
inline constexpr uint64_t kKeptInRun = 1024;
inline constexpr uint64_t kKeptRunBytesMax = 1u << 20;

struct KeptChangeset {
  LogSeq seq;          // where it was decided
  uint64_t bytes = 0;  // of its payload
  bool operator==(const KeptChangeset&) const = default;
};

struct KeptRun {
  uint64_t first = 0;       // order
  Incarnation incarnation;  // of the log of the decisions
  // Keys of it, the run's own or those of its changesets, were put more than once since they were
  // last absent: they are erased, and not by Batch::single_erase.
  bool rewritten = false;
  std::vector<KeptChangeset> changesets;  // of the orders from `first` on; never empty
  uint64_t bytes = 0;                     // of all of them

  uint64_t end() const { return first + changesets.size(); }
  void add(const KeptChangeset& changeset);
  // Where the last of it was decided.
  LogPosition last() const;
  // Takes the changeset of that order if it follows and there is room.
  bool takes(uint64_t order, const KeptChangeset& changeset) const;
};

Bytes encode(const KeptRun& run);
// Out of the store. kStoreDamaged if it does not read back.
Result<KeptRun> decode_kept_run(BytesView key, BytesView value);

// No order is kept from this one on.
Result<uint64_t> kept_end(const Reader& reader);

// Which orders are kept. Cheap to ask for orders that rise.
//
// On a store that moves on meanwhile: ask here first, and look at what is written after that. What
// is not kept and still there is pending, or was when it was asked.
class KeptOrders {
 public:
  // end: none is kept from there on, as its maker knows.
  explicit KeptOrders(const Reader* reader, uint64_t end = UINT64_MAX)
      : reader_(reader), end_(end) {}

  // The end of the run that has the order; nullopt: it is not kept.
  Result<std::optional<uint64_t>> end_of_run(uint64_t order);

 private:
  struct Span {
    uint64_t first = 0;
    uint64_t end = 0;
  };
  Status start_at(uint64_t order);
  Status read_span();

  const Reader* reader_;
  uint64_t end_;
  std::unique_ptr<Iterator> at_;
  std::optional<Span> span_;  // at the iterator; nullopt: no more of them
  uint64_t asked_ = 0;        // nothing below it can be told from where the iterator is
};

}  // namespace syncline
