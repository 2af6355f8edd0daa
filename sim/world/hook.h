// Hooks of the world's processes: several may want to hear of one thing.
#pragma once

#include <functional>
#include <utility>

namespace syncline::sim {

// From now on calls what was there before, and then this.
template <class... Args, class Listener>
void also_call(std::function<void(Args...)>* hook, Listener listener) {
  *hook = [before = std::move(*hook), listener = std::move(listener)](Args... args) {
    if (before) before(args...);
    listener(args...);
  };
}

}  // namespace syncline::sim
