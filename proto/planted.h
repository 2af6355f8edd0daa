// Planted bugs: SYNCLINE_PLANTED(name) is where a bug can be switched on, to prove that an oracle
// of the simulator catches it. sim/planted.md lists them.
//
// Only where the machines are compiled a second time, for tests/sim/planted, can it be anything but
// the constant false: there the environment variable SYNCLINE_PLANT names the one bug that is on.
// Elsewhere it leaves no trace (tests/sim/planted_test.cc looks).
#pragma once

#ifdef SYNCLINE_PLANTED_BUGS

#include <cstdlib>
#include <string_view>

namespace syncline {
inline bool is_planted(std::string_view name) {
  const char* chosen = std::getenv("SYNCLINE_PLANT");  // NOLINT(concurrency-mt-unsafe)
  return chosen != nullptr && name == chosen;
}
}  // namespace syncline
#define SYNCLINE_PLANTED(name) (::syncline::is_planted(#name))

#else
#define SYNCLINE_PLANTED(name) false
#endif
