// Planted bugs: SYNCLINE_PLANTED(name) is where a bug can be switched on, to prove that an oracle
// of the simulator catches it. sim/planted.md lists them.
//
// In every build but one configured with -DSYNCLINE_PLANTED_BUGS=ON it is the constant false and
// leaves no trace (tests/sim/planted_test.cc looks). In that build the environment variable
// SYNCLINE_PLANT names the one bug that is on.
#pragma once

#ifdef SYNCLINE_PLANTED_BUGS

#include <cstdlib>
#include <string_view>

namespace syncline {
inline bool is_planted(std::string_view name) {
  const char* chosen = std::getenv("SYNCLINE_PLANT");
  return chosen != nullptr && name == chosen;
}
}  // namespace syncline
#define SYNCLINE_PLANTED(name) (::syncline::is_planted(#name))

#else
#define SYNCLINE_PLANTED(name) false
#endif
