// What a suite over every CommitLog needs: a log that can be killed, lose power, be broken into,
// and be opened again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/commit_log.h"
#include "tests/storage/store_conformance.h"

namespace syncline::testing {

class LogHarness {
 public:
  virtual ~LogHarness() = default;
  virtual CommitLog& log() = 0;
  virtual void kill() = 0;        // and open again
  virtual void lose_power() = 0;  // what was not made durable is gone; and open again
  // Flips a bit of the record's bytes where they are kept.
  virtual void flip(LogIndex index) = 0;
  // The next append happens, and is answered unknown. False: this log cannot be told.
  virtual bool answer_unknown_but_keep() { return false; }
  // The next append finds a full disk. False: this log has no disk.
  virtual bool set_full(bool full) { return false; }
};

struct LogMaker {
  std::string name;
  std::unique_ptr<LogHarness> (*make)();
};
std::vector<LogMaker> log_makers();

}  // namespace syncline::testing
