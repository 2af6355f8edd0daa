// Tally: what many seeds came to, kept in a file so that a long run can be done in slices: a run
// that is stopped, or killed, goes on where it was.
//
// The file, a line each:
//   syncline tally 1
//   seeds 1 20000
//   next 4711            the first that has not been run
//   running yes          ... has been begun: if nobody runs it now, it crashed
//   held 4705 ... and other sums
//   fired kill 1234 ...
//   failed 17 1          seed, exit code
#pragma once

#include <string>
#include <vector>

#include "sim/swarm/run.h"

namespace syncline::sim {

struct Tally {
  uint64_t first = 1;
  uint64_t last = 1;
  uint64_t next = 1;
  bool running = false;
  uint64_t held = 0;
  uint64_t counted = 0;  // RunReport::counts()
  uint64_t writes = 0;
  uint64_t entries = 0;
  uint64_t events = 0;
  uint64_t layers_ahead = 0;
  // What links did to frames and connections: Network::Counts.
  uint64_t held_frames = 0;
  uint64_t late_frames = 0;
  uint64_t slowed_frames = 0;
  uint64_t dropped_frames = 0;
  uint64_t missed_heartbeats = 0;
  uint64_t full_outboxes = 0;
  Injector::Counts fired{};
  struct Failure {
    uint64_t seed;
    int exit;
  };
  std::vector<Failure> failed;

  void begin();  // the next one
  void add(const RunReport& report);
  void add_crash();
  bool done() const { return next > last; }
};

inline constexpr int kExitCrashed = 70;

// A file that is not there: a new tally of these seeds. kUsage: it is of other seeds. kBadData: it
// is no tally.
Result<Tally> read_tally(const std::string& path, uint64_t first, uint64_t last);
Status write_tally(const std::string& path, const Tally& tally);

}  // namespace syncline::sim
