// MachineCalls: what other threads have an authority's machine do for them, on its thread and
// between its steps, and how they wait for the answer.
//
//   Result<int> answer = calls.run<int>([&]() -> Result<int> { ... });
//
// Nobody waits for ever: not for a machine that has ended, nor for one whose disk stays full.
// The functions may be called from any thread but the machine's; run_looks() on the machine's only.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>

#include "node/runtime/full_disk.h"
#include "syncline/result.h"

namespace syncline {

class MachineCalls {
 public:
  using Call = std::function<void()>;

  // `queue` has a call run after what the machine was given before. `ended` is ready when the
  // machine has ended.
  MachineCalls(std::function<void(Call)> queue, std::shared_future<Status> ended,
               const FullDisk* disk)
      : queue_(std::move(queue)), ended_(std::move(ended)), disk_(disk) {}

  // kClosed: it has ended. kStoreFull: the disk was full for long, and the call was not run.
  template <class T>
  Result<T> run(std::function<Result<T>()> call) {
    auto asked = std::make_shared<Asked<T>>(std::move(call));
    queue_([asked] { asked->run(); });
    return answer_of(asked.get(), [] {});
  }

  // The same for what only looks at the machine: answered while the disk is full, too, when what is
  // queued is not taken.
  template <class T>
  Result<T> look(std::function<Result<T>()> call) {
    auto asked = std::make_shared<Asked<T>>(std::move(call));
    queue_([asked] { asked->run(); });
    return answer_of(asked.get(), [this, asked] {
      if (!disk_->trouble()) return;
      std::lock_guard lock(mutex_);
      looks_.emplace_back([asked] { asked->run(); });
    });
  }

  // Waits for an answer of the machine. kClosed: none will come; kStoreFull: none came for long.
  template <class Future, class OnPoll>
  Status await(const Future& answer, const OnPoll& on_poll) {
    int full_polls = 0;
    while (answer.wait_for(kPollEvery) != std::future_status::ready) {
      if (is_ready(ended_) && !is_ready(answer))
        return fail(ErrorCode::kClosed, "the authority has ended");
      const std::optional<Error> trouble = disk_->trouble();
      full_polls = trouble ? full_polls + 1 : 0;
      if (full_polls >= kFullPollsMax) return std::unexpected(*trouble);
      on_poll();
    }
    return {};
  }

  void run_looks() {
    std::deque<Call> looks;
    {
      std::lock_guard lock(mutex_);
      looks.swap(looks_);
    }
    for (const Call& look : looks) look();
  }

 private:
  static constexpr std::chrono::milliseconds kPollEvery{100};
  // Ten seconds: an operator sees by then that it does not get better by itself.
  static constexpr int kFullPollsMax = 100;

  template <class Future>
  static bool is_ready(const Future& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  // Shared by the two threads: the machine's may come to it again, or when nobody waits any more.
  template <class T>
  struct Asked {
    explicit Asked(std::function<Result<T>()> what) : call(std::move(what)) {}
    void run() {
      std::lock_guard lock(mutex);
      if (!std::exchange(over, true)) promise.set_value(call());
    }
    // False: it was run. True: it never will be, and what it uses may go.
    bool give_up() {
      std::lock_guard lock(mutex);
      return !std::exchange(over, true);
    }
    std::function<Result<T>()> call;
    std::mutex mutex;
    bool over = false;  // under mutex
    std::promise<Result<T>> promise;
    std::future<Result<T>> answer = promise.get_future();
  };

  template <class T, class OnPoll>
  Result<T> answer_of(Asked<T>* asked, const OnPoll& on_poll) {
    if (Status answered = await(asked->answer, on_poll); !answered && asked->give_up())
      return std::unexpected(answered.error());
    return asked->answer.get();
  }

  std::function<void(Call)> queue_;
  std::shared_future<Status> ended_;
  const FullDisk* disk_;
  std::mutex mutex_;
  std::deque<Call> looks_;  // under mutex_
};

}  // namespace syncline
