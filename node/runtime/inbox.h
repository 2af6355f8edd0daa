// Inbox: a bounded queue between the threads that have something to tell a machine and the thread
// that runs it.
//
// Any thread puts; one thread takes. Bounded by the weight of what is in it: who cannot wait (a
// transport) is refused, what must not be lost (an answer of the log, a timer) is always taken.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace syncline {

template <class T>
class Inbox {
 public:
  explicit Inbox(size_t weight_max) : weight_max_(weight_max) {}

  // False: full; ask again after on_room was called. `item` is moved from only if it was taken.
  bool try_put(T& item, size_t weight) {
    std::lock_guard lock(mutex_);
    if (weight_ > 0 && weight_ + weight > weight_max_) {
      refused_ = true;
      return false;
    }
    weight_ += weight;
    items_.push_back({std::move(item), weight});
    filled_.notify_one();
    return true;
  }

  void put(T item) {
    std::lock_guard lock(mutex_);
    items_.push_back({std::move(item), 0});
    filled_.notify_one();
  }

  // Makes the next take() return at once.
  void wake() {
    std::lock_guard lock(mutex_);
    woken_ = true;
    filled_.notify_one();
  }

  struct Taken {
    std::vector<T> items;
    bool made_room = false;  // somebody was refused, and there is room now
  };
  // Everything in it, up to `count_max`; waits for something until then.
  Taken take(size_t count_max, std::optional<std::chrono::steady_clock::time_point> until) {
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return !items_.empty() || woken_; };
    if (until) {
      filled_.wait_until(lock, *until, ready);
    } else {
      filled_.wait(lock, ready);
    }
    woken_ = false;
    Taken taken;
    while (!items_.empty() && taken.items.size() < count_max) {
      weight_ -= items_.front().weight;
      taken.items.push_back(std::move(items_.front().item));
      items_.pop_front();
    }
    if (refused_ && weight_ <= weight_max_ / 2) refused_ = false, taken.made_room = true;
    return taken;
  }

 private:
  struct Weighed {
    T item;
    size_t weight;
  };
  const size_t weight_max_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Weighed> items_;
  size_t weight_ = 0;
  bool refused_ = false;
  bool woken_ = false;
};

}  // namespace syncline
