#include "sim/swarm/tally.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace syncline::sim {
namespace {

constexpr std::string_view kFirstLine = "syncline tally 1";

struct Sum {
  const char* name;
  uint64_t Tally::* sum;
};
constexpr Sum kSums[] = {{"next", &Tally::next},
                         {"held", &Tally::held},
                         {"counted", &Tally::counted},
                         {"writes", &Tally::writes},
                         {"entries", &Tally::entries},
                         {"events", &Tally::events},
                         {"layers_ahead", &Tally::layers_ahead},
                         {"held_frames", &Tally::held_frames},
                         {"late_frames", &Tally::late_frames},
                         {"slowed_frames", &Tally::slowed_frames},
                         {"dropped_frames", &Tally::dropped_frames},
                         {"missed_heartbeats", &Tally::missed_heartbeats},
                         {"full_outboxes", &Tally::full_outboxes}};

bool read_line(std::istringstream line, Tally* tally) {
  std::string word;
  line >> word;
  if (word == "seeds") return static_cast<bool>(line >> tally->first >> tally->last);
  if (word == "running") {
    tally->running = line >> word && word == "yes";
    return true;
  }
  if (word == "failed") {
    Tally::Failure failure{};
    if (!(line >> failure.seed >> failure.exit)) return false;
    tally->failed.push_back(failure);
    return true;
  }
  if (word == "fired") {
    uint64_t count = 0;
    if (!(line >> word >> count)) return false;
    for (size_t kind = 0; kind < kFaultKinds; ++kind)
      if (name_of(static_cast<FaultKind>(kind)) == word) tally->fired[kind] = count;
    return true;
  }
  for (const Sum& sum : kSums)
    if (word == sum.name) return static_cast<bool>(line >> tally->*sum.sum);
  return false;
}

}  // namespace

void Tally::begin() { running = true; }

void Tally::add(const RunReport& report) {
  running = false;
  ++next;
  if (report.held()) ++held;
  if (!report.held()) failed.push_back({report.seed, static_cast<int>(exit_of(report))});
  if (report.counts()) ++counted;
  writes += report.writes;
  entries += report.entries;
  events += report.events;
  layers_ahead += report.layers_ahead;
  held_frames += report.met.held;
  late_frames += report.met.late;
  slowed_frames += report.met.slowed;
  dropped_frames += report.met.dropped;
  missed_heartbeats += report.met.timeouts;
  full_outboxes += report.met.overflows;
  for (size_t kind = 0; kind < kFaultKinds; ++kind) fired[kind] += report.fired[kind];
}

void Tally::add_crash() {
  failed.push_back({next, kExitCrashed});
  running = false;
  ++next;
}

Result<Tally> read_tally(const std::string& path, uint64_t first, uint64_t last) {
  Tally tally;
  tally.first = tally.next = first;
  tally.last = last;
  std::ifstream file(path);
  if (!file) return tally;
  std::string line;
  std::getline(file, line);
  bool good = line == kFirstLine;
  while (good && std::getline(file, line)) good = read_line(std::istringstream(line), &tally);
  if (!good)
    return fail(ErrorCode::kBadData,
                fmt::format("{} is not a tally of seeds: `{}` is not understood", path, line));
  if (tally.first != first || tally.last != last)
    return fail(ErrorCode::kUsage,
                fmt::format("{} is of the seeds {}..{}: ask for these, or name another file", path,
                            tally.first, tally.last));
  if (tally.running) tally.add_crash();
  return tally;
}

Status write_tally(const std::string& path, const Tally& tally) {
  const std::string beside = path + ".new";
  {
    std::ofstream file(beside, std::ios::trunc);
    file << kFirstLine << "\nseeds " << tally.first << " " << tally.last << "\nrunning "
         << (tally.running ? "yes" : "no") << "\n";
    for (const Sum& sum : kSums) file << sum.name << " " << tally.*sum.sum << "\n";
    for (size_t kind = 0; kind < kFaultKinds; ++kind)
      if (tally.fired[kind] > 0)
        file << "fired " << name_of(static_cast<FaultKind>(kind)) << " " << tally.fired[kind]
             << "\n";
    for (const Tally::Failure& failure : tally.failed)
      file << "failed " << failure.seed << " " << failure.exit << "\n";
    if (!file.flush()) return fail(ErrorCode::kIo, "cannot write " + beside);
  }
  if (std::rename(beside.c_str(), path.c_str()) != 0)
    return fail(ErrorCode::kIo, "cannot write " + path);
  return {};
}

}  // namespace syncline::sim
