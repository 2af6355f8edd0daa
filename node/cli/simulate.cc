// `syncline sim run`: a scenario file, or the simulator's built-in fleet, from seeds.
#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "node/cli/commands.h"
#include "node/cli/progress_line.h"
#include "node/cli/scenario_progress.h"
#include "sim/report/json.h"
#include "sim/report/recorder.h"
#include "sim/report/write.h"
#include "sim/script/run.h"
#include "sim/script/shrink.h"
#include "sim/script/story.h"

namespace syncline {
namespace {

// Only one run of a scenario has a report.
Status check_report(const SimulateOptions& options) {
  if (options.report.empty()) return {};
  if (options.file.empty() || options.file.ends_with(".plan"))
    return fail(ErrorCode::kUsage,
                "--report is for scenario files (sim/script/README.md); `--explain` tells what "
                "happens in a seed of the built-in fleet");
  if (options.first != options.last)
    return fail(ErrorCode::kUsage, "--report shows one run: say --seed N instead of --seeds A..B");
  return {};
}

sim::ScriptReport run_one(const sim::Scenario& scenario, uint64_t seed,
                          const SimulateOptions& options, sim::Recorder* recorder) {
  ScenarioProgress progress(options.first == options.last ? "scenario"
                                                          : fmt::format("seed {}", seed));
  sim::ScriptWatchers watchers = {&progress};
  if (recorder != nullptr) watchers.push_back(recorder);
  sim::Story story([](const std::string& line) { terminal().line(line); });
  if (options.explain) watchers.push_back(&story);
  return options.twice ? sim::run_scenario_twice(scenario, seed, watchers)
                       : sim::run_scenario(scenario, seed, watchers);
}

}  // namespace

Result<int> simulate_scenario(const SimulateOptions& options) {
  SYNCLINE_ASSIGN(const sim::Scenario scenario, sim::read_scenario(options.file));
  if (!options.report.empty()) SYNCLINE_TRY(sim::prepare_report(options.report));
  uint64_t held = 0;
  for (uint64_t seed = options.first; seed <= options.last; ++seed, ++held) {
    sim::Recorder recorder;
    const sim::ScriptReport report =
        run_one(scenario, seed, options, options.report.empty() ? nullptr : &recorder);
    std::string text = sim::to_text(report);
    text.pop_back();  // its last line's end
    if (options.json) {
      terminal().line(sim::to_json(report).dump());
    } else if (!report.held() || options.first == options.last) {
      terminal().line(text);
    }
    if (!options.report.empty()) {
      recorder.report().run = report;
      SYNCLINE_TRY(sim::write_report(recorder.report(), options.report));
    }
    if (!report.held()) return sim::exit_of(report);
  }
  if (!options.json && options.first != options.last)
    terminal().line(fmt::format("{} seeds held", held));
  return 0;
}

Result<int> shrink_failure(const SimulateOptions& options) {
  constexpr uint64_t kRunsMax = 1'500;
  if (options.file.empty() || options.file.ends_with(".plan")) return shrink_plan(options);
  SYNCLINE_ASSIGN(sim::Scenario scenario, sim::read_scenario(options.file));
  ProgressLine progress;
  SYNCLINE_ASSIGN(
      const sim::ShrunkScenario shrunk,
      sim::shrink(std::move(scenario), options.first, kRunsMax, [&](uint64_t runs, size_t steps) {
        progress.show(fmt::format("{} runs, {} steps left", runs, steps), runs, kRunsMax);
      }));
  progress.clear();
  std::ifstream file(options.file, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  SYNCLINE_ASSIGN(const std::string small,
                  sim::text_with_steps(text.str(), shrunk.scenario.script));
  SYNCLINE_TRY(tell_shrunk(options, small, sim::to_text(shrunk.report), shrunk.runs));
  return sim::exit_of(shrunk.report);
}

Status read_seeds(const std::string& text, SimulateOptions* options) {
  options->last = options->first;
  if (text.empty()) return {};
  const size_t dots = text.find("..");
  char* end = nullptr;
  options->first = std::strtoull(text.c_str(), &end, 10);
  const bool begins = end == text.c_str() + dots && dots != 0;
  options->last = dots == std::string::npos ? 0 : std::strtoull(text.c_str() + dots + 2, &end, 10);
  if (dots == std::string::npos || !begins || *end != 0 || options->last < options->first)
    return fail(ErrorCode::kUsage, "--seeds takes A..B, such as 1..200");
  return {};
}

Result<int> simulate(const SimulateOptions& options) {
  SYNCLINE_TRY(check_report(options));
  if (options.file.empty()) return simulate_swarm(options);
  return options.file.ends_with(".plan") ? simulate_plan(options) : simulate_scenario(options);
}

}  // namespace syncline
