// What a machine is: step(now, input) -> output, as plain data. DESIGN 2.4.
//
// A machine owns no socket, thread, clock, randomness or global; random values come in. It reads
// its Store synchronously and never writes it: the driver (node/runtime/driver.h; the simulator
// uses the same one) makes outputs real in one fixed order: commit durably, then send, then arm
// timers, then notify.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/messages.h"
#include "storage/commit_log.h"
#include "storage/store.h"

namespace syncline {

// The clocks of the machine that a step runs on.
struct Instant {
  int64_t wall_ms = 0;       // since 1970; may jump
  int64_t monotonic_ms = 0;  // since some point of this boot
  uint64_t boot = 0;
  WriteClock clock() const { return {boot, monotonic_ms, wall_ms}; }
};

// One connection of a peer, as the transport numbers them; never reused within a process.
using ConnectionId = Named<struct ConnectionIdTag>;

struct Send {
  ConnectionId to;
  Bytes frame;  // encode_message
};

// Named by what they are for: a machine has at most one armed of each; arming again moves it.
struct Timer {
  std::string name;
  int64_t at_monotonic_ms = 0;
};

}  // namespace syncline
