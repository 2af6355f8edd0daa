// What a step does, in a few words: for timelines and stories.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/script/scenario.h"
#include "sim/world/node_process.h"

namespace syncline::sim {

struct StepWords {
  std::string place;      // a node, or the authority; empty: the script's own
  std::string_view what;  // "commit", "disconnect"
  std::string text;       // of what or whom; may be empty
  bool minor = false;     // it only moves an exact history on
};

// One for each node that the step names.
std::vector<StepWords> words_of(const Step& step);

std::string_view word_of(Ending how);

}  // namespace syncline::sim
