// Report: what a run was like, as plain data: what report.json and report.html show. Made by a
// Recorder; a function of the scenario and the seed, without wall time or anything of the machine.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "proto/entry.h"
#include "sim/report/traffic.h"
#include "sim/script/run.h"

namespace syncline::sim {

// What keeps a place from taking part.
enum class Trouble : uint8_t {
  down,          // its process does not run
  disconnected,  // by a step
  outage,
  flapping,
  duty_cycle,
  held,  // its changes and the log's entries wait, by a step
};
inline constexpr size_t kTroubles = 6;
std::string_view name_of(Trouble trouble);

// A group, a node of its own, the authority, the script: what the timeline has a row for.
struct Lane {
  std::string name;
  uint64_t nodes = 0;
};

struct LaneTime {
  std::array<int64_t, kTroubles> trouble_us{};  // of all its nodes together
  int64_t radio_on_us = 0;
};

// What happened in a piece of time, and how things stood at its end.
struct Bucket {
  int64_t us = 0;  // how much of it there was
  Durations lags;  // of integrations in it
  uint64_t entries = 0;
  uint64_t refused = 0;  // operations
  uint64_t superseded = 0;
  Traffic traffic;
  uint64_t reconnects = 0;
  uint64_t authority_steps = 0;
  uint64_t authority_inputs = 0;
  uint64_t log_syncs = 0;
  std::vector<LaneTime> lanes;

  uint64_t pending_p50 = 0;  // over nodes, changesets
  uint64_t pending_max = 0;
  uint64_t pending = 0;  // of all nodes
  uint64_t connected = 0;
  uint64_t node_bytes = 0;  // of all nodes' stores
  uint64_t node_bytes_max = 0;
  uint64_t state_bytes = 0;  // of the authority's store
  uint64_t log_bytes = 0;

  void merge(Bucket later);
};

struct NodeFigures {
  std::string name;
  size_t lane = 0;
  Traffic traffic;
  uint64_t pending = 0;  // at the end
  uint64_t pending_max = 0;
  uint64_t store_bytes = 0;
  uint64_t crashes = 0;
  int64_t radio_on_us = 0;
  int64_t down_us = 0;
  int64_t lag_max_ms = 0;  // of others' writes
};

// A moment of the timeline.
struct TimelineMark {
  int64_t at_ms = 0;
  size_t lane = 0;
  std::string what;  // "crash", "start", "remove", "deploy", "expect", ...
  std::string text;
  bool bad = false;  // a step that did not hold
};

struct Outcomes {
  uint64_t committed = 0;   // changesets, whole
  uint64_t superseded = 0;  // that lost something, and had nothing refused
  uint64_t refused = 0;     // that had something refused
  uint64_t queued = 0;      // not decided at the end, as their nodes know
  uint64_t applied_operations = 0;
  uint64_t superseded_operations = 0;
  std::map<Reason, uint64_t> refused_operations;
};

struct Report {
  std::string title;
  std::string question;
  std::string finding;
  ScriptReport run;
  std::vector<Lane> lanes;  // the last two are the authority and the script
  int64_t width_us = 0;     // of a bucket
  std::vector<Bucket> buckets;
  std::vector<NodeFigures> nodes;
  std::vector<TimelineMark> marks;
  uint64_t marks_left_out = 0;
  Outcomes outcomes;
};

// "held", "failed", "not quiet" or "differs".
std::string_view verdict_of(const ScriptReport& run);

}  // namespace syncline::sim
