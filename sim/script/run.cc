#include "sim/script/run.h"

#include <fmt/format.h>

#include <type_traits>

#include "sim/oracles/oracles.h"
#include "sim/script/actions.h"
#include "sim/script/behaviour.h"
#include "sim/script/expectations.h"
#include "sim/script/limits.h"
#include "sim/world/hook.h"

namespace syncline::sim {
namespace {

// How long the fleet may take to be there before the script begins.
constexpr int64_t kBeginMs = 120'000;

class ScriptRun {
 public:
  ScriptRun(const Scenario& scenario, uint64_t seed, const ScriptWatchers& watchers)
      : scenario_(scenario),
        watchers_(watchers),
        stage_(scenario, seed),
        meter_(&stage_),
        behaviour_(&scenario, &stage_, &meter_) {
    report_.seed = seed;
  }

  ScriptReport run() {
    set_judges();
    set_watchers();
    also_call(&stage_.fleet.authority.on_committed, [this] { tell_entries(); });
    for (auto& node : stage_.fleet.nodes)
      also_call(&node->on_told,
                [this, node = node.get()](const ReplicaOutput&) { meter_.on_told(*node); });
    if (Status begun = begin(); !begun) {
      report_.broken = ScriptFailure{"", "", {begun.error().message}};
    } else {
      for (const Step& step : scenario_.script)
        if (!take(step)) break;
    }
    finish();
    for (ScriptWatcher* watcher : watchers_) watcher->on_end(report_);
    return report_;
  }

 private:
  // A small fleet is judged as the swarm's are; of a large one only the log is.
  void set_judges() {
    Fleet& fleet = stage_.fleet;
    if (fleet.nodes.size() <= script::kJudgedNodesMax) {
      oracles_.emplace(&fleet);
      oracles_->watch_all();
    } else {
      fleet.authority.on_committed = [this, &fleet] {
        if (auto complaint = fleet.history.follow(fleet.authority.log()))
          if (!report_.complaint) report_.complaint = "ledger: " + *complaint;
      };
    }
  }

  void tell_entries() {
    const History& history = stage_.fleet.history;
    while (told_ < history.head()) {
      ++told_.value;
      for (ScriptWatcher* watcher : watchers_) watcher->on_entry(history.entry(told_));
    }
    meter_.on_committed();
    if (oracles_ && !report_.complaint) report_.complaint = oracles_->complaint();
  }

  void set_watchers() {
    if (watchers_.empty()) return;
    for (ScriptWatcher* watcher : watchers_) watcher->on_fleet(scenario_, &stage_);
    meter_.on_lag = [this](const NodeProcess& reader, int64_t ms) {
      for (ScriptWatcher* watcher : watchers_) watcher->on_lag(reader, ms);
    };
  }

  Status begin() {
    SYNCLINE_TRY(stage_.fleet.begin());
    SYNCLINE_TRY(act(&stage_, step::Settle{kBeginMs}));
    for (const std::string& name : scenario_.held) {
      SYNCLINE_ASSIGN(NodeProcess * node, stage_.node(name));
      node->hold(true);
    }
    stage_.started_ms = stage_.fleet.clock.now_ms();
    SYNCLINE_TRY(act(&stage_, step::CountTraffic{}));
    meter_.begin();
    for (ScriptWatcher* watcher : watchers_) watcher->on_begin();
    return behaviour_.begin();
  }

  // False: the script ends here.
  bool take(const Step& step) {
    if (step.at_ms) {
      const int64_t in_ms = *step.at_ms - stage_.now_ms();
      if (in_ms < 0) {
        report_.broken =
            failure(step, {fmt::format("its time has passed: it is {} ms later", -in_ms)});
        return false;
      }
      stage_.fleet.run_for(in_ms);
    }
    const int64_t began_ms = stage_.now_ms();
    const uint64_t failed = report_.failed;
    const bool goes_on =
        std::visit([&](const auto& action) { return take(step, action); }, step.action);
    if (goes_on) ++report_.steps;
    for (ScriptWatcher* watcher : watchers_)
      watcher->on_step(step, began_ms, goes_on && report_.failed == failed);
    return goes_on && !report_.complaint;
  }

  template <class A>
  bool take(const Step& step, const A& action) {
    if constexpr (std::is_same_v<A, step::Stop>) {
      behaviour_.stop(action);
      return true;
    } else if constexpr (std::is_same_v<A, step::ExpectMeasures>) {
      return take_lines(step, look(meter_.measures(), action));
    } else if constexpr (requires { look(&stage_, action); }) {
      return take_lines(step, look(&stage_, action));
    } else {
      Status done = act(&stage_, action);
      if constexpr (std::is_same_v<A, step::Commit>)
        if (stage_.last_commit) meter_.on_written(*stage_.last_commit);
      if (done && !behaviour_.failure()) done = behaviour_.failure();
      if (done) return true;
      auto& place = std::is_same_v<A, step::Settle> ? report_.unrest : report_.broken;
      place = failure(step, {done.error().message});
      return false;
    }
  }

