// The benchmarks behind `syncline bench`: what a fleet does in a second, each figure beside what
// the machine itself could do at best, measured in the same run.
//
// Everything runs in one process, over loopback, in a temporary directory that is removed: one
// authority with its RocksDB databases, nodes with theirs, ZeroMQ with CURVE between them.
// docs/performance.md says how to read the figures.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "syncline/result.h"

namespace syncline::bench {

// One line of the answer.
struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  bool less_is_better = false;
  // What the hardware allows for this, measured in this run: ratio is how much of it was reached
  // (less_is_better: how many times it was taken). Absent where there is no such limit.
  std::optional<double> limit;
  std::string limit_of;  // what was measured for it
  // The best known peer's figure on a machine of this kind, with its name; 0: none is known.
  double record = 0;
  std::string record_of;
  std::string note;  // sizes and counts that the figure depends on

  std::optional<double> ratio() const;
};

using Emit = std::function<void(const Figure&)>;
using Tell = std::function<void(const std::string&)>;  // progress, for people

struct Benchmark {
  std::string name;
  std::string what;
  std::function<Status(const Emit&, const Tell&)> run;
};

// In the order in which they run.
const std::vector<Benchmark>& benchmarks();

// Those named, or all. kUsage: an unknown name, with the list of known ones.
Status run(const std::vector<std::string>& names, const Emit& emit, const Tell& tell);

}  // namespace syncline::bench
