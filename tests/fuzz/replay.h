// The fuzz targets of this folder by name, for the replay in ctest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace syncline {

struct FuzzTarget {
  std::string name;
  int (*run)(const uint8_t*, size_t);
};

const std::vector<FuzzTarget>& fuzz_targets();

}  // namespace syncline