  bool take_lines(const Step& step, Lines lines) {
    ++report_.expectations;
    if (!lines) {
      report_.broken = failure(step, {lines.error().message});
      return false;
    }
    if (lines->empty()) return true;
    ++report_.failed;
    if (report_.failures.size() < script::kFailuresTold)
      report_.failures.push_back(failure(step, std::move(*lines)));
    return true;
  }

  static ScriptFailure failure(const Step& step, std::vector<std::string> lines) {
    return {step.pointer, step.why, std::move(lines)};
  }

  void finish() {
    Fleet& fleet = stage_.fleet;
    if (oracles_ && !report_.complaint && fleet.unrest().empty()) oracles_->check_end();
    if (oracles_ && !report_.complaint) report_.complaint = oracles_->complaint();
    const auto ended = [this](const Status& failure, NodeId id) {
      return !report_.complaint && !failure && !stage_.may_end.contains(id);
    };
    if (ended(fleet.authority.failure, fleet.authority.id()))
      report_.complaint = "the authority ended: " + fleet.authority.failure.error().message;
    for (auto& node : fleet.nodes)
      if (ended(node->failure, node->id()))
        report_.complaint = fmt::format("node {} ended: {}", fleet.plan_of(*node).name,
                                        node->failure.error().message);
    report_.virtual_ms = stage_.now_ms();
    report_.measures = meter_.measures();
    Bytes trace;
    if (Result<LogHead> head = fleet.authority.log().head()) trace = head->hash.view();
    for (auto& node : fleet.nodes)
      if (Result<Hash> hash = state_hash(node->disk(), fleet.schema(), {})) trace += hash->view();
    report_.trace = hash("trace", trace);
  }

  const Scenario& scenario_;
  const ScriptWatchers& watchers_;
  Stage stage_;
  std::optional<Oracles> oracles_;
  LogSeq told_;  // to the watchers
  Meter meter_;
  Behaviour behaviour_;
  ScriptReport report_;
};

std::string to_text(const ScriptFailure& failure, std::string_view what) {
  std::string text =
      fmt::format("{}{}{}{}\n", what, failure.pointer.empty() ? "" : " " + failure.pointer,
                  failure.why.empty() ? "" : ": ", failure.why);
  for (const std::string& line : failure.lines) text += "  " + line + "\n";
  return text;
}

}  // namespace

ScriptReport run_scenario(const Scenario& scenario, uint64_t seed, const ScriptWatchers& watchers) {
  return ScriptRun(scenario, seed, watchers).run();
}

ScriptReport run_scenario_twice(const Scenario& scenario, uint64_t seed,
                                const ScriptWatchers& watchers) {
  ScriptReport report = run_scenario(scenario, seed, watchers);
  report.differed = run_scenario(scenario, seed).trace != report.trace;
  return report;
}

int64_t planned_ms(const Scenario& scenario) {
  int64_t ms = 0;
  for (const Step& step : scenario.script) {
    if (step.at_ms) ms = std::max(ms, *step.at_ms);
    if (const auto* run = std::get_if<step::Run>(&step.action)) ms += run->ms;
    if (std::holds_alternative<step::Trim>(step.action)) ms += kTrimMs;
  }
  return ms;
}

std::string to_text(const ScriptReport& r) {
  std::string text =
      fmt::format("seed {:>6}  {}  {} steps, {} expectations in {:.1f} virtual seconds\n", r.seed,
                  r.held()     ? "held"
                  : r.unrest   ? "NOT QUIET"
                  : r.differed ? "DIFFERS"
                               : "FAILED",
                  r.steps, r.expectations, static_cast<double>(r.virtual_ms) / 1000);
  std::string measures;
  for (const Measure& measure : measure_table())
    measures += fmt::format("{}{} {}", measures.empty() ? "  " : ", ", measure.name,
                            r.measures.*measure.value);
  text += measures + "\n";
  for (const ScriptFailure& failure : r.failures) text += to_text(failure, "not as expected");
  if (r.failed > r.failures.size())
    text +=
        fmt::format("and {} more expectations that are not met\n", r.failed - r.failures.size());
  if (r.broken) text += to_text(*r.broken, "cannot be done");
  if (r.unrest) text += to_text(*r.unrest, "does not settle");
  if (r.complaint) text += *r.complaint + "\n";
  return text;
}

int exit_of(const ScriptReport& report) {
  if (report.failed > 0 || report.broken || report.complaint) return 1;
  if (report.unrest) return 6;
  return report.differed ? 7 : 0;
}

}  // namespace syncline::sim
