// `syncline sim run` without a scenario, and `syncline sim shrink`: the built-in fleet under the
// faults that seeds draw, or under those of a plan.
#include <unistd.h>
#include <csignal>

#include <fstream>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "node/cli/commands.h"
#include "node/cli/progress_line.h"
#include "sim/faults/draw.h"
#include "sim/swarm/shrink.h"
#include "sim/swarm/tally.h"

namespace syncline {
namespace {

nlohmann::json to_json(const sim::RunReport& report) {
  nlohmann::json fired = nlohmann::json::object();
  for (size_t kind = 0; kind < sim::kFaultKinds; ++kind)
    if (report.fired[kind] > 0)
      fired[std::string(sim::name_of(static_cast<sim::FaultKind>(kind)))] = report.fired[kind];
  return {{"seed", report.seed},
          {"held", report.held()},
          {"complaint", report.complaint.value_or(report.unrest.value_or(""))},
          {"entries", report.entries},
          {"refusals", report.refusals},
          {"superseded", report.conflicts},
          {"reconnects", report.reconnects},
          {"kills", report.fired_of(sim::FaultKind::kill) +
                        report.fired_of(sim::FaultKind::kill_at_send) +
                        report.fired_of(sim::FaultKind::kill_at_append)},
          {"power_losses", report.fired_of(sim::FaultKind::power_loss)},
          {"fired", fired},
          {"trace", fmt::format("{:016x}", report.trace)}};
}

// A crash in a seed names the seed, and ends with the code that says so.
uint64_t running_seed = 0;
void on_crash(int) {
  const std::string line = fmt::format(
      "\nseed {} crashed; `syncline sim run --seed {} --explain` tells what led there\n",
      running_seed, running_seed);
  (void)!write(2, line.data(), line.size());
  _exit(sim::kExitCrashed);
}
void name_crashes() {
  for (int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, on_crash);
}

Result<sim::SeedPlan> plan_in(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::kUsage, "cannot read " + path);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return sim::parse_plan(text);
}

sim::RunReport run_one(const SimulateOptions& options, const sim::SeedPlan& plan) {
  running_seed = plan.seed;
  sim::RunOptions run;
  run.engine_every = options.engine_every;
  if (options.explain) {
    terminal().line(sim::to_text(plan));
    run.tell = [](const std::string& line) { terminal().line(line); };
  }
  sim::RunReport report = options.twice ? sim::run_plan_twice(plan, run) : sim::run_plan(plan, run);
  if (options.json) {
    terminal().line(to_json(report).dump());
  } else if (!report.held() || options.explain) {
    terminal().line(sim::to_line(report));
  }
  return report;
}

std::string summary_of(const sim::Tally& tally) {
  std::string text = fmt::format(
      "{} seeds held; {} of them with a conflict, a refusal and a reconnect; {} writes, {} "
      "entries, "
      "{} layers decided ahead of the log",
      tally.held, tally.counted, tally.writes, tally.entries, tally.layers_ahead);
  if (const std::string fired = sim::to_words(tally.fired); !fired.empty())
    text += "\nfired: " + fired;
  text += fmt::format(
      "\nframes: {} held, {} late, {} slowed, {} dropped; {} heartbeats missed, {} outboxes full",
      tally.held_frames, tally.late_frames, tally.slowed_frames, tally.dropped_frames,
      tally.missed_heartbeats, tally.full_outboxes);
  for (const sim::Tally::Failure& failure : tally.failed)
    text += fmt::format("\nseed {} failed: exit code {}", failure.seed, failure.exit);
  return text;
}

}  // namespace

Result<int> simulate_plan(const SimulateOptions& options) {
  SYNCLINE_ASSIGN(const sim::SeedPlan plan, plan_in(options.file));
  name_crashes();
  return static_cast<int>(sim::exit_of(run_one(options, plan)));
}

Result<int> simulate_swarm(const SimulateOptions& options) {
  sim::Tally tally;
  tally.first = tally.next = options.first;
  tally.last = options.last;
  const bool kept = !options.tally.empty();
  if (kept) {
    SYNCLINE_ASSIGN(tally, sim::read_tally(options.tally, options.first, options.last));
  }
  name_crashes();
  ProgressLine progress;
  const uint64_t begun_at = tally.next;
  for (uint64_t run = 0; !tally.done() && run < options.slice; ++run) {
    tally.begin();
    if (kept) SYNCLINE_TRY(sim::write_tally(options.tally, tally));
    tally.add(run_one(options, sim::draw_plan(tally.next)));
    if (kept) SYNCLINE_TRY(sim::write_tally(options.tally, tally));
    progress.show(
        fmt::format("seed {}, {} held, {} failed", tally.next - 1, tally.held, tally.failed.size()),
        tally.next - begun_at, tally.last + 1 - begun_at);
    if (!tally.failed.empty() && !options.keep_going) break;
  }
  progress.clear();
  if (!options.json && (options.first != options.last || tally.failed.empty()))
    terminal().line(summary_of(tally));
  int exit = 0;
  for (const sim::Tally::Failure& failure : tally.failed)
    exit = exit == 0 ? failure.exit : std::min(exit, failure.exit);
  return exit;
}

Status tell_shrunk(const SimulateOptions& options, const std::string& text,
                   const std::string& report, uint64_t runs) {
  if (options.out.empty()) {
    terminal().line(text);
  } else {
    std::ofstream file(options.out, std::ios::trunc);
    file << text;
    if (!file.flush()) return fail(ErrorCode::kIo, "cannot write " + options.out);
  }
  std::cerr << report << "\n"
            << fmt::format("shrunk in {} runs. To replay it: syncline sim run {} --explain\n", runs,
                           options.out.empty() ? "FILE" : options.out);
  return {};
}

Result<int> shrink_plan(const SimulateOptions& options) {
  sim::SeedPlan plan = sim::draw_plan(options.first);
  if (!options.file.empty()) {
    SYNCLINE_ASSIGN(plan, plan_in(options.file));
  }
  name_crashes();
  running_seed = plan.seed;
  ProgressLine progress;
  sim::ShrinkOptions shrinking;
  shrinking.progress = [&](uint64_t runs, const sim::SeedPlan& smallest) {
    progress.show(fmt::format("{} runs, {} faults and {} turns left", runs, smallest.faults.size(),
                              smallest.turns.size()),
                  runs, shrinking.runs_max);
  };
  SYNCLINE_ASSIGN(const sim::Shrunk shrunk, sim::shrink(std::move(plan), shrinking));
  progress.clear();
  SYNCLINE_TRY(
      tell_shrunk(options, sim::to_text(shrunk.plan), sim::to_line(shrunk.report), shrunk.runs));
  return static_cast<int>(sim::exit_of(shrunk.report));
}

}  // namespace syncline
