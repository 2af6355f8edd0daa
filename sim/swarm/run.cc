#include "sim/swarm/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/replica/subscriptions.h"
#include "sim/faults/draw.h"
#include "sim/swarm/queries.h"
#include "sim/swarm/restores.h"
#include "sim/swarm/versions.h"
#include "sim/swarm/workload.h"
#include "sim/world/hook.h"
#include "sim/world/tell.h"

namespace syncline::sim {
namespace {

constexpr uint64_t kLayerSizesDrawn = 9;  // 1, 2, 4 ... 256 entries a layer
constexpr int64_t kBeforeMs = 3'000;      // everybody is connected and has a view
constexpr int64_t kTurnMsMax = 400;       // between two things that people do
constexpr int64_t kAfterLongMs = 5'000;   // of writing, once weeks have passed
constexpr int kJoinsMax = 2;
constexpr int64_t kClonedPatience = 15;

class Run {
 public:
  Run(const SeedPlan& plan, const RunOptions& options)
      : plan_(plan),
        options_(options),
        fleet_({plan.seed, plan.nodes, plan.filtering}),
        oracles_(&fleet_),
        restores_(&fleet_, plan.seed, options.restores_one_in),
        versions_(&fleet_, plan.seed),
        injector_(&fleet_, plan_) {
    report_.seed = plan.seed;
    // From one entry a layer to what a fleet of this size never fills.
    Random layers(plan.seed ^ 0x6c'6179'6572'73);
    fleet_.authority.entries_per_layer_max = size_t{1} << layers.below(kLayerSizesDrawn);
  }

  RunReport run() {
    oracles_.watch_all();
    for (auto& node : fleet_.nodes) listen(node.get());
    injector_.on_cloned = [this](NodeProcess& node) { watch(&node); };
    if (options_.tell) injector_.on_told = [this](const std::string& what) { tell(what); };
    if (options_.tell)
      fleet_.authority.on_event = [this](const AuthorityEvent& event) { tell(line_of(event)); };
    report_.engine = options_.engine_every > 0 && plan_.seed % options_.engine_every == 0;
    if (report_.engine)
      if (Status runs = fleet_.run_engine(); !runs) {
        report_.complaint = "the engine does not run: " + runs.error().message;
        return report_;
      }
    if (plan_.versioning) versions_.begin();
    injector_.before_begin();
    if (Status begun = fleet_.begin(); !begun) {
      report_.complaint = "the fleet does not begin: " + begun.error().message;
      return report_;
    }
    if (plan_.querying) {
      Random queries(plan_.seed ^ 0x71'7565'7279);
      for (auto& node : fleet_.nodes) subscribe_to_query(node.get(), &queries);
    }
    fleet_.run_for(kBeforeMs);
    tell("the fleet stands; faults begin");
    injector_.start();
    write_for(plan_.writing_ms);
    if (going()) {
      injector_.pass_long_times();
      write_for(injector_.passed_long_times() ? kAfterLongMs : 0);
    }
    if (going()) come_to_rest();
    finish();
    return report_;
  }

 private:
  bool going() const {
    return !oracles_.complaint() && !injector_.complaint() && !report_.complaint;
  }
  void tell(const std::string& what) {
    if (options_.tell)
      options_.tell(fmt::format("{:>9.3f} s  {}", double(fleet_.clock.now_us()) / 1e6, what));
  }
  void watch(NodeProcess* node) {
    oracles_.watch(node);
    listen(node);
  }
  void listen(NodeProcess* node) {
    if (!options_.tell) return;
    also_call(&node->on_told, [this, node](const ReplicaOutput& out) {
      for (const std::string& line : lines_of(fmt::format("node {}", place_of(*node)), out))
        tell(line);
    });
  }

  // Every turn draws from a stream of its own: one left out, or a fault, changes no other.
  void write_for(int64_t ms) {
    const int64_t until_ms = fleet_.clock.now_ms() + ms;
    while (fleet_.clock.now_ms() < until_ms && going()) {
      Random turn(plan_.seed * 0x9e3779b97f4a7c15 + ++report_.turns);
      fleet_.run_for(turn.between(1, kTurnMsMax));
      if (!writes_in(plan_, report_.turns)) continue;
      write(&turn);
      if (plan_.changing) change(&turn);
      if (plan_.versioning) change_versions();
      restore();
    }
  }

  void change_versions() {
    if (std::optional<std::string> done = versions_.act()) tell(*done);
    report_.schema_version = versions_.highest;
  }

  // A history of its own for each seed: not while a fault has stopped the authority.
  void restore() {
    if (fleet_.authority.still()) return;
    const uint64_t before = restores_.count;
    if (Status restored = restores_.act(); !restored)
      report_.complaint = "the authority is not restored: " + restored.error().message;
    if (restores_.count > before) tell("the authority is restored from a backup");
    report_.restores = restores_.count;
  }

  void come_to_rest() {
    injector_.stop();
    tell("faults end");
    enrol_newcomers();
    if (report_.complaint) return;
    if (plan_.versioning) {
      if (Status rests = versions_.come_to_rest(); !rests)
        report_.complaint = rests.error().message;
      report_.schema_version = versions_.highest;
      if (report_.complaint) return;
    }
    // Two devices with one identity send each other away, and come again after ever longer pauses.
    const bool cloned = injector_.fired(FaultKind::clone) > 0;
    if (Status settled = fleet_.settle(options_.settle_ms * (cloned ? kClonedPatience : 1));
        !settled) {
      report_.unrest = settled.error().message;
    } else if (going()) {
      oracles_.check_end();
    }
  }

  NodeProcess& somebody(Random* turn) { return *fleet_.nodes[turn->below(fleet_.nodes.size())]; }

  void write(Random* turn) {
    NodeProcess& node = somebody(turn);
    if (!node.running() || node.machine().schema() == nullptr) return;
    const Durability durability = turn->chance(30)   ? Durability::commit
                                  : turn->chance(50) ? Durability::group
                                                     : Durability::relaxed;
    auto name = node.write(durability, [&](Draft& draft) {
      return plan_.versioning ? write_by_schema(turn, &draft)
                              : write_something(&fleet_, plan_.filtering, turn, &draft);
    });
    if (!name) return;
    ++report_.writes;
    if (options_.tell) tell(fmt::format("node {} writes {}", place_of(node), to_string(*name)));
    if (turn->chance(4) && node.running()) look_at_journal(&node, turn);
  }

  // The fleet itself changes.
  void change(Random* turn) {
    if (report_.joins < kJoinsMax && fleet_.authority.running() && !fleet_.authority.still() &&
        turn->chance(2))
      join(turn);
    std::erase_if(newcomers_, [this](NodeProcess* node) {
      if (!node->running() || node->still() || node->machine().schema() == nullptr) return false;
      fleet_.subscribe_all(node);
      return true;
    });
    if (turn->chance(3) && fleet_.authority.running() && !fleet_.authority.still())
      if (std::optional<std::string> done = operate_fleet(&fleet_, plan_.filtering, turn)) {
        ++report_.role_changes;
        tell("the operator: " + *done);
      }
    if (!turn->chance(plan_.querying ? 15 : 6)) return;
    NodeProcess& node = somebody(turn);
    if (!node.running() || node.machine().schema() == nullptr) return;
    if (plan_.querying && turn->chance(80)) return subscribe_to_query(&node, turn);
    const bool things = turn->chance(50);
    const bool ends = turn->chance(50);
    auto name = node.write(Durability::group, [&](Draft& draft) -> Status {
      if (ends) return unsubscribe(&draft, node.id(), things ? "things" : "rules");
      auto id =
          subscribe(&draft, node.id(), things ? "things" : "rules", things ? "Thing" : "Rule", "");
      if (!id) return std::unexpected(id.error());
      return {};
    });
    if (name) ++report_.subscription_changes;
  }

  // In place of one that it has, or beside it.
  void subscribe_to_query(NodeProcess* node, Random* random) {
    const bool things = random->chance(75);
    const std::string name = things ? (random->chance(70) ? "things" : "more things") : "rules";
    const std::string query = draw_query(things, random);
    auto written = node->write(Durability::group, [&](Draft& draft) -> Status {
      auto id = subscribe(&draft, node->id(), name, things ? "Thing" : "Rule", query);
      if (!id) return std::unexpected(id.error());
      return {};
    });
    if (!written) return;
    ++report_.subscription_changes;
    tell(fmt::format("node {} subscribes \"{}\" to {}", place_of(*node), name, query));
  }

  void join(Random* turn) {
    ++report_.joins;
    NodeProcess* node = fleet_.add(turn->fork());
    if (plan_.versioning) versions_.equip(node);
    watch(node);
    injector_.watch(node);
    newcomers_.push_back(node);
    joined_.push_back(node);
    tell(fmt::format("node {} joins", place_of(*node)));
    // The authority may end before it has decided this: then the node waits for the end.
    if (!fleet_.enrol(node)) return;
    if (Status started = node->start(); !started)
      report_.complaint = "a node does not join: " + started.error().message;
  }

  void enrol_newcomers() {
    for (NodeProcess* node : joined_) {
      Status enrolled;
      for (int tries = 0; tries < 3; ++tries) {
        if (enrolled = enrol_again(node); enrolled) break;
        // Its disk stopped under a fault, and nothing it did since let it notice.
        fleet_.authority.kill();
      }
      if (!enrolled) report_.complaint = "a node cannot be enrolled: " + enrolled.error().message;
    }
  }

  Status enrol_again(NodeProcess* node) {
    if (!fleet_.authority.running()) SYNCLINE_TRY(fleet_.authority.start());
    if (fleet_.authority.machine().directory().node(node->id()) != nullptr) return {};
    node->kill();
    return fleet_.enrol(node);
  }

  size_t place_of(const NodeProcess& node) const {
    size_t place = 0;
    while (fleet_.nodes[place].get() != &node) ++place;
    return place;
  }

  void finish() {
    if (oracles_.complaint()) report_.complaint = oracles_.complaint();
    if (!report_.complaint) report_.complaint = injector_.complaint();
    if (report_.complaint) tell("FAILED: " + *report_.complaint);
    if (report_.unrest) tell("NOT QUIET: " + *report_.unrest);
    report_.entries = fleet_.history.head().value;
    report_.refusals = fleet_.history.refusals;
    report_.conflicts = fleet_.history.conflicts;
    report_.reconnects = fleet_.network.reconnects;
    report_.prefixes_checked = oracles_.grounds().prefixes_checked;
    report_.events = fleet_.clock.happened();
    report_.fired = injector_.fired();
    report_.met = fleet_.network.counts();
    report_.layers_ahead = fleet_.authority.layers_ahead;
    for (size_t i = 0; i < plan_.faults.size(); ++i)
      report_.effective.push_back(injector_.fired(i));
    for (auto& node : fleet_.nodes)
      for (std::string_view type : {"Thing", "Rule"})
        (void)visit_objects(
            node->contents(), fleet_.type(type), true,
            [this](const ObjectKey&, const Row&) { return ++report_.held_rows > 0; });
    report_.trace = oracles_.grounds().trace;
  }

  const SeedPlan plan_;
  const RunOptions& options_;
  Fleet fleet_;
  Oracles oracles_;
  Restores restores_;
  Versions versions_;
  Injector injector_;
  std::vector<NodeProcess*> newcomers_;  // that have not subscribed yet
  std::vector<NodeProcess*> joined_;
  RunReport report_;
};

}  // namespace

RunReport run_plan(const SeedPlan& plan, const RunOptions& options) {
  return Run(plan, options).run();
}

RunReport run_plan_twice(const SeedPlan& plan, const RunOptions& options) {
  RunReport report = run_plan(plan, options);
  report.differed = run_plan(plan, options).trace != report.trace;
  return report;
}

RunReport run_seed(uint64_t seed, const RunOptions& options) {
  return run_plan(draw_plan(seed), options);
}

uint64_t RunReport::fired_in_all() const {
  uint64_t all = 0;
  for (uint64_t count : fired) all += count;
  return all;
}

RunExit exit_of(const RunReport& report) {
  if (report.complaint) return RunExit::oracle_failed;
  if (report.unrest) return RunExit::not_quiet;
  return report.differed ? RunExit::runs_differ : RunExit::held;
}

std::string to_words(const Injector::Counts& fired) {
  std::string words;
  for (size_t kind = 0; kind < kFaultKinds; ++kind)
    if (fired[kind] > 0)
      words += fmt::format("{}{} {}", words.empty() ? "" : ", ", fired[kind],
                           name_of(static_cast<FaultKind>(kind)));
  return words;
}

std::string to_line(const RunReport& r) {
  std::string line = fmt::format(
      "seed {:>6}  {}  {} entries, {} refused, {} superseded, {} reconnects, {} joins, {} "
      "restores, {} subscription changes, {} prefixes, {} faults fired, trace {:016x}",
      r.seed,
      r.complaint  ? "FAILED"
      : r.unrest   ? "NOT QUIET"
      : r.differed ? "DIFFERS"
                   : "held",
      r.entries, r.refusals, r.conflicts, r.reconnects, r.joins, r.restores, r.subscription_changes,
      r.prefixes_checked, r.fired_in_all(), r.trace);
  if (r.complaint) line += "\n             " + *r.complaint;
  if (r.unrest) line += "\n             " + *r.unrest;
  if (!r.held()) line += "\n             fired: " + to_words(r.fired);
  return line;
}

}  // namespace syncline::sim
