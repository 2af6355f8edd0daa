#include "sim/script/story.h"

#include <fmt/format.h>

#include "sim/script/stage.h"
#include "sim/script/step_words.h"
#include "sim/world/hook.h"
#include "sim/world/tell.h"

namespace syncline::sim {
namespace {

std::string_view word_of(Stage::Cut why) {
  switch (why) {
    case Stage::Cut::step:
      return "a step";
    case Stage::Cut::outage:
      return "an outage";
    case Stage::Cut::flapping:
      return "flapping";
    case Stage::Cut::duty_cycle:
      return "its duty cycle";
  }
  return "";
}

}  // namespace

void Story::tell(const std::string& what) {
  if (begun_) tell_(fmt::format("{:>11.3f} s  {}", double(stage_->now_ms()) / 1000, what));
}

void Story::on_fleet(const Scenario&, Stage* stage) {
  stage_ = stage;
  Fleet& fleet = stage->fleet;
  also_call(&fleet.authority.on_event,
            [this](const AuthorityEvent& event) { tell(line_of(event)); });
  also_call(&stage->on_cut, [this, &fleet](const NodeProcess& node, Stage::Cut why, bool cut) {
    tell(fmt::format("{}: {} {} its link", fleet.plan_of(node).name, word_of(why),
                     cut ? "takes" : "gives back"));
  });
  for (auto& node : fleet.nodes) {
    const std::string name = fleet.plan_of(*node).name;
    also_call(&node->on_told, [this, name](const ReplicaOutput& out) {
      for (const std::string& line : lines_of(name, out)) tell(line);
    });
    also_call(&node->on_written, [this, name](const ChangesetName& written, Durability) {
      tell(fmt::format("{} writes {}", name, to_string(written)));
    });
    also_call(&node->on_down, [this, name](Ending how) {
      tell(fmt::format("{} is down: {}", name, sim::word_of(how)));
    });
    also_call(&node->on_up, [this, name] { tell(name + " starts"); });
  }
}

void Story::on_begin() {
  begun_ = true;
  tell("everybody is up to date; the script begins");
}

void Story::on_step(const Step& step, int64_t, bool held) {
  for (const StepWords& words : words_of(step))
    tell(fmt::format("{}step {}: {}{}{}{}{}", held ? "" : "NOT AS EXPECTED, ", step.pointer,
                     words.what, words.text.empty() ? "" : " ", words.text,
                     step.why.empty() ? "" : ": ", step.why));
}

void Story::on_entry(const Entry& entry) {
  tell(fmt::format("entry {}: {}", entry.seq.value, to_string(entry.name)));
}

}  // namespace syncline::sim
