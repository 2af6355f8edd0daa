// FullDisk: for want of what room an authority does not get on, as its threads find out and as
// whoever asks is told. Any thread.
#pragma once

#include <mutex>
#include <optional>

#include "syncline/result.h"

namespace syncline {

class FullDisk {
 public:
  enum class Database : uint8_t { state, log };

  // What the last write of the database found: nullopt is room. True: it is full, and was not.
  bool found(Database database, std::optional<Error> full) {
    std::lock_guard lock(mutex_);
    std::optional<Error>& known = database == Database::log ? log_ : state_;
    const bool news = full && !known;
    known = std::move(full);
    return news;
  }

  std::optional<Error> trouble() const {
    std::lock_guard lock(mutex_);
    return log_ ? log_ : state_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Error> state_, log_;
};

}  // namespace syncline
