// Versions: an app that goes through schema versions 1, 2 and 3 while devices are of any of them,
// as a seed draws it: when the operator deploys the next one, and which device gets which program.
#pragma once

#include <string>

#include "sim/world/fleet.h"

namespace syncline::sim {

class Versions {
 public:
  static constexpr uint32_t kLast = 3;

  // A stream of its own: the rest of a seed is the same with and without.
  Versions(Fleet* fleet, uint64_t seed);
  // Before the fleet begins: most programs say which version they are of, some do not.
  void begin();
  // A device that joins has a program of a version in force.
  void equip(NodeProcess* node);
  // One turn. What was done, for a person; nothing if nothing was.
  std::optional<std::string> act();
  // Once faults have ended: a restore may have taken a version back that devices are of.
  Status come_to_rest();

  uint32_t highest = 1;  // that came into force

 private:
  uint32_t deployed();
  bool is_preparing();
  std::optional<std::string> update_one();
  std::optional<std::string> end_oldest();
  std::vector<uint32_t> numbers();  // in force

  Fleet* fleet_;
  Random random_;
};

// One transaction of one to four operations on few objects, in the words of the device's schema
// version, whichever it is.
Status write_by_schema(Random* random, Draft* draft);

}  // namespace syncline::sim
