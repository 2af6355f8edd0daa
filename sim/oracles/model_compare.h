// An object as an entry's effects give it, against what the model says of it.
#pragma once

#include <optional>
#include <string>

#include "sim/model/model.h"

namespace syncline::sim {

// What is wrong, as the rest of a sentence that begins with the object; nothing if all fits. Notes
// in the place how its lists stand. `seq`: the entry that the model was given last.
//
// Not compared, because the rules leave it open: where an element stands whose left neighbour is
// gone; how wide an integer is; counters of more adds than are kept.
std::optional<std::string> compare(const Scope& actual, LogSeq seq, Place* place);

}  // namespace syncline::sim
