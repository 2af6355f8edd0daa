#include "sim/world/tell.h"

#include <fmt/format.h>

namespace syncline::sim {

std::vector<std::string> lines_of(const std::string& node, const ReplicaOutput& out) {
  std::vector<std::string> lines;
  if (out.trouble) lines.push_back(fmt::format("{}: trouble: {}", node, out.trouble->message));
  if (out.state) lines.push_back(fmt::format("{} is {}", node, name_of(*out.state)));
  for (const JournalRecord& record : out.rejections)
    for (const Outcome& outcome : record.outcomes)
      lines.push_back(fmt::format("{}: {} is {}: {} {}", node, to_string(record.name),
                                  outcome.verdict == Verdict::refused ? "refused" : "superseded",
                                  name_of(outcome.reason), outcome.text));
  return lines;
}

std::string line_of(const AuthorityEvent& event) {
  return fmt::format("authority: {}, {}: {}", event.name, to_string(event.node), event.text);
}

}  // namespace syncline::sim
