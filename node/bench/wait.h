// Waiting for what other threads do, without burning the cores that they need. Private to this
// folder.
#pragma once

#include <functional>
#include <thread>

#include "node/bench/fleet.h"

namespace syncline::bench {

// Looks every half millisecond: small against what is measured. kTimedOut after kPatience.
inline Status wait_for(std::string_view what, const std::function<bool()>& holds) {
  const auto until = Clock::now() + kPatience;
  while (!holds()) {
    if (Clock::now() > until)
      return fail(ErrorCode::kTimedOut,
                  std::string("the benchmark waited in vain for ") + std::string(what));
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  return {};
}

}  // namespace syncline::bench
