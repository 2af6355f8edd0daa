// Reads keys that mostly follow on one another, such as the pending changesets that one delta
// decides: an iterator that moves on costs a fraction of a search for each.
//
// Sees the store as of its first read. Lives within one step.
#pragma once

#include <memory>
#include <optional>

#include "storage/store.h"

namespace syncline {

class RunReader {
 public:
  // end: of the keys it may be asked for, exclusive.
  RunReader(const Reader* reader, Bytes end) : reader_(reader), end_(std::move(end)) {}

  // As Reader::get. The view is valid until the next call.
  Result<std::optional<BytesView>> get(BytesView key) {
    constexpr int kStepsMax = 8;  // a search costs about as much
    for (int steps = 0; at_ != nullptr && at_->valid() && steps < kStepsMax && at_->key() < key;
         ++steps)
      at_->next();
    const bool passed = at_ == nullptr || !at_->valid() || at_->key() < key || key < asked_;
    if (passed) at_ = reader_->scan(key, end_);
    asked_ = key;
    SYNCLINE_TRY(at_->status());
    if (!at_->valid() || at_->key() != key) return std::nullopt;
    return at_->value();
  }

 private:
  const Reader* reader_;
  Bytes end_;
  std::unique_ptr<Iterator> at_;
  Bytes asked_;
};

}  // namespace syncline
