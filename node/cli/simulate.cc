// `syncline sim run FILE`: a scenario, or a plan of faults. Without a file: simulate_swarm.cc.
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "node/cli/commands.h"
#include "sim/faults/plan.h"
#include "sim/script/run.h"

namespace syncline {
namespace {

void show_progress(uint64_t seed, uint64_t held) {
  if (isatty(2)) std::cerr << fmt::format("\r\033[Kseed {}, {} held", seed, held);
}

void end_progress() {
  if (isatty(2)) std::cerr << "\r\033[K";
}

nlohmann::json to_json(const sim::ScriptFailure& failure) {
  return {{"step", failure.pointer}, {"why", failure.why}, {"lines", failure.lines}};
}

nlohmann::json to_json(const sim::ScriptReport& report) {
  nlohmann::json failures = nlohmann::json::array();
  for (const sim::ScriptFailure& failure : report.failures) failures.push_back(to_json(failure));
  const auto optional = [](const std::optional<sim::ScriptFailure>& failure) {
    return failure ? to_json(*failure) : nlohmann::json();
  };
  return {{"seed", report.seed},
          {"held", report.held()},
          {"steps", report.steps},
          {"expectations", report.expectations},
          {"failed", report.failed},
          {"failures", std::move(failures)},
          {"broken", optional(report.broken)},
          {"unrest", optional(report.unrest)},
          {"complaint", report.complaint.value_or("")},
          {"entries", report.entries},
          {"messages", report.messages},
          {"bytes", report.bytes},
          {"virtual_ms", report.virtual_ms},
          {"trace", to_hex(report.trace.view())}};
}

Result<int> simulate_scenario(const SimulateOptions& options) {
  SYNCLINE_ASSIGN(const sim::Scenario scenario, sim::read_scenario(options.file));
  uint64_t held = 0;
  for (uint64_t seed = options.first; seed <= options.last; ++seed, ++held) {
    show_progress(seed, held);
    const sim::ScriptReport report =
        options.twice ? sim::run_scenario_twice(scenario, seed) : sim::run_scenario(scenario, seed);
    end_progress();
    std::string text = sim::to_text(report);
    text.pop_back();  // its last line's end
    if (options.json) {
      terminal().line(to_json(report).dump());
    } else if (!report.held() || options.first == options.last) {
      terminal().line(text);
    }
    if (!report.held()) return sim::exit_of(report);
  }
  if (!options.json && options.first != options.last)
    terminal().line(fmt::format("{} seeds held", held));
  return 0;
}

// Plans are told from scenarios by their first line.
bool names_plan(const std::string& path) {
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return sim::is_plan(text);
}

}  // namespace

Result<int> simulate(const SimulateOptions& options) {
  if (options.file.empty()) return simulate_swarm(options);
  return names_plan(options.file) ? simulate_plan(options) : simulate_scenario(options);
}

}  // namespace syncline
