// Reads keys that mostly follow on one another, such as the pending changesets that one delta
// decides, or the rows of objects made one after the other: an iterator that moves on costs a
// fraction of a search for each. Where keys turn out to lie far apart it searches for each.
//
// Reads a store that does not change meanwhile: lives within one step.
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
    if (searches_left_ > 0) {
      --searches_left_;
      return search(key);
    }
    if (!move_to(key)) {
      at_ = reader_->scan(key, end_);
      if (++jumps_ == kJumpsMax) {
        jumps_ = 0;
        searches_left_ = kSearchesInARow;
      }
    } else {
      jumps_ = 0;
    }
    asked_ = key;
    SYNCLINE_TRY(at_->status());
    if (!at_->valid() || at_->key() != key) return std::nullopt;
    return at_->value();
  }

 private:
  static constexpr int kStepsMax = 8;         // a search costs about as much
  static constexpr int kJumpsMax = 2;         // without a key near the last one: no run
  static constexpr int kSearchesInARow = 30;  // before it is tried again

  // Is the iterator at the key now, or at the first one above it?
  bool move_to(BytesView key) {
    if (at_ == nullptr || key < asked_) return false;
    for (int steps = 0; at_->valid() && at_->key() < key; at_->next())
      if (++steps > kStepsMax) return false;
    return at_->status().has_value();
  }
  Result<std::optional<BytesView>> search(BytesView key) {
    SYNCLINE_ASSIGN(found_, reader_->get(key));
    if (!found_) return std::nullopt;
    return BytesView(*found_);
  }

  const Reader* reader_;
  Bytes end_;
  std::unique_ptr<Iterator> at_;
  Bytes asked_;
  std::optional<Bytes> found_;
  int jumps_ = 0;
  int searches_left_ = 0;
};

}  // namespace syncline
