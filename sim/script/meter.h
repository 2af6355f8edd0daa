// Meter: takes a run's measures as it goes. Sees each node's outputs and the log's growth.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "sim/script/measures.h"
#include "sim/script/stage.h"

namespace syncline::sim {

class Meter {
 public:
  explicit Meter(Stage* stage) : stage_(stage) {}

  // The script begins.
  void begin();
  void on_written(const ChangesetName& name);
  void on_impossible() { ++impossible_; }
  void on_crash() { ++crashes_; }
  void on_committed();  // the history has followed the log
  void on_told(const NodeProcess& node);
  Measures measures() const;

  std::function<void(const NodeProcess& reader, int64_t ms)> on_lag;  // one more

 private:
  struct Written {
    NodeId origin;
    int64_t at_ms = -1;  // -1: not by a group or step
  };

  Stage* stage_;
  std::map<ChangesetName, int64_t> waiting_;  // written, not in the log
  std::vector<Written> entries_;              // by seq - first_
  LogSeq first_;
  std::map<NodeId, LogSeq> reached_;
  Durations lags_;
  int64_t writes_ = 0;
  int64_t impossible_ = 0;
  int64_t crashes_ = 0;
  int64_t pending_max_ = 0;
  uint64_t refused_before_ = 0;
  uint64_t superseded_before_ = 0;
  uint64_t frames_before_ = 0;
  uint64_t bytes_before_ = 0;
  uint64_t reconnects_before_ = 0;
};

}  // namespace syncline::sim
