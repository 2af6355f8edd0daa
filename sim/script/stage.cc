#include "sim/script/stage.h"

#include <algorithm>

#include <fmt/format.h>

namespace syncline::sim {

Stage::Stage(const Scenario& scenario, uint64_t seed)
    : fleet(seed, FleetPlan{scenario.app.files, scenario.users, scenario.nodes,
                            scenario.authority.writes_outside}) {
  for (auto& node : fleet.nodes) links[node->id()];
  if (const auto& append = scenario.authority.append_us) {
    fleet.authority.append_us_min = append->low;
    fleet.authority.append_us_max = append->high;
  }
}

void Stage::set_cut(NodeProcess* node, Cut why, bool cut) {
  NodeLink& link = links.at(node->id());
  const auto bit = static_cast<uint8_t>(why);
  const bool changes = ((link.cut_by & bit) != 0) != cut;
  link.radio_on_ms = radio_on_ms(*node);
  link.changed_ms = fleet.clock.now_ms();
  link.cut_by = static_cast<uint8_t>(cut ? link.cut_by | bit : link.cut_by & ~bit);
  fleet.network.set_cut(node->id(), link.cut_by != 0);
  if (changes && on_cut) on_cut(*node, why, cut);
}

int64_t Stage::radio_on_ms(const NodeProcess& node) const {
  const NodeLink& link = links.at(node.id());
  const int64_t since = std::max(link.changed_ms, started_ms);
  return link.radio_on_ms + (link.cut_by == 0 ? fleet.clock.now_ms() - since : 0);
}

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
    if (!node->running() || node->held() || is_cut(*node) || removed.contains(node->id())) continue;
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
