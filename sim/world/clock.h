// Virtual time and what is to happen in it. Events at one time happen in the order they were
// posted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "node/machine.h"

namespace syncline::sim {

class Clock {
 public:
  int64_t now_ms() const { return now_us_ / 1000; }
  int64_t now_us() const { return now_us_; }
  void post_in_us(int64_t delay_us, std::function<void()> event) {
    uint32_t slot = static_cast<uint32_t>(runs_.size());
    if (free_.empty()) {
      runs_.push_back(std::move(event));
    } else {
      slot = free_.back();
      free_.pop_back();
      runs_[slot] = std::move(event);
    }
    events_.push({now_us_ + (delay_us < 0 ? 0 : delay_us), ++posted_, slot});
  }
  // Runs the next event, moving time to it. False: there is none at or before `until_ms`; time is
  // then at until_ms.
  bool run_next(int64_t until_ms) {
    const bool comes = !events_.empty() && events_.top().at_us <= until_ms * 1000;
    const int64_t to_us = comes ? events_.top().at_us : until_ms * 1000;
    if (to_us >= look_at_us_) look(to_us);
    if (!comes) {
      now_us_ = std::max(now_us_, until_ms * 1000);
      return false;
    }
    const Event event = events_.top();
    events_.pop();
    now_us_ = event.at_us;
    ++happened_;
    const std::function<void()> run = std::exchange(runs_[event.slot], nullptr);
    free_.push_back(event.slot);
    run();
    return true;
  }
  uint64_t happened() const { return happened_; }
  // Somebody who looks at the run from outside, between its events: now, and then at each moment
  // (in microseconds) that it answered before. It must not touch the run.
  void watch(std::function<int64_t()> look) {
    watches_.push_back({now_us_, std::move(look)});
    look_at_us_ = now_us_;
  }

 private:
  struct Event {
    int64_t at_us;
    uint64_t order;
    uint32_t slot;  // of runs_
    bool operator<(const Event& other) const {
      return at_us != other.at_us ? at_us > other.at_us : order > other.order;
    }
  };
  struct Watch {
    int64_t at_us;
    std::function<int64_t()> look;
  };
  void look(int64_t to_us) {
    while (look_at_us_ <= to_us) {
      now_us_ = std::max(now_us_, look_at_us_);
      look_at_us_ = INT64_MAX;
      for (Watch& watch : watches_) {
        if (watch.at_us <= now_us_) watch.at_us = std::max(watch.look(), now_us_ + 1);
        look_at_us_ = std::min(look_at_us_, watch.at_us);
      }
    }
  }
  std::priority_queue<Event> events_;
  std::vector<std::function<void()>> runs_;  // apart from the queue, which moves its events about
  std::vector<uint32_t> free_;               // slots of it
  std::vector<Watch> watches_;
  int64_t look_at_us_ = INT64_MAX;  // the first of them
  int64_t now_us_ = 0;
  uint64_t posted_ = 0;
  uint64_t happened_ = 0;
};

// A device's clocks: real time seen through its skew and its quartz, and since its boot.
struct DeviceClock {
  int64_t skew_ms = 0;
  int64_t drift_ppm = 0;  // it gains so many microseconds a second. To be set before a boot
  int64_t booted_at_ms = 0;
  uint64_t boot = 1;
  Instant read(int64_t now_ms) const {
    const int64_t up_ms = now_ms - booted_at_ms;
    return {kEpochMs + now_ms + skew_ms + now_ms * drift_ppm / 1'000'000,
            up_ms + up_ms * drift_ppm / 1'000'000, boot};
  }
  // Real time until its monotonic clock shows this; never too short.
  int64_t until_us(int64_t monotonic_ms, int64_t now_ms) const {
    const int64_t left_ms = monotonic_ms - read(now_ms).monotonic_ms;
    if (left_ms <= 0) return 0;
    return drift_ppm == 0 ? left_ms * 1000
                          : left_ms * 1'000'000'000 / (1'000'000 + drift_ppm) + 1000;
  }
  // Virtual time 0 is this wall time: 2026-01-01.
  static constexpr int64_t kEpochMs = 1'767'225'600'000;
};

// The moment as a write tells it that was made when the device's clock showed `wall_ms`: in an
// earlier boot, so that the authority goes by that clock and not by the write's age.
inline Instant at_clock(Instant now, std::optional<int64_t> wall_ms) {
  if (wall_ms) {
    now.wall_ms = *wall_ms;
    now.boot ^= 1;
  }
  return now;
}

}  // namespace syncline::sim
