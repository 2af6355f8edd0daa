#include "sim/script/stage.h"

#include <fmt/format.h>

namespace syncline::sim {

Stage::Stage(const Scenario& scenario, uint64_t seed)
    : fleet(seed, FleetPlan{scenario.app.files, scenario.users, scenario.nodes}) {}

Result<NodeProcess*> Stage::node(const std::string& name) {
  NodeProcess* found = fleet.find(name);
  if (found == nullptr) return fail(ErrorCode::kNotFound, fmt::format("there is no node {}", name));
  return found;
}

Result<NodeProcess*> Stage::place(const std::string& name) {
  if (name == kAuthorityName) return nullptr;
  return node(name);
}

Result<const LabelledCommit*> Stage::commit(const std::string& label) const {
  auto found = commits.find(label);
  if (found == commits.end())
    return fail(ErrorCode::kNotFound,
                fmt::format("no commit before this step is called {}", label));
  return &found->second;
}

std::string Stage::unrest() {
  if (!fleet.authority.running()) return "the authority is down";
  if (fleet.authority.machine().has_undecided()) return "the authority has not decided all offers";
  const LogSeq head = fleet.authority.machine().committed().seq;
  std::string unrest;
  for (auto& node : fleet.nodes) {
    if (!node->running() || node->held() || cut.contains(node->id()) ||
        removed.contains(node->id()))
      continue;
    const ReplicaStatus status = node->machine().status();
    if (status.pending == 0 && status.cursor.seq == head) continue;
    unrest += fmt::format(
        "{}node {} is {} at entry {} of {} with {} pending{}", unrest.empty() ? "" : "; ",
        fleet.plan_of(*node).name, name_of(status.state), status.cursor.seq.value, head.value,
        status.pending, status.trouble ? ", and says: " + status.trouble->message : "");
  }
  return unrest;
}

}  // namespace syncline::sim
