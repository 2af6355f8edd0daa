// What every CommitLog does alike: checking records read against the chain. Pure functions; any
// thread.
#pragma once

#include "storage/commit_log.h"

namespace syncline {

// Does the record follow `previous` (its index, epoch and hash)? kStoreDamaged, naming the index
// and what is wrong.
Status check_follows(const LogHead& previous, const LogRecord& record);

inline LogHead head_of(const LogRecord& record) {
  return {record.index, record.epoch, record.hash};
}

}  // namespace syncline
