// verify_log: reads a whole commit log and says whether its chain holds. For `log verify` and
// `doctor`; any thread.
#pragma once

#include <functional>

#include "storage/commit_log.h"

namespace syncline {

struct LogSummary {
  LogIndex first;  // the first record kept; head + 1 if none
  LogHead head;
  uint64_t records = 0;  // kept
  uint64_t bytes = 0;    // of their bytes
  uint64_t epochs = 0;   // how many different ones hold the records
};

// Every record kept, from first() to the head as it was at the call: indexes without a gap, hashes
// over bytes and predecessor, epochs that never fall. `progress` (may be empty) is told the last
// index checked, after each chunk. Errors: kStoreDamaged naming the first bad record; kIo.
Result<LogSummary> verify_log(const CommitLog& log,
                              const std::function<void(LogIndex checked, LogIndex head)>& progress);

}  // namespace syncline
