// report.json: all figures of a Report. Keys are only ever added to; sim/report/README.md tells
// them.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/report/report.h"

namespace syncline::sim {

// What `sim run -o json` prints.
nlohmann::json to_json(const ScriptReport& run);
// The same, and what happened when, where and between whom.
nlohmann::json to_json(const Report& report);

}  // namespace syncline::sim
