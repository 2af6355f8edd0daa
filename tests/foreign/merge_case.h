// A foreign merge case as a scenario; README.md tells how it is read.
#pragma once

#include <string>
#include <vector>

#include "syncline/result.h"
#include "syncline/value.h"

namespace syncline::foreign {

struct Translated {
  std::string id;
  // Why it cannot be translated, a line each; none: it was.
  std::vector<std::string> untranslatable;
  // A commit's clock lies before what its peer had seen: here its stamp lies above that, there it
  // did not (docs/conflict-resolution.md, clocks). Such a case may end otherwise.
  bool clock_runs_back = false;
  Document scenario;
};

// kBadData: the text is no case.
Result<Translated> translate_case(std::string_view text);

}  // namespace syncline::foreign
