// What of a script's steps the timeline shows.
#include <type_traits>

#include "sim/report/recorder.h"

namespace syncline::sim {
namespace {

std::string_view word_of(step::Nodes::What what) {
  using What = step::Nodes::What;
  switch (what) {
    case What::hold:
      return "hold";
    case What::release:
      return "release";
    case What::connect:
      return "connect";
    case What::disconnect:
      return "disconnect";
    case What::crash:
      return "crash";
    case What::lose_power:
      return "power loss";
    case What::restart:
      return "start";
    case What::remove:
      return "remove";
  }
  return "step";
}

std::string word_of(const step::Stop& stop) {
  return stop.writes && stop.faults ? "all" : stop.writes ? "writes" : "faults";
}

std::string_view word_of(const step::Disk& disk) {
  switch (disk.is) {
    case step::Disk::Is::well:
      return "disk well";
    case step::Disk::Is::slow:
      return "disk slow";
    case step::Disk::Is::full:
      return "disk full";
    case step::Disk::Is::failing:
      return "disk fails";
  }
  return "disk";
}

// What a step is to the timeline: where, what and of whom. Empty: it says nothing there.
struct Said {
  std::string place;
  std::string_view what;
  std::string text;
};
Said say(const step::Commit& commit) { return {commit.node, "commit", commit.label}; }
Said say(const step::BackUp& step) { return {step.node, "backup", step.node}; }
Said say(const step::Restore& step) {
  return {step.node, step.clone ? "clone" : "restore", step.node};
}
Said say(const step::SetUser& step) { return {"", "user", step.user.id}; }
Said say(const step::Deploy&) { return {kAuthorityName, "deploy", ""}; }
Said say(const step::Subscribe& step) { return {step.node, "subscribe", step.subscription.type}; }
Said say(const step::Unsubscribe& step) { return {step.node, "unsubscribe", step.name}; }
Said say(const step::Trim&) { return {kAuthorityName, "trim", ""}; }
Said say(const step::Disk& step) { return {step.node, word_of(step), step.node}; }
Said say(const step::Stop& step) { return {"", "stop", word_of(step)}; }
Said say(const step::Settle&) { return {"", "settle", ""}; }

template <class T>
concept Sayable = requires(const T& step) { say(step); };
template <class T>
constexpr bool kExpects =
    std::is_same_v<T, step::ExpectObjects> || std::is_same_v<T, step::ExpectObject> ||
    std::is_same_v<T, step::ExpectCounts> || std::is_same_v<T, step::ExpectCommit> ||
    std::is_same_v<T, step::ExpectStatus> || std::is_same_v<T, step::ExpectTraffic> ||
    std::is_same_v<T, step::ExpectMeasures>;

}  // namespace

void Recorder::mark(int64_t at_ms, size_t lane, std::string what, std::string text, bool bad) {
  // What failed is shown, however much there is beside it.
  if (report_.marks.size() >= (bad ? 2 * kMarksMax : kMarksMax)) {
    ++report_.marks_left_out;
    return;
  }
  report_.marks.push_back({at_ms, lane, std::move(what), std::move(text), bad});
}

void Recorder::mark_step(const Step& step, int64_t began_ms, bool held) {
  const auto note = [&](std::string text) {
    if (text.empty() || step.why.empty()) return text + step.why;
    return text + ": " + step.why;
  };
  std::visit(
      [&]<class T>(const T& action) {
        if constexpr (Sayable<T>) {
          const Said said = say(action);
          mark(began_ms, lane_of(said.place), std::string(said.what), note(said.text), !held);
        } else if constexpr (kExpects<T>) {
          mark(began_ms, script_lane(), "expect", note(step.pointer), !held);
        } else if constexpr (std::is_same_v<T, step::Nodes>) {
          for (const std::string& name : action.names) {
            // Nodes tell of their own ends and starts.
            const size_t lane = lane_of(name);
            const bool told = action.what == step::Nodes::What::crash ||
                              action.what == step::Nodes::What::lose_power ||
                              action.what == step::Nodes::What::restart;
            if (held && told && lane != authority_lane()) continue;
            mark(began_ms, lane, std::string(word_of(action.what)), note(name), !held);
          }
        } else if (!held) {
          mark(began_ms, script_lane(), "step", note(step.pointer), true);
        }
      },
      step.action);
}

void Recorder::on_step(const Step& step, int64_t began_ms, bool held) {
  if (!buckets_) return;
  count_authority_time();
  if (const auto* nodes = std::get_if<step::Nodes>(&step.action)) {
    for (const std::string& name : nodes->names) {
      NodeProcess* process = stage_->fleet.find(name);
      if (process != nullptr)
        set_trouble(&nodes_.at(process->id()), Trouble::held, process->held());
    }
  }
  mark_step(step, began_ms, held);
}

}  // namespace syncline::sim
