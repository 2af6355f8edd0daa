// Fleet: one authority and its nodes in one virtual world, as a plan describes them.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "sim/world/authority_process.h"
#include "sim/world/engine_lane.h"
#include "sim/world/fleet_plan.h"
#include "sim/world/history.h"
#include "sim/world/node_process.h"

namespace syncline::sim {

// The sample fleet (sample_fleet.h) with so many nodes.
struct FleetOptions {
  uint64_t seed = 1;
  int nodes = 4;
  bool filtered = false;  // sample_app()
};

class Fleet {
 public:
  explicit Fleet(FleetOptions options);
  Fleet(uint64_t seed, FleetPlan plan);
  // The shipped engine runs beside every disk. Before begin().
  Status run_engine();
  // Told when it and a disk differ.
  std::function<void(const std::string&)> on_engine_differs;
  // Deploys, enrols, starts and subscribes everybody as the plan says.
  Status begin();
  // To what the plan says for the node. Requires: the node has its schema.
  void subscribe_all(NodeProcess* node);
  // One more node, enrolled and started. Requires: the authority runs.
  Result<NodeProcess*> join(FleetNode plan, Random random);
  // One more worker of the sample fleet.
  Result<NodeProcess*> join(Random random);
  // In two steps: a worker that does not run yet; then the authority learns of it. Enrolling it
  // again does no harm.
  NodeProcess* add(Random random);
  Status enrol(NodeProcess* node);
  // A copy of the device, which does not run yet, with an empty disk.
  NodeProcess* add_copy(const NodeProcess& node);
  // Adds the user, or gives it other data. Requires: the authority runs.
  Status set_user(const FleetUser& user);
  // The node is no member any more: nothing is expected of it. Requires: the authority runs.
  Status remove(const NodeProcess& node);
  // As the authority knows it. Requires: it runs.
  bool is_removed(NodeId node);
  // Other schemas or rules from now on. Requires: the authority runs.
  Status deploy(const AppFiles& app);
  // Lets time pass.
  void run_for(int64_t ms);
  // No more faults; runs until nothing is pending and every node is at the log's head, at most so
  // long. An error says who is not quiet, and how it stands.
  Status settle(int64_t at_most_ms);
  // What keeps the fleet from being quiet; empty: nothing.
  std::string unrest();

  std::unique_ptr<EngineLane> engine_lane;  // null: it does not
  Clock clock;
  Random random;
  Network network;
  AuthorityProcess authority;
  std::vector<std::unique_ptr<NodeProcess>> nodes;
  History history;

  // Of what the plan, or deploy(), says.
  const Schema& schema() const { return deployed_->schema(); }
  TypeNumber type(std::string_view name) const { return schema().type(name)->number; }
  // What the node's user may read of a type; null: nothing.
  const ObjectMask* mask_of(const NodeProcess& node, TypeNumber type) const;
  const FleetNode& plan_of(const NodeProcess& node) const { return plans_.at(node.id()); }
  // Of that name in the plan; null: there is none.
  NodeProcess* find(std::string_view name);

 private:
  void give_twin(NodeProcess* node);
  NodeProcess* add_process(FleetNode plan, Random random);
  Status start_node(NodeProcess* node);
  void compute_access();
  std::string oldest_pending(NodeProcess& node);

  FleetPlan plan_;
  std::map<NodeId, FleetNode> plans_;
  std::shared_ptr<const Deployed> deployed_;
  std::map<std::string, Access> access_;  // by user
};

}  // namespace syncline::sim
