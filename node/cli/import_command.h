// `syncline import`: documents from a file, one a line. What is wrong with a line is told with its
// place and remedy, and the rest goes in; memory does not grow with the file or its lines.
#pragma once

#include <string>

#include "node/cli/handler.h"

namespace syncline {

struct ImportOptions {
  std::string store;
  std::string type;
  std::string file;
  bool strict = false;  // nothing after the first line that is wrong
  std::string rejects;  // where lines that are wrong go as they came; why, to rejects.reasons
  bool json = false;
};
// The exit code: 1 if lines were left out. kBadData: a strict import stopped at a line that is
// wrong; kRefused: at one that the authority refused.
Result<int> import_file(const ImportOptions& options);

}  // namespace syncline
