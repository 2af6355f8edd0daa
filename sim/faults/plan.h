// SeedPlan: everything that a run is made of, as plain data: how large the fleet is, how long
// people write, and which faults come when. A seed draws one (draw.h); printed, it can be kept,
// replayed and made smaller. The same plan gives the same run.
//
// As text, a line each, `#` begins a comment:
//   syncline plan 1
//   seed 4711
//   nodes 4
//   writing 20000 ms
//   changing yes
//   querying yes
//   filtering no
//   versioning no
//   turns 0-57 60-61
//   at 3120000 us kill node 2 for 800 ms amount 0
//   at 9000000 us log_away authority for 2500 ms amount 0
// A number that no fault of this kind reads is 0.
#pragma once

#include <string>
#include <vector>

#include "syncline/result.h"

namespace syncline::sim {

// What can go wrong, as plans, counts and reports name it. What `amount` means stands behind each.
enum class FaultKind : uint8_t {
  // ---- the network ----
  cut,         // the link is down
  flap,        // ... for a moment, one of many
  blocked_up,  // one-way partition: what the node sends is held
  blocked_down,
  blocked,      // both ways, and nobody is told
  half_open,    // the node's end is gone, the authority's is not told
  storm,        // all connections are lost at once, and all nodes are back at once
  lossy,        // a frame may take its connection down: percent
  slow_link,    // frames take longer: up to so many ms
  slow_reader,  // the node takes a frame every so many ms
  // ---- processes ----
  kill,
  kill_at_send,    // between a commit and what it would have sent
  kill_at_append,  // the authority: between an append and its answer
  power_loss,      // what was not synced may be gone
  pause,
  // ---- disks ----
  failed_read,  // the so many-th from now
  failed_write,
  failed_sync,
  failed_flush,
  full_disk,
  slow_disk,  // a step that writes takes so many ms
  bit_flip,   // in one of the blocks: which
  // ---- the authority's log ----
  log_slow,          // an append takes so many ms more
  log_away,          // it cannot be reached
  log_unknown_lost,  // the next so many appends did not happen, and nobody says so
  log_unknown_kept,  // ... did happen, and nobody says so
  log_fenced,        // another authority has taken it
  log_flip,          // a bit of a record: which
  // ---- clocks ----
  clock_skew,   // from the start: so many ms, as a signed number
  clock_jump,   // while it runs: so many ms, as a signed number
  clock_drift,  // from the start: gains so many us a second, as a signed number
  clock_1970,
  // ---- upkeep, while everything goes on ----
  flush,
  backup,        // ... and what was copied must be recoverable
  trim,          // the authority keeps hardly anything, from its next start on: ms
  long_offline,  // a node is away while so many days pass
  // ---- whole nodes ----
  old_backup,  // the node's disk is copied; `for` later it goes on from the copy
  clone,       // a copy of the node runs beside it
  // ---- a hostile node, enrolled and speaking by hand ----
  rogue_gap,
  rogue_fork,
  rogue_forged_origin,
  rogue_forged_signature,
  rogue_schema,
  rogue_flood,
  rogue_garbage,
  rogue_replay,
};
inline constexpr size_t kFaultKinds = static_cast<size_t>(FaultKind::rogue_replay) + 1;

std::string_view name_of(FaultKind kind);
// What it is, in words that follow "node 2: ": for stories and reports.
std::string_view words_of(FaultKind kind);

inline constexpr int kAuthority = -1;
inline constexpr int kEverybody = -2;

struct Fault {
  int64_t at_us = 0;  // from when the fleet stands; 0: before it starts
  FaultKind kind = FaultKind::cut;
  int target = 0;      // a node, by its place in the fleet; kAuthority; kEverybody
  int64_t for_ms = 0;  // until it is over: the link is back, the process starts again
  int64_t amount = 0;
  bool operator==(const Fault&) const = default;
};

// Turns of the workload: [first, last].
struct Turns {
  uint64_t first = 0;
  uint64_t last = 0;
  bool operator==(const Turns&) const = default;
};

struct SeedPlan {
  uint64_t seed = 1;  // of everything that is not said here: latencies, what is written
  int nodes = 4;
  int64_t writing_ms = 20'000;
  // Also nodes that join late, and subscriptions that come and go.
  bool changing = true;
  bool querying = false;      // subscriptions are to queries, not to whole types
  bool filtering = false;     // rules go by what is in an object
  // Schema versions 1, 2 and 3 come into force, nodes are of any of them, and one is away meanwhile.
  bool versioning = false;
  std::vector<Turns> turns;   // those in which somebody writes; none named: all
  std::vector<Fault> faults;  // in order of time
  bool operator==(const SeedPlan&) const = default;
};

bool writes_in(const SeedPlan& plan, uint64_t turn);
std::string to_text(const SeedPlan& plan);
std::string to_text(const Fault& fault);
// kBadData with the line.
Result<SeedPlan> parse_plan(std::string_view text);
bool is_plan(std::string_view text);

}  // namespace syncline::sim
