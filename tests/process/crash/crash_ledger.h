// The ledger's question to a fleet whose process died: is there all that was promised, and nothing
// twice? The child's lines (crash_child.h) are what was promised.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "syncline/ids.h"
#include "syncline/words.h"

namespace syncline::testing {

struct Promises {
  struct Write {
    ChangesetName name;
    bool durable = false;
    std::string state;  // once decided
    uint64_t seq = 0;
  };
  std::map<int, Write> writes;
  std::string error;                   // that ended it; empty: none
  std::optional<uint64_t> operations;  // it came to its end
  bool asserted = false;               // RocksDB ended it by an assertion of its own
  std::string wrong;                   // what it must not say
};

Promises parse_promises(const std::string& lines);

// Opens the fleet on its real files, lets it come to rest, and looks. Empty: all is well.
// power: only what was durable had to survive; else all that was written.
std::string judge(const std::string& fleet, const Promises& promises, bool power);

}  // namespace syncline::testing
