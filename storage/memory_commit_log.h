// MemoryCommitLog: a CommitLog in memory that can be told how to answer, and can crash. For the
// simulator and tests.
//
//   log.script({.outcome = Scripted::Outcome::unknown_kept, .delay_ms = 250});   // for the next
//   append
//
// Deterministic: no clock (a delay is a number for the caller's clock), no randomness. Written
// apart from RocksCommitLog, so that the one suite run over both compares two implementations.
// Threads: as CommitLog; crashes from the appending one.
#pragma once

#include <deque>
#include <mutex>
#include <optional>

#include "storage/commit_log.h"

namespace syncline {

class MemoryCommitLog : public CommitLog {
 public:
  struct Scripted {
    enum class Outcome : uint8_t {
      normal,
      unknown_lost,  // answered unknown; did not happen
      unknown_kept,  // answered unknown; did happen, but a power loss may take it until it is found
                     // to exist
      fenced,        // another has acquired the log just before
    } outcome = Outcome::normal;
    int64_t delay_ms = 0;
  };
  // For the appends to come that have none yet: one each, in order.
  void script(const Scripted& scripted);
  void clear_script();
  // How long the last append took, for the caller's clock.
  int64_t last_delay_ms() const;

  Result<FenceEpoch> acquire() override;
  AppendAnswer append(const LogAppend& append) override;
  Status why_unknown() const override;
  Result<std::vector<LogRecord>> read(LogIndex from, size_t max_bytes) const override;
  Result<LogHead> head() const override;
  Result<LogIndex> first() const override;
  Status trim(LogIndex to) override;

  // Of the records that it holds.
  size_t bytes() const;
  // Runs that were kept but answered unknown, and not made durable since.
  uint64_t unsafe_runs() const;
  // Of these the first so many survive; afterwards the script is empty and head() is well again.
  void lose_power(uint64_t runs_survive);
  // All survive.
  void kill();

  // read, head, first, acquire and trim answer this from now on, and append answers unknown; no
  // error ends it.
  void fail_with(Status error);
  // What a backup holds, with everything appended: making one flushes, so that no power loss takes
  // any of it here either. And as if the log stood on such a copy from now on.
  struct Copy {
    std::deque<LogRecord> records;
    LogHead trimmed;
    FenceEpoch epoch;
  };
  Copy copy();
  void become(Copy copy);
  // Flips a bit of a record's bytes, or of its hash if it has none. Requires: first() <= index <=
  // head.
  void corrupt(LogIndex index);
  // As if restored from an old copy: records above `index` never were.
  void forget_after(LogIndex index);

 private:
  LogHead head_locked() const;
  void drop_after(LogIndex index);

  mutable std::mutex mutex_;  // guards all
  std::deque<LogRecord> records_;
  size_t bytes_ = 0;  // of them
  LogHead trimmed_;   // the last record trimmed away; zeros: none
  FenceEpoch epoch_;
  std::deque<LogIndex> unsafe_;  // the first index of each unsafe run
  std::deque<Scripted> script_;
  int64_t delay_ms_ = 0;
  Status failure_;
  Status why_unknown_;
};

}  // namespace syncline
