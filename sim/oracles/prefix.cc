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
    const History& log = history().of(cursor.incarnation);
    if (cursor.seq > log.head())
      return complain(fmt::format("node {} is ahead of the log", to_string(node.id())));
    if (cursor.hash != log.chain_at(cursor.seq))
      return complain(fmt::format("node {} has another chain than the log at entry {}",
                                  to_string(node.id()), cursor.seq.value));
    check(node, cursor, &known);
    known.cursor = cursor;
  }
  void on_up(NodeProcess& node) override { known_[node.device()] = {}; }

 private:
  struct Known {
    Cursor cursor;
    uint64_t checks = 0;
  };

  void check(const NodeProcess& node, const Cursor& cursor, Known* known) {
    const LogSeq at = cursor.seq;
    const History& log = history().of(cursor.incarnation);
    const Roster& rules = grounds().roster_of(cursor.incarnation);
    ++grounds().prefixes_checked;
    const LogSeq before = known->cursor.seq;
    const bool whole = known->checks++ % kWholeEvery == 0 || at < before ||
                       cursor.incarnation != known->cursor.incarnation ||
                       rules.view_since(node.id(), at) > before ||
                       few(*rules.view(node.id(), at), log);
    std::vector<ObjectName> changed;
    for (LogSeq seq(before.value + 1); !whole && seq <= at; ++seq.value)
      for (const ObjectEffect& effect : log.entry(seq).objects) changed.push_back(effect.object);
    const auto* only = whole ? nullptr : &changed;
    auto found = difference(grounds(), node, cursor.incarnation, at, at, only);
    // A node that was away while its role changed, and changed again, is told of entries in between
    // by the view that it has now: nothing outside of that is sent any more.
    const LogSeq now = log.head();
    if (found && rules.view_since(node.id(), now) > at)
      found = difference(grounds(), node, cursor.incarnation, at, now, nullptr);
    if (found) complain(*found);
  }
  static bool few(const Sight& view, const History& log) {
    size_t objects = 0;
    for (const auto& [type, queries] : view.queries) objects += log.ever_of(type);
    return objects <= kWholeEachTime;
  }

  std::map<DeviceId, Known> known_;
};

}  // namespace

std::unique_ptr<Oracle> make_prefix_oracle(Grounds* grounds) {
  return std::make_unique<PrefixOracle>(grounds);
}

}  // namespace syncline::sim
