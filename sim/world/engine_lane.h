// EngineLane: where the twins of a fleet's disks live (twin_store.h): a directory of its own, in
// memory where the system has such a place, gone with the lane.
#pragma once

#include <memory>
#include <string>

#include "sim/world/twin_store.h"

namespace syncline::sim {

class EngineLane {
 public:
  // differs: told of the first difference of each twin.
  static Result<std::unique_ptr<EngineLane>> make(TwinStore::OnDifference differs);
  EngineLane(const EngineLane&) = delete;
  EngineLane& operator=(const EngineLane&) = delete;
  ~EngineLane();

  // `whose` stands before each difference: "node 3". The lane outlives it.
  std::unique_ptr<TwinStore> twin_of(MemoryStore* disk, const std::string& whose);

 private:
  EngineLane(std::string directory, TwinStore::OnDifference differs);
  const std::string directory_;
  const TwinStore::OnDifference differs_;
  uint64_t twins_ = 0;
};

}  // namespace syncline::sim
