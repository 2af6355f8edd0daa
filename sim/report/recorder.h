// Recorder: watches a scenario's run and makes its Report. Memory is bounded by the number of
// nodes: a run of any length has at most kBucketsMax pieces of time and kMarksMax marks.
//
//   Recorder recorder;
//   ScriptReport run = run_scenario(scenario, seed, {&recorder});
//   write_report(recorder.report(), "out");
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "sim/report/report.h"
#include "sim/report/time_buckets.h"
#include "sim/script/stage.h"
#include "sim/script/watcher.h"

namespace syncline::sim {

class Recorder : public ScriptWatcher {
 public:
  // A chart is some 700 pixels wide.
  static constexpr size_t kBucketsMax = 480;
  static constexpr size_t kMarksMax = 400;
  // Rows of the timeline; nodes beyond share one.
  static constexpr size_t kLanesMax = 40;

  void on_fleet(const Scenario& scenario, Stage* stage) override;
  void on_begin() override;
  void on_step(const Step& step, int64_t began_ms, bool held) override;
  void on_entry(const Entry& entry) override;
  void on_lag(const NodeProcess& reader, int64_t ms) override;
  void on_end(const ScriptReport& run) override;

  // Once the run is over.
  Report& report() { return report_; }

 private:
  struct Node {
    NodeProcess* process = nullptr;
    std::array<bool, kTroubles> troubled{};
    int64_t counted_us = 0;  // up to when its troubles' time is in the buckets
    int64_t radio_on_ms = 0;
    size_t figures = 0;  // in report_.nodes
  };
  struct Counters {
    uint64_t reconnects = 0;
    uint64_t steps = 0;
    uint64_t inputs = 0;
    uint64_t appends = 0;
  };

  int64_t on_time();
  void make_lanes(const Scenario& scenario);
  void set_hooks();
  int64_t now_us() const;
  LaneTime& lane_time(size_t lane);
  NodeFigures& figures(const Node& node) { return report_.nodes[node.figures]; }
  Counters counters() const;
  void count_time(Node* node);
  void count_authority_time();
  void set_trouble(Node* node, Trouble trouble, bool on);
  void end_bucket();
  void take_gauges(Bucket* bucket);
  void mark(int64_t at_ms, size_t lane, std::string what, std::string text = {}, bool bad = false);
  void mark_step(const Step& step, int64_t began_ms, bool held);
  size_t lane_of(const std::string& name) const;
  size_t authority_lane() const { return report_.lanes.size() - 2; }
  size_t script_lane() const { return report_.lanes.size() - 1; }

  Stage* stage_ = nullptr;
  Report report_;
  std::map<NodeId, Node> nodes_;
  std::map<std::string, size_t> lane_by_node_;
  std::optional<TimeBuckets<Bucket>> buckets_;
  Counters counted_;
  bool authority_down_ = false;
  int64_t authority_counted_us_ = 0;
};

}  // namespace syncline::sim
