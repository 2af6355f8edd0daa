// shown: what a node shows is confirmed + overlay, its own pending applied on top, and nothing
// else; so it reads its own writes, and an undone one is gone in one step.
#include <fmt/format.h>

#include "node/merge/overlay.h"
#include "node/replica/keys.h"
#include "node/replica/shown.h"
#include "sim/oracles/oracles.h"
#include "sim/oracles/rows.h"

namespace syncline::sim {
namespace {

// With more than so much pending a node is looked at only now and then.
constexpr uint64_t kPendingEachTime = 24;
constexpr uint64_t kOtherwiseEvery = 16;

class ShownOracle : public Oracle {
 public:
  explicit ShownOracle(Grounds* grounds) : Oracle("shown", grounds) {}

  void on_told(NodeProcess& node, const ReplicaOutput& out) override {
    if (!node.running() || complained() || (out.batch.empty() && !out.ingest)) return;
    const uint64_t turn = turns_[node.device()]++;
    if (node.machine().status().pending <= kPendingEachTime || turn % kOtherwiseEvery == 0)
      check(node);
  }
  void on_up(NodeProcess& node) override { check(node); }
  void at_end() override {
    for (auto& node : fleet().nodes) check(*node);
  }

 private:
  // Objects of asymmetric types are not: insert_only looks after them.
  bool is_shown(TypeNumber type) const {
    const TypeDef* def = fleet().schema().type(type);
    return def == nullptr || !def->asymmetric;
  }

  void check(const NodeProcess& node) {
    if (complained()) return;
    Result<std::vector<std::pair<ChangesetName, Changeset>>> pending =
        read_pending(node.contents());
    if (!pending) return complain("a node's pending cannot be read: " + pending.error().message);
    if (node.running() && node.machine().status().pending != pending->size())
      return complain(fmt::format("node {} counts its pending wrongly", to_string(node.id())));
    std::map<ObjectName, std::vector<const Group*>> touched;
    for (const auto& [name, changeset] : *pending)
      for (const Group& group : changeset.groups)
        if (is_shown(group.object.type)) touched[group.object].push_back(&group);
    for (const auto& [object, groups] : touched) {
      Result<std::optional<Row>> confirmed = read_confirmed(node.contents(), object);
      Result<std::optional<Row>> shown = read_object(node.contents(), object);
      if (!confirmed || !shown) return complain("a node's object cannot be read");
      if (!same_shown(*shown, apply_overlay(*confirmed ? &**confirmed : nullptr, groups)))
        return complain(
            fmt::format("node {} does not show {} as its confirmed state with its "
                        "pending on top",
                        to_string(node.id()), title_of(grounds(), object)));
    }
    const Bytes from = node_keys::all(Keyspace::node_overlay);
    auto overlays = node.contents().scan(from, prefix_end(from));
    for (; overlays->valid(); overlays->next()) {
      Result<ObjectName> object = node_keys::object_of(overlays->key());
      if (!object || !touched.contains(*object))
        return complain(fmt::format("node {} shows a change that is not pending any more",
                                    to_string(node.id())));
    }
  }

  std::map<DeviceId, uint64_t> turns_;
};

}  // namespace

std::unique_ptr<Oracle> make_shown_oracle(Grounds* grounds) {
  return std::make_unique<ShownOracle>(grounds);
}

}  // namespace syncline::sim
