// Runs a case: every expectation against what the product answers.
//
//   SYNCLINE_ASSIGN(const RulesCase one, read_case(file, text, {}));
//   SYNCLINE_ASSIGN(const std::vector<Difference> differences, run_case(one));
//
// What the format leaves open: `writes` are taken as met if they come out as expected on the
// documents as given, or after the writes before them; `transactions` build on each other; a
// timeline without transactions begins with the documents as given.
//
// Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "node/rules_test/rules_case.h"

namespace syncline::rules_test {

struct Difference {
  std::string at;  // JSON pointer in the case
  std::string expected;
  std::string got;
  std::string name;  // of a deliberate difference (named_differences.h); empty: none
};

// kBadData: the case is about what is not there (a user, a collection), or its app does not load.
Result<std::vector<Difference>> run_case(const RulesCase& from);

}  // namespace syncline::rules_test
