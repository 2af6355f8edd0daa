#include "sim/script/shrink.h"

#include <algorithm>
#include <set>

#include "proto/extended_json.h"

namespace syncline::sim {
namespace {

class Shrinker {
 public:
  Shrinker(uint64_t seed, uint64_t runs_max, std::function<void(uint64_t, size_t)> progress)
      : seed_(seed), runs_max_(runs_max), progress_(std::move(progress)) {}

  Result<ShrunkScenario> run(Scenario scenario) {
    best_.scenario = std::move(scenario);
    best_.report = run_of(best_.scenario);
    wanted_ = failure_of(best_.report);
    if (wanted_.empty())
      return fail(ErrorCode::kUsage, "the scenario holds: there is nothing to shrink");
    while (thin_out());
    return best_;
  }

 private:
  ScriptReport run_of(const Scenario& scenario) {
    ++best_.runs;
    if (progress_) progress_(best_.runs, best_.scenario.script.size());
    return run_scenario(scenario, seed_);
  }

  // Leaves out halves, quarters, ... and single steps.
  bool thin_out() {
    bool smaller = false;
    for (size_t chunk = std::max<size_t>(best_.scenario.script.size() / 2, 1); chunk > 0;
         chunk /= 2) {
      for (size_t at = 0; at < best_.scenario.script.size() && best_.runs < runs_max_;) {
        Scenario fewer = best_.scenario;
        const size_t end = std::min(at + chunk, fewer.script.size());
        fewer.script.erase(fewer.script.begin() + static_cast<std::ptrdiff_t>(at),
                           fewer.script.begin() + static_cast<std::ptrdiff_t>(end));
        ScriptReport report = run_of(fewer);
        if (failure_of(report) != wanted_) {
          at = end;
          continue;
        }
        best_.scenario = std::move(fewer);
        best_.report = std::move(report);
        smaller = true;
      }
    }
    return smaller && best_.runs < runs_max_;
  }

  const uint64_t seed_;
  const uint64_t runs_max_;
  const std::function<void(uint64_t, size_t)> progress_;
  std::string wanted_;
  ShrunkScenario best_;
};

}  // namespace

std::string failure_of(const ScriptReport& report) {
  if (report.complaint) {
    std::string_view text = *report.complaint;
    if (text.starts_with("at ")) text.remove_prefix(std::min(text.find(": ") + 2, text.size()));
    return std::string(text.substr(0, text.find(':')));
  }
  if (report.broken) return "cannot be done: " + report.broken->pointer;
  if (report.unrest) return "does not settle: " + report.unrest->pointer;
  if (!report.failures.empty()) return "not as expected: " + report.failures.front().pointer;
  return {};
}

Result<ShrunkScenario> shrink(Scenario scenario, uint64_t seed, uint64_t runs_max,
                              const std::function<void(uint64_t, size_t)>& progress) {
  return Shrinker(seed, runs_max, progress).run(std::move(scenario));
}

Result<std::string> text_with_steps(std::string_view text, const std::vector<Step>& steps) {
  SYNCLINE_ASSIGN(const Value value, parse_extended_json(text));
  const Document* scenario = value.get_if<Document>();
  if (scenario == nullptr) return fail(ErrorCode::kBadData, "a scenario is an object");
  std::set<std::string> kept;
  for (const Step& step : steps) kept.insert(step.pointer);
  std::string out = "{";
  for (const auto& field : scenario->fields) {
    out += out.size() == 1 ? "" : ",\n ";
    out += print_extended_json(Value(field.name), JsonForm::relaxed) + ": ";
    const List* script = field.name == "script" ? field.value.get_if<List>() : nullptr;
    if (script == nullptr) {
      out += print_extended_json(field.value, JsonForm::relaxed);
      continue;
    }
    std::string lines;
    for (size_t i = 0; i < script->elements.size(); ++i)
      if (kept.contains("/script/" + std::to_string(i)))
        lines += (lines.empty() ? "\n   " : ",\n   ") +
                 print_extended_json(script->elements[i], JsonForm::relaxed);
    out += "[" + lines + "]";
  }
  return out + "}\n";
}

}  // namespace syncline::sim
