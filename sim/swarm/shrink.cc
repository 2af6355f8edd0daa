#include "sim/swarm/shrink.h"

#include <algorithm>

namespace syncline::sim {
namespace {

class Shrinker {
 public:
  Shrinker(SeedPlan plan, const ShrinkOptions& options) : options_(options) {
    best_.plan = std::move(plan);
  }

  Result<Shrunk> run() {
    best_.report = run_of(best_.plan);
    wanted_ = failure_of(best_.report);
    if (wanted_.empty())
      return fail(ErrorCode::kUsage, "the plan holds: there is nothing to shrink");
    if (wanted_ == "differs") return best_;  // each try would have to run many times
    name_all_turns();
    for (bool smaller = true; smaller && best_.runs < options_.runs_max;) {
      smaller = false;
      smaller |= drop_idle_faults();
      smaller |= shorten();
      smaller |= thin_out([](SeedPlan& plan) -> std::vector<Fault>& { return plan.faults; });
      smaller |= thin_out([](SeedPlan& plan) -> std::vector<Turns>& { return plan.turns; }, 1);
      smaller |= simplify();
      smaller |= soften_faults();
    }
    return best_;
  }

 private:
  RunReport run_of(const SeedPlan& plan) {
    ++best_.runs;
    RunReport report = run_plan(plan, options_.run);
    if (options_.progress) options_.progress(best_.runs, best_.plan);
    return report;
  }
  bool try_plan(const SeedPlan& plan) {
    if (plan == best_.plan || best_.runs >= options_.runs_max) return false;
    RunReport report = run_of(plan);
    if (failure_of(report) != wanted_) return false;
    best_.plan = plan;
    best_.report = std::move(report);
    return true;
  }

  // So that they can be left out one by one.
  void name_all_turns() {
    if (!best_.plan.turns.empty()) return;
    // Turn 0 never comes: with it named, naming no other means none.
    for (uint64_t turn = 0; turn <= best_.report.turns; ++turn)
      best_.plan.turns.push_back({turn, turn});
  }

  bool drop_idle_faults() {
    SeedPlan plan = best_.plan;
    plan.faults.clear();
    for (size_t i = 0; i < best_.plan.faults.size(); ++i)
      if (i < best_.report.effective.size() && best_.report.effective[i])
        plan.faults.push_back(best_.plan.faults[i]);
    return try_plan(plan);
  }

  bool shorten() {
    bool smaller = false;
    for (int64_t ms = best_.plan.writing_ms / 2; ms > 100; ms /= 2) {
      SeedPlan plan = best_.plan;
      plan.writing_ms -= ms;
      if (plan.writing_ms <= 0) continue;
      std::erase_if(plan.faults, [&](const Fault& fault) {
        return fault.at_us > plan.writing_ms * 1000 && fault.kind != FaultKind::long_offline;
      });
      smaller |= try_plan(plan);
    }
    return smaller;
  }

  // Leaves out halves, quarters, ... and single ones.
  template <class Items>
  bool thin_out(Items items, size_t from = 0) {
    bool smaller = false;
    for (size_t chunk = std::max<size_t>(items(best_.plan).size() / 2, 1); chunk > 0; chunk /= 2) {
      for (size_t at = from; at < items(best_.plan).size();) {
        SeedPlan plan = best_.plan;
        auto& list = items(plan);
        const size_t end = std::min(at + chunk, list.size());
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(at),
                   list.begin() + static_cast<std::ptrdiff_t>(end));
        if (try_plan(plan)) {
          smaller = true;
        } else {
          at = end;
        }
      }
    }
    return smaller;
  }

  bool simplify() {
    bool smaller = false;
    SeedPlan plan = best_.plan;
    plan.changing = false;
    smaller |= try_plan(plan);
    plan = best_.plan;
    plan.querying = false;
    smaller |= try_plan(plan);
    plan = best_.plan;
    plan.filtering = false;
    smaller |= try_plan(plan);
    plan = best_.plan;
    plan.versioning = false;
    smaller |= try_plan(plan);
    while (best_.plan.nodes > 1) {
      plan = best_.plan;
      --plan.nodes;
      if (!try_plan(plan)) break;
      smaller = true;
    }
    return smaller;
  }

  bool soften_faults() {
    bool smaller = false;
    for (size_t i = 0; i < best_.plan.faults.size(); ++i) {
      for (int64_t Fault::* number : {&Fault::for_ms, &Fault::amount}) {
        while (best_.plan.faults[i].*number > 1) {
          SeedPlan plan = best_.plan;
          plan.faults[i].*number /= 2;
          if (!try_plan(plan)) break;
          smaller = true;
        }
      }
    }
    return smaller;
  }

  const ShrinkOptions& options_;
  std::string wanted_;
  Shrunk best_;
};

}  // namespace

std::string failure_of(const RunReport& report) {
  if (report.unrest) return "not quiet";
  if (report.differed) return "differs";
  if (!report.complaint) return {};
  // "at 1234 ms: ledger: ..."; a complaint that names no oracle is known by its first words.
  std::string_view text = *report.complaint;
  if (text.starts_with("at ")) text.remove_prefix(std::min(text.find(": ") + 2, text.size()));
  if (text.starts_with("node ")) return "a node's end";
  return std::string(text.substr(0, text.find(':')));
}

Result<Shrunk> shrink(SeedPlan plan, const ShrinkOptions& options) {
  return Shrinker(std::move(plan), options).run();
}

}  // namespace syncline::sim
