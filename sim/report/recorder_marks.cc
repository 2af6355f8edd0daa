// What of a script's steps the timeline shows.
#include "sim/report/recorder.h"
#include "sim/script/step_words.h"

namespace syncline::sim {
void Recorder::mark(int64_t at_ms, size_t lane, std::string what, std::string text, bool bad) {
  // What failed is shown, however much there is beside it.
  if (report_.marks.size() >= (bad ? 2 * kMarksMax : kMarksMax)) {
    ++report_.marks_left_out;
    return;
  }
  report_.marks.push_back({at_ms, lane, std::move(what), std::move(text), bad});
}

void Recorder::mark_step(const Step& step, int64_t began_ms, bool held) {
  const auto* nodes = std::get_if<step::Nodes>(&step.action);
  // Nodes tell of their own ends and starts.
  const bool told =
      held && nodes != nullptr &&
      (nodes->what == step::Nodes::What::crash || nodes->what == step::Nodes::What::lose_power ||
       nodes->what == step::Nodes::What::restart);
  for (const StepWords& words : words_of(step)) {
    const size_t lane = lane_of(words.place);
    if ((held && words.minor) || (told && lane != authority_lane())) continue;
    const char* between = words.text.empty() || step.why.empty() ? "" : ": ";
    mark(began_ms, lane, std::string(words.what), words.text + between + step.why, !held);
  }
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
