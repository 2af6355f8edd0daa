#include "sim/swarm/run.h"

#include <fmt/format.h>

#include "node/replica/subscriptions.h"
#include "sim/swarm/restores.h"
#include "sim/swarm/workload.h"

namespace syncline::sim {
namespace {

class Run {
 public:
  explicit Run(const RunOptions& options)
      : options_(options),
        fleet_({options.seed, 3 + static_cast<int>(options.seed % 3)}),
        oracles_(&fleet_),
        restores_(&fleet_, options.seed, options.restores_one_in),
        random_(fleet_.random.fork()),
        changes_(fleet_.random.fork()) {
    report_.seed = options.seed;
    // A log that is let go of early, in a third of the seeds.
    if (options.seed % 3 == 0) fleet_.authority.retention_every_ms = 4'000;
  }

  RunReport run() {
    oracles_.watch_all();
    if (Status begun = fleet_.begin(); !begun) {
      report_.complaint = "the fleet does not begin: " + begun.error().message;
      return report_;
    }
    draw_faults();
    fleet_.run_for(3'000);
    const int64_t until = fleet_.clock.now_ms() + options_.duration_ms;
    while (fleet_.clock.now_ms() < until && !oracles_.complaint() && !report_.complaint) {
      fleet_.run_for(random_.between(1, 400));
      act();
      if (options_.changing) change();
      restore();
    }
    if (report_.complaint || oracles_.complaint()) {
      finish();
      return report_;
    }
    if (Status settled = fleet_.settle(options_.settle_ms); !settled) {
      report_.unrest = "liveness: " + settled.error().message;
    } else {
      oracles_.check_end();
    }
    finish();
    return report_;
  }

 private:
  // Each seed draws which faults are on and how hard.
  void draw_faults() {
    cuts_ = random_.chance(70) ? random_.below(12) : 0;
    kills_ = random_.chance(50) ? random_.below(6) : 0;
    power_losses_ = random_.chance(50) ? random_.below(6) : 0;
    authority_faults_ = random_.chance(50) ? random_.below(4) : 0;
    skewed_ = random_.chance(50);
    if (skewed_)
      for (auto& node : fleet_.nodes)
        node->clock().skew_ms = random_.between(-86'400'000, 86'400'000);
  }

  void act() {
    NodeProcess& node = *fleet_.nodes[random_.below(fleet_.nodes.size())];
    if (!node.running()) {
      if (random_.chance(50)) begin_again(node);
    } else {
      write(node);
      if (random_.chance(4)) look_at_journal(&node, &random_);
      if (!node.running()) return;
      if (random_.chance(static_cast<uint32_t>(kills_)))
        ++report_.kills, node.kill();
      else if (random_.chance(static_cast<uint32_t>(power_losses_))) {
        ++report_.power_losses;
        node.lose_power();
      }
    }
    fleet_.network.set_cut(node.id(), random_.chance(static_cast<uint32_t>(cuts_ * 3)));
    if (!fleet_.authority.running()) {
      if (random_.chance(60))
        if (Status started = fleet_.authority.start(); !started)
          report_.complaint =
              "recovery: the authority does not start again: " + started.error().message;
    } else if (random_.chance(static_cast<uint32_t>(authority_faults_))) {
      ++report_.kills;
      random_.chance(50) ? fleet_.authority.kill() : fleet_.authority.lose_power();
    }
  }

  // The fleet itself changes.
  void change() {
    if (report_.joins < 2 && fleet_.authority.running() && changes_.chance(2)) join();
    std::erase_if(newcomers_, [this](NodeProcess* node) {
      if (!node->running() || node->machine().schema() == nullptr) return false;
      fleet_.subscribe_all(node);
      return true;
    });
    if (changes_.chance(3) && operate_fleet(&fleet_, &changes_)) ++report_.role_changes;
    if (!changes_.chance(6)) return;
    NodeProcess& node = *fleet_.nodes[changes_.below(fleet_.nodes.size())];
    if (!node.running()) return;
    const bool things = changes_.chance(50);
    const bool ends = changes_.chance(50);
    auto name = node.write(Durability::group, [&](Draft& draft) -> Status {
      if (ends) return unsubscribe(&draft, node.id(), things ? "things" : "rules");
      auto id =
          subscribe(&draft, node.id(), things ? "things" : "rules", things ? "Thing" : "Rule", "");
      if (!id) return std::unexpected(id.error());
      return {};
    });
    if (name) ++report_.subscription_changes;
  }

  void restore() {
    if (Status restored = restores_.act(); !restored)
      report_.complaint = "the authority is not restored: " + restored.error().message;
    report_.restores = restores_.count;
  }

  void join() {
    ++report_.joins;
    Result<NodeProcess*> node = fleet_.join(changes_.fork());
    if (!node) {
      report_.complaint = "a node does not join: " + node.error().message;
      return;
    }
    oracles_.watch(*node);
    newcomers_.push_back(*node);
  }

  void begin_again(NodeProcess& node) {
    if (Status started = node.start(); !started)
      report_.complaint = "recovery: a node does not start again: " + started.error().message;
  }

  void write(NodeProcess& node) {
    const Durability durability = random_.chance(30)   ? Durability::commit
                                  : random_.chance(50) ? Durability::group
                                                       : Durability::relaxed;
    auto name = node.write(durability, [&](Draft& draft) {
      return write_something(&fleet_, &node, &random_, &draft);
    });
    if (name) ++report_.writes;
  }

  void finish() {
    if (oracles_.complaint()) report_.complaint = oracles_.complaint();
    if (!report_.complaint && !fleet_.authority.failure)
      report_.complaint = "the authority ended: " + fleet_.authority.failure.error().message;
    for (auto& node : fleet_.nodes)
      if (!report_.complaint && !node->failure)
        report_.complaint = "a node ended: " + node->failure.error().message;
    report_.entries = fleet_.history.head().value;
    report_.refusals = fleet_.history.refusals;
    report_.conflicts = fleet_.history.conflicts;
    report_.reconnects = fleet_.network.reconnects;
    report_.prefixes_checked = oracles_.grounds().prefixes_checked;
    report_.events = fleet_.clock.happened();
    for (auto& node : fleet_.nodes)
      for (std::string_view type : {"Thing", "Rule"})
        (void)visit_objects(
            node->contents(), fleet_.type(type), true,
            [this](const ObjectKey&, const Row&) { return ++report_.held_rows > 0; });
    report_.trace = oracles_.grounds().trace;
  }

  RunOptions options_;
  Fleet fleet_;
  Oracles oracles_;
  Restores restores_;
  Random random_;
  Random changes_;
  std::vector<NodeProcess*> newcomers_;  // that have not subscribed yet
  RunReport report_;
  uint64_t cuts_ = 0;
  uint64_t kills_ = 0;
  uint64_t power_losses_ = 0;
  uint64_t authority_faults_ = 0;
  bool skewed_ = false;
};

}  // namespace

RunReport run_seed(const RunOptions& options) { return Run(options).run(); }

RunReport run_seed_twice(const RunOptions& options) {
  RunReport report = run_seed(options);
  report.differed = run_seed(options).trace != report.trace;
  return report;
}

RunExit exit_of(const RunReport& report) {
  if (report.complaint) return RunExit::oracle_failed;
  if (report.unrest) return RunExit::not_quiet;
  return report.differed ? RunExit::runs_differ : RunExit::held;
}

std::string to_line(const RunReport& r) {
  std::string line = fmt::format(
      "seed {:>6}  {}  {} entries, {} refused, {} superseded, {} reconnects, {} kills, {} power "
      "losses, {} joins, {} restores, {} subscription changes, {} prefixes, trace {:016x}",
      r.seed,
      r.complaint  ? "FAILED"
      : r.unrest   ? "NOT QUIET"
      : r.differed ? "DIFFERS"
                   : "held",
      r.entries, r.refusals, r.conflicts, r.reconnects, r.kills, r.power_losses, r.joins,
      r.restores, r.subscription_changes, r.prefixes_checked, r.trace);
  if (r.complaint) line += "\n             " + *r.complaint;
  if (r.unrest) line += "\n             " + *r.unrest;
  return line;
}

}  // namespace syncline::sim
