// Restores: an authority's backups and, rarely, its restore from the last of them, as a seed draws
// them. Never to before what was called safe: the oracles hold every promise through it.
#pragma once

#include "sim/world/fleet.h"

namespace syncline::sim {

class Restores {
 public:
  // A stream of its own: the rest of a seed is the same with and without.
  Restores(Fleet* fleet, uint64_t seed, uint64_t one_in);
  // One turn. An error: the authority does not come back.
  Status act();

  uint64_t count = 0;  // of restores

 private:
  Fleet* fleet_;
  Random random_;
  bool on_ = false;
  std::optional<AuthorityProcess::Backup> last_;
  size_t nodes_ = 0;  // enrolled then
};

}  // namespace syncline::sim
