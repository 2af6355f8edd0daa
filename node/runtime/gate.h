// Gate: who is inside something that can be closed. shut() lets nobody in any more;
// wait_until_empty() waits for those who are in. Any thread; entering twice on one thread is fine.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

#include "syncline/result.h"

namespace syncline {

class Gate {
 public:
  // Leaves when it goes.
  class Pass {
   public:
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    friend class Gate;
    explicit Pass(Gate* gate) : gate_(gate) {}
    Gate* gate_;
  };

  // kClosed.
  Result<Pass> enter() {
    std::lock_guard lock(mutex_);
    if (shut_) return fail(ErrorCode::kClosed, "the node is closed: open it again");
    ++inside_;
    return Pass(this);
  }
  void shut() {
    std::lock_guard lock(mutex_);
    shut_ = true;
  }
  bool is_shut() const {
    std::lock_guard lock(mutex_);
    return shut_;
  }
  void wait_until_empty() {
    std::unique_lock lock(mutex_);
    emptied_.wait(lock, [this] { return inside_ == 0; });
  }

 private:
  void leave() {
    std::lock_guard lock(mutex_);
    if (--inside_ == 0) emptied_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable emptied_;
  size_t inside_ = 0;
  bool shut_ = false;
};

}  // namespace syncline
