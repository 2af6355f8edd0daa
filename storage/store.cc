#include "storage/store.h"

#include <iterator>

namespace syncline {

void Batch::append(Batch other) {
  bytes_ += other.bytes_;
  if (changes_.empty()) {
    changes_ = std::move(other.changes_);
  } else {
    changes_.insert(changes_.end(), std::make_move_iterator(other.changes_.begin()),
                    std::make_move_iterator(other.changes_.end()));
  }
  other.clear();
}

}  // namespace syncline
