// Timers: the armed ones of a machine, by name. One thread.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/machine.h"

namespace syncline {

class Timers {
 public:
  void arm(const Timer& timer) { at_[timer.name] = timer.at_monotonic_ms; }
  std::optional<int64_t> next() const {
    std::optional<int64_t> earliest;
    for (const auto& [name, at] : at_) earliest = std::min(earliest.value_or(at), at);
    return earliest;
  }
  // Those that are due, disarmed, in order of time.
  std::vector<std::string> take_due(int64_t monotonic_ms) {
    std::vector<std::pair<int64_t, std::string>> due;
    for (auto it = at_.begin(); it != at_.end();) {
      if (it->second > monotonic_ms) {
        ++it;
        continue;
      }
      due.emplace_back(it->second, it->first);
      it = at_.erase(it);
    }
    std::sort(due.begin(), due.end());
    std::vector<std::string> names;
    for (auto& [at, name] : due) names.push_back(std::move(name));
    return names;
  }

 private:
  std::map<std::string, int64_t> at_;
};

}  // namespace syncline
