// prefix: whatever a node confirms is, at its cursor, what its view shows of the log at that entry;
// so a cursor never rests inside an entry, and what a transaction did appears in one step.
#include <fmt/format.h>

#include "sim/oracles/oracles.h"
#include "sim/oracles/rows.h"

namespace syncline::sim {
namespace {

// A node that holds more than so many objects is looked at whole only now and then.
constexpr size_t kWholeEachTime = 200;
constexpr uint64_t kWholeEvery = 32;

class PrefixOracle : public Oracle {
 public:
  explicit PrefixOracle(Grounds* grounds) : Oracle("prefix", grounds) {}

  void on_told(NodeProcess& node, const ReplicaOutput&) override {
    if (!node.running() || complained()) return;
    const Cursor cursor = node.machine().status().cursor;
    Known& known = known_[node.device()];
    if (cursor == known.cursor || cursor.seq.value == 0) return;
    if (cursor.seq > history().head())
      return complain(fmt::format("node {} is ahead of the log", to_string(node.id())));
    if (cursor.hash != history().chain_at(cursor.seq))
      return complain(fmt::format("node {} has another chain than the log at entry {}",
                                  to_string(node.id()), cursor.seq.value));
    check(node, cursor.seq, &known);
    known.cursor = cursor;
  }
  void on_up(NodeProcess& node) override { known_[node.device()] = {}; }

 private:
  struct Known {
    Cursor cursor;
    uint64_t checks = 0;
  };

  void check(const NodeProcess& node, LogSeq at, Known* known) {
    ++grounds().prefixes_checked;
    const LogSeq before = known->cursor.seq;
    const bool whole = known->checks++ % kWholeEvery == 0 || at < before ||
                       roster().view_since(node.id(), at) > before || few(node.id(), at);
    std::vector<ObjectName> changed;
    for (LogSeq seq(before.value + 1); !whole && seq <= at; ++seq.value)
      for (const ObjectEffect& effect : history().entry(seq).objects)
        changed.push_back(effect.object);
    if (auto found = difference(grounds(), node, at, whole ? nullptr : &changed)) complain(*found);
  }
  bool few(NodeId node, LogSeq at) const {
    size_t objects = 0;
    for (const auto& [type, mask] : *roster().view(node, at)) objects += history().ever_of(type);
    return objects <= kWholeEachTime;
  }

  std::map<DeviceId, Known> known_;
};

}  // namespace

std::unique_ptr<Oracle> make_prefix_oracle(Grounds* grounds) {
  return std::make_unique<PrefixOracle>(grounds);
}

}  // namespace syncline::sim
