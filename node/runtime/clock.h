// The clocks of the machine that this process runs on. Any thread.
#pragma once

#include <array>
#include <chrono>

#include "node/machine.h"

namespace syncline {

// boot: a number that changes with every boot of the device (0 where the system does not tell).
Instant instant_now();
std::chrono::steady_clock::time_point steady_at(int64_t monotonic_ms);
// From the operating system's generator.
std::array<uint8_t, 32> random_bytes();

}  // namespace syncline
