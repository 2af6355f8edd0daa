// Standstill: what reaches a process that was stopped waits until it moves again, in order, as in
// the buffers of its sockets and the queues of its timers.
#pragma once

#include <deque>
#include <functional>
#include <utility>

namespace syncline::sim {

class Standstill {
 public:
  bool still() const { return still_; }
  void begin() { still_ = true; }
  // Runs what has waited, until something of it ends the process or makes it stand still again.
  void end() {
    still_ = false;
    while (!still_ && !waiting_.empty()) {
      std::function<void()> event = std::move(waiting_.front());
      waiting_.pop_front();
      event();
    }
  }
  // Now, or behind what waits.
  void pass(std::function<void()> event) {
    if (still_ || !waiting_.empty()) {
      waiting_.push_back(std::move(event));
    } else {
      event();
    }
  }
  // The process is gone, and what waited for it.
  void clear() { still_ = false, waiting_.clear(); }

 private:
  bool still_ = false;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace syncline::sim
