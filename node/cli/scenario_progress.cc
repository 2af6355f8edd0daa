#include "node/cli/scenario_progress.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/report/text.h"
#include "sim/script/run.h"

namespace syncline {
namespace {

constexpr std::chrono::seconds kLineEvery{10};
// So often it looks, in virtual time: so many times in a run, and in the busy first seconds, when
// everybody connects.
constexpr int64_t kLooks = 2'000;
constexpr int64_t kLookUsMin = 10'000;

}  // namespace

ScenarioProgress::ScenarioProgress(std::string name) : name_(std::move(name)), line_(kLineEvery) {}

void ScenarioProgress::on_fleet(const sim::Scenario& scenario, sim::Stage* stage) {
  stage_ = stage;
  begun_ = false;
  planned_ms_ = sim::planned_ms(scenario);
  every_us_ = std::max(planned_ms_ * 1000 / kLooks, kLookUsMin);
  stage->fleet.clock.watch([this] { return look(); });
}

void ScenarioProgress::on_end(const sim::ScriptReport&) { line_.clear(); }

int64_t ScenarioProgress::look() {
  const int64_t now_us = stage_->fleet.clock.now_us();
  if (!begun_) {
    line_.show(name_ + ": the fleet connects", 0);
    return now_us + kLookUsMin;
  }
  const int64_t done_ms = stage_->now_ms();
  const double part = planned_ms_ == 0 ? 0 : double(done_ms) / double(planned_ms_);
  line_.show_bar(fmt::format("{}: {} of {}", name_, sim::duration_text(done_ms * 1000),
                             sim::duration_text(planned_ms_ * 1000)),
                 std::min(part, 1.0));
  return now_us + every_us_;
}

}  // namespace syncline
