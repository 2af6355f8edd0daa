// What a script expects, against what is there.
#pragma once

#include "sim/script/measures.h"
#include "sim/script/stage.h"

namespace syncline::sim {

// The differences, a line each; none: it is as expected. An error: the expectation makes no sense
// (no such node, type or commit).
using Lines = Result<std::vector<std::string>>;
Lines look(Stage* stage, const step::ExpectObjects& expect);
Lines look(Stage* stage, const step::ExpectObject& expect);
Lines look(Stage* stage, const step::ExpectCounts& expect);
Lines look(Stage* stage, const step::ExpectCommit& expect);
Lines look(Stage* stage, const step::ExpectStatus& expect);
Lines look(Stage* stage, const step::ExpectTraffic& expect);
Lines look(const Measures& measures, const step::ExpectMeasures& expect);

}  // namespace syncline::sim
