// WaitTeller: says on stderr what a command waits for, if it takes longer than a few seconds and
// there is something to say. Lives as long as the command; the note is told on a thread of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "syncline/result.h"

namespace syncline {

class WaitTeller {
 public:
  WaitTeller(std::function<std::optional<Error>()> trouble,
             std::function<void(const std::string&)> note);
  ~WaitTeller();
  WaitTeller(const WaitTeller&) = delete;
  WaitTeller& operator=(const WaitTeller&) = delete;

 private:
  void run();

  std::function<std::optional<Error>()> trouble_;
  std::function<void(const std::string&)> note_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;  // under mutex_
  std::thread thread_;
};

}  // namespace syncline
