// What every CommitLog does alike: hashing a run into records, and checking records read against
// the chain. Pure functions; any thread.
#pragma once

#include <vector>

#include "storage/commit_log.h"

namespace syncline {

// The run as records, hashed on from append.previous. CHECKs the sizes that LogAppend requires.
std::vector<LogRecord> records_of(const LogAppend& append);

// Does the record follow `previous` (its index, epoch and hash)? kStoreDamaged, naming the index
// and what is wrong.
Status check_follows(const LogHead& previous, const LogRecord& record);

inline LogHead head_of(const LogRecord& record) {
  return {record.index, record.epoch, record.hash};
}

}  // namespace syncline
