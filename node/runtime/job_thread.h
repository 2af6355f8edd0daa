// JobThread: runs jobs one after the other on a thread of its own: what may block (a sync, a flush)
// and must keep its order.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "node/runtime/thread_name.h"

namespace syncline {

class JobThread {
 public:
  // name: as `top -H` shows it, at most 15 characters.
  explicit JobThread(const char* name)
      : thread_([this, name] {
          name_thread(name);
          run();
        }) {}
  // Finishes what was posted.
  ~JobThread() { stop(); }
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  // Callers bound what they post by waiting for its answer before posting more of it.
  void post(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    posted_.notify_one();
  }

  // Is this one of its jobs?
  bool runs_here() const { return id_.load() == std::this_thread::get_id(); }

  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      posted_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    id_ = std::this_thread::get_id();
    for (;;) {
      std::function<void()> job;
      {
        std::unique_lock lock(mutex_);
        posted_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      job();
    }
  }

  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::atomic<std::thread::id> id_{std::thread::id()};
  std::thread thread_;  // last: it uses the others
};

}  // namespace syncline
