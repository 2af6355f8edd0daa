// Writes a Report's files.
#pragma once

#include "sim/report/report.h"
#include "syncline/result.h"

namespace syncline::sim {

// Makes the directory if it is missing, and says whether files can be written there: before a long
// run. kIo.
Status prepare_report(const std::string& directory);
// report.html and report.json; what was there before is replaced. kIo.
Status write_report(const Report& report, const std::string& directory);

}  // namespace syncline::sim
