// `rules`: what rules say, and whether they say what was meant. Each answers its exit code or an
// error.
#pragma once

#include <string>

#include "node/cli/handler.h"

namespace syncline {

struct RulesTestOptions {
  std::string path;   // a case, or a directory of cases
  std::string app;    // for what a case does not bring itself; empty: nothing
  std::string allow;  // a file of names of deliberate differences; empty: none
  bool json = false;
};
// Exit 0: all hold or differ as allowed. 1: a difference. kBadData: a file is no case, or cannot be
// run; the others are run all the same.
Result<int> test_rules(const RulesTestOptions& options, const Output& output);

}  // namespace syncline
