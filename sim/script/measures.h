// Measures: figures of a scenario's run, for expectations and reports.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "proto/ids.h"

namespace syncline::sim {

// Counts of durations, within 2 %; a few kilobytes however many there are.
class Durations {
 public:
  void add(int64_t ms);
  void add(const Durations& others);
  // The duration that this part of them does not exceed; 0 if there are none.
  int64_t quantile(double part) const;
  int64_t max() const { return max_; }
  uint64_t count() const { return count_; }

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  int64_t max_ = 0;
};

struct Measures {
  int64_t writes = 0;             // transactions that nodes committed locally
  int64_t impossible_writes = 0;  // that a node could not commit, as of an object that is not there
  int64_t entries = 0;            // decided changesets, since the script began
  int64_t refused = 0;            // operations
  int64_t superseded = 0;         // operations
  int64_t journal = 0;            // records in all nodes' journals, at the end
  int64_t pending_max = 0;        // changesets that one node had pending, at most
  int64_t lag_p50_ms = 0;         // from a write to its integration by each other node
  int64_t lag_p99_ms = 0;
  int64_t lag_max_ms = 0;
  int64_t crashes = 0;
  int64_t reconnects = 0;
  int64_t messages = 0;
  int64_t bytes = 0;
  int64_t bytes_per_node = 0;
  int64_t radio_on_percent = 0;  // of all nodes' time
};

struct Measure {
  const char* name;
  int64_t Measures::* value;
};
// In the order of reports.
const std::vector<Measure>& measure_table();

}  // namespace syncline::sim
