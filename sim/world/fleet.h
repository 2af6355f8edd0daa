// Fleet: one authority and its nodes in one virtual world, with an app that has something of
// everything.
#pragma once

#include <memory>
#include <vector>

#include "sim/world/authority_process.h"
#include "sim/world/history.h"
#include "sim/world/node_process.h"

namespace syncline::sim {

struct FleetOptions {
  uint64_t seed = 1;
  int nodes = 4;
};

class Fleet {
 public:
  explicit Fleet(FleetOptions options);
  // Deploys, enrols, starts and subscribes everybody.
  Status begin();
  // To both types, as "things" and "rules". Requires: the node has its schema.
  void subscribe_all(NodeProcess* node);
  // One more node, enrolled as a worker and started. Requires: the authority runs.
  Result<NodeProcess*> join(Random random);
  // Lets time pass.
  void run_for(int64_t ms);
  // No more faults; runs until nothing is pending and every node is at the log's head, at most so
  // long. An error says who is not quiet, and how it stands.
  Status settle(int64_t at_most_ms);

  Clock clock;
  Random random;
  Network network;
  AuthorityProcess authority;
  std::vector<std::unique_ptr<NodeProcess>> nodes;
  History history;

  const Schema& schema() const { return deployed_->schema(); }
  TypeNumber type(std::string_view name) const { return schema().type(name)->number; }
  // What the node's user may read of a type; null: nothing.
  const FieldMask* mask_of(const NodeProcess& node, TypeNumber type) const;
  static AppFiles app();
  // Workers may not write Rule objects, nor the field `checked` of Thing; they do not see `secret`.
  bool is_manager(const NodeProcess& node) const { return node.id() == nodes.front()->id(); }

 private:
  Status start_node(NodeProcess* node);
  // What keeps the fleet from being quiet; empty: nothing.
  std::string unrest();
  std::string oldest_pending(NodeProcess& node);

  FleetOptions options_;
  std::shared_ptr<const Deployed> deployed_;
  Access manager_;
  Access worker_;
};

}  // namespace syncline::sim
