#include "sim/world/fleet.h"

#include "node/authority/deploying.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/replica/subscriptions.h"
#include "sim/world/sample_fleet.h"

namespace syncline::sim {

Fleet::Fleet(FleetOptions options)
    : Fleet(options.seed, sample_fleet(options.nodes, options.filtered)) {}

Fleet::Fleet(uint64_t seed, FleetPlan plan)
    : random(seed),
      network(&clock, random.fork()),
      authority(&clock, &network, random.fork()),
      plan_(std::move(plan)) {
  for (const FleetNode& node : plan_.nodes) add_process(node, random.fork());
}

Status Fleet::run_engine() {
  SYNCLINE_ASSIGN(engine_lane, EngineLane::make([this](const std::string& what) {
                    if (on_engine_differs) on_engine_differs(what);
                  }));
  authority.run_beside(engine_lane->twin_of(&authority.state(), "the authority"));
  for (auto& node : nodes) give_twin(node.get());
  return {};
}

void Fleet::give_twin(NodeProcess* node) {
  if (engine_lane)
    node->run_beside(engine_lane->twin_of(&node->disk(), "node " + to_string(node->id())));
}

NodeProcess* Fleet::add_process(FleetNode plan, Random random) {
  nodes.push_back(std::make_unique<NodeProcess>(&clock, &network, random, authority.server_key()));
  NodeProcess* node = nodes.back().get();
  give_twin(node);
  node->clock().skew_ms = plan.skew_ms;
  network.set_quality(node->id(), plan.link);
  plans_.emplace(node->id(), std::move(plan));
  return node;
}

Status Fleet::begin() {
  SYNCLINE_ASSIGN(deployed_, compile_app(plan_.app, nullptr, RolesWithoutFilters::deny));
  compute_access();
  SYNCLINE_TRY(authority.initialise(plan_.app));
  if (plan_.writes_outside)
    SYNCLINE_TRY(authority.write([](Draft& draft) {
      return draft.put(system_type::kSetting,
                       Document{{"_id", "writes_outside_subscriptions"}, {"value", "accept"}});
    }));
  for (const FleetUser& user : plan_.users)
    SYNCLINE_TRY(authority.add_user(user.id, user.custom_data, user.data));
  for (auto& node : nodes) SYNCLINE_TRY(start_node(node.get()));
  // Nobody knows a type before the authority has said what there is.
  const int64_t until = clock.now_ms() + 30'000;
  for (auto& node : nodes) {
    while (node->machine().schema() == nullptr)
      if (!clock.run_next(until))
        return fail(ErrorCode::kTimedOut, "the authority does not tell its schema");
  }
  for (auto& node : nodes) subscribe_all(node.get());
  return {};
}

NodeProcess* Fleet::add(Random random) {
  return add_process(sample_node(static_cast<int>(nodes.size())), random);
}

NodeProcess* Fleet::add_copy(const NodeProcess& node) {
  uint32_t copies = 0;
  for (auto& other : nodes) copies += other->id() == node.id();
  nodes.push_back(std::make_unique<NodeProcess>(&clock, &network, random.fork(), node, copies));
  give_twin(nodes.back().get());
  return nodes.back().get();
}

Status Fleet::enrol(NodeProcess* node) {
  SYNCLINE_TRY(authority.add_node(node->id(), plan_of(*node).user, node->identity().public_key));
  if (!authority.running()) return fail(ErrorCode::kClosed, "the authority ended meanwhile");
  // With a full disk it takes the change later: nobody may greet it as a member before.
  if (authority.machine().directory().node(node->id()) != nullptr) return {};
  return fail(ErrorCode::kTimedOut, "the authority has not decided on the node yet");
}

Status Fleet::start_node(NodeProcess* node) {
  SYNCLINE_TRY(enrol(node));
  return node->start();
}

void Fleet::subscribe_all(NodeProcess* node) {
  node->write(Durability::commit, [&](Draft& draft) -> Status {
    for (const FleetSubscription& subscription : plan_of(*node).subscriptions)
      SYNCLINE_TRY(
          subscribe(&draft, node->id(), subscription.name, subscription.type, subscription.query));
    return {};
  });
}

Result<NodeProcess*> Fleet::join(FleetNode plan, Random random) {
  NodeProcess* node = add_process(std::move(plan), random);
  SYNCLINE_TRY(start_node(node));
  return node;
}

Result<NodeProcess*> Fleet::join(Random random) {
  return join(sample_node(static_cast<int>(nodes.size())), random);
}

Status Fleet::set_user(const FleetUser& user) {
  SYNCLINE_TRY(authority.add_user(user.id, user.custom_data, user.data));
  auto known = std::find_if(plan_.users.begin(), plan_.users.end(),
                            [&](const FleetUser& other) { return other.id == user.id; });
  if (known == plan_.users.end()) {
    plan_.users.push_back(user);
  } else {
    *known = user;
  }
  compute_access();
  return {};
}

bool Fleet::is_removed(NodeId node) {
  const KnownNode* known = authority.machine().directory().node(node);
  return known != nullptr && known->removed;
}

Status Fleet::remove(const NodeProcess& node) {
  return authority.write([&](Draft& draft) {
    return draft.set(system_type::kNode, to_string(node.id()), {"removed"}, true);
  });
}

Status Fleet::deploy(const AppFiles& app) {
  SYNCLINE_ASSIGN(deployed_,
                  compile_app(app, deployed_ ? &schema() : nullptr, RolesWithoutFilters::deny,
                              nullptr, numbers_from(authority.machine().restores())));
  plan_.app = app;
  compute_access();
  return authority.deploy(app);
}

void Fleet::compute_access() {
  access_.clear();
  for (const FleetUser& user : plan_.users)
    access_[user.id] =
        deployed_->policy->access_of(User{user.id, "normal", user.data, user.custom_data});
}

void Fleet::run_for(int64_t ms) {
  const int64_t until = clock.now_ms() + ms;
  while (clock.run_next(until)) {
  }
}

// The oldest changeset that the node still waits for, and what the log says of it.
std::string Fleet::oldest_pending(NodeProcess& node) {
  auto pending = read_pending(node.contents());
  if (!pending || pending->empty()) return {};
  const ChangesetName& name = pending->front().first;
  const Entry* entry = history.entry_of(name);
  return fmt::format(
      " (the oldest, {}, is {})", to_string(name),
      entry == nullptr ? "not in the log" : fmt::format("entry {}", entry->seq.value));
}

std::string Fleet::unrest() {
  if (!authority.running()) return "the authority is down";
  if (authority.machine().has_undecided())
    return "the authority has offers that it does not decide";
  const Cursor head = authority.machine().committed();
  std::string unrest;
  for (auto& node : nodes) {
    if (is_removed(node->id())) continue;
    if (!node->running()) return fmt::format("node {} is down", to_string(node->id()));
    const ReplicaStatus status = node->machine().status();
    if (status.pending == 0 && status.cursor == head) continue;
    if (!unrest.empty()) unrest += "; ";
    unrest +=
        fmt::format("node {} is {} at entry {} of {} with {} pending, {} of them not received{}{}",
                    to_string(node->id()), name_of(status.state), status.cursor.seq.value,
                    head.seq.value, status.pending, status.not_received, oldest_pending(*node),
                    status.trouble ? ", and says: " + status.trouble->message : "");
  }
  return unrest;
}

Status Fleet::settle(int64_t at_most_ms) {
  network.heal();
  if (!authority.running()) SYNCLINE_TRY(authority.start());
  for (auto& node : nodes)
    if (!node->running()) SYNCLINE_TRY(node->start());
  const int64_t until = clock.now_ms() + at_most_ms;
  std::string why;
  do {
    run_for(1'000);
    why = unrest();
  } while (!why.empty() && clock.now_ms() < until);
  if (why.empty()) return {};
  return fail(ErrorCode::kTimedOut, std::move(why));
}

const ObjectMask* Fleet::mask_of(const NodeProcess& node, TypeNumber type) const {
  auto user = access_.find(plan_of(node).user);
  if (user == access_.end()) return nullptr;
  const TypeAccess& access = user->second.of(type);
  return access.read ? &access.readable : nullptr;
}

NodeProcess* Fleet::find(std::string_view name) {
  for (auto& node : nodes)
    if (plan_of(*node).name == name) return node.get();
  return nullptr;
}

}  // namespace syncline::sim
