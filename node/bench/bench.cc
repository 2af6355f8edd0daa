#include "node/bench/bench.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/bench/suites.h"

namespace syncline::bench {

std::optional<double> Figure::ratio() const {
  if (!limit || *limit == 0 || value == 0) return std::nullopt;
  return value / *limit;
}

const std::vector<Benchmark>& benchmarks() {
  static const std::vector<Benchmark> all = {
      {"local_write", "transactions of one node, each with one object, at each durability",
       local_write},
      {"ingest", "200,000 pending changesets of one node until the last is decided there", ingest},
      {"ingest_asymmetric", "the same of an asymmetric type beside an ordinary one, in turns",
       ingest_asymmetric},
      {"fan_out", "changes delivered to 1, 8 and 32 listeners, decoded and verified", fan_out},
      {"fan_out_applied", "changes applied durably at 1 and 8 whole nodes", fan_out_applied},
      {"latency", "from a write on one node to its sight on another, both durable", latency},
      {"bootstrap", "a new node takes 200,000 objects", bootstrap},
      {"catch_up", "a node returns after 1,000,000 updates to 10,000 objects", catch_up},
      {"rules", "deciding on a change by rules with conditions", rules},
      {"routing", "a change among 10,000 sessions of which it concerns one", routing},
      {"query", "queries over 100,000 objects at a node, with indexes and without", query},
      {"memory", "what an idle session costs its authority", memory},
  };
  return all;
}

Status run(const std::vector<std::string>& names, const Emit& emit, const Tell& tell) {
  const auto& all = benchmarks();
  for (const std::string& name : names) {
    if (std::any_of(all.begin(), all.end(), [&](const Benchmark& b) { return b.name == name; }))
      continue;
    std::string known;
    for (const Benchmark& b : all) known += " " + b.name;
    return fail(ErrorCode::kUsage,
                fmt::format("there is no benchmark {}; there are:{}", name, known));
  }
  for (const Benchmark& benchmark : all) {
    if (!names.empty() && std::find(names.begin(), names.end(), benchmark.name) == names.end())
      continue;
    tell(fmt::format("{}: {}", benchmark.name, benchmark.what));
    SYNCLINE_TRY(benchmark.run(emit, tell));
  }
  return {};
}

}  // namespace syncline::bench
