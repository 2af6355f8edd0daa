#include "storage/memory_commit_log.h"

#include <fmt/format.h>

#include "proto/check.h"
#include "proto/planted.h"
#include "storage/log_chain.h"

namespace syncline {

void MemoryCommitLog::script(const Scripted& scripted) {
  const std::lock_guard lock(mutex_);
  script_.push_back(scripted);
}

void MemoryCommitLog::clear_script() {
  const std::lock_guard lock(mutex_);
  script_.clear();
}

int64_t MemoryCommitLog::last_delay_ms() const {
  const std::lock_guard lock(mutex_);
  return delay_ms_;
}

LogHead MemoryCommitLog::head_locked() const {
  return records_.empty() ? trimmed_ : head_of(records_.back());
}

Result<FenceEpoch> MemoryCommitLog::acquire() {
  const std::lock_guard lock(mutex_);
  SYNCLINE_TRY(failure_);
  ++epoch_.value;
  unsafe_.clear();  // the epoch is synced, and all before it
  return epoch_;
}

AppendAnswer MemoryCommitLog::append(const LogAppend& append) {
  const std::lock_guard lock(mutex_);
  Scripted scripted;
  if (!script_.empty()) {
    scripted = script_.front();
    script_.pop_front();
  }
  delay_ms_ = scripted.delay_ms;
  why_unknown_ = failure_;
  if (!failure_) return AppendAnswer::unknown;
  if (scripted.outcome == Scripted::Outcome::fenced) ++epoch_.value;
  if (append.epoch().value == 0 || append.epoch() != epoch_) return AppendAnswer::fenced;

  const std::vector<LogRecord>& run = append.records();
  CHECK(!run.empty(), "an append of no records");
  const LogHead head = head_locked();
  const uint64_t last = append.first().value + run.size() - 1;
  const bool lost = scripted.outcome == Scripted::Outcome::unknown_lost;
  const bool kept = scripted.outcome == Scripted::Outcome::unknown_kept;
  if (lost || kept)
    why_unknown_ = fail(ErrorCode::kUnreachable, "the memory log was told not to say");
  if (append.first().value == head.index.value + 1 && append.previous() == head.hash) {
    if (lost) return AppendAnswer::unknown;
    records_.insert(records_.end(), run.begin(), run.end());
    for (const LogRecord& record : run) bytes_ += record.bytes.size();
    if (SYNCLINE_PLANTED(alter_record)) records_.back().bytes.back() ^= 1;
    if (kept) {
      unsafe_.push_back(append.first());
      return AppendAnswer::unknown;
    }
    if (SYNCLINE_PLANTED(acknowledge_unsynced)) {
      unsafe_.push_back(append.first());
      return AppendAnswer::committed;
    }
    unsafe_.clear();  // one sync for all that is there
    return AppendAnswer::committed;
  }
  if (lost || kept) return AppendAnswer::unknown;
  if (append.first().value == 0 || last > head.index.value || last < trimmed_.index.value)
    return AppendAnswer::fenced;
  const Hash& there =
      last == trimmed_.index.value ? trimmed_.hash : records_[last - trimmed_.index.value - 1].hash;
  if (there != run.back().hash) return AppendAnswer::fenced;
  unsafe_.clear();
  return AppendAnswer::exists;
}

Status MemoryCommitLog::why_unknown() const {
  const std::lock_guard lock(mutex_);
  return why_unknown_;
}

Result<std::vector<LogRecord>> MemoryCommitLog::read(LogIndex from, size_t max_bytes) const {
  const std::lock_guard lock(mutex_);
  SYNCLINE_TRY(failure_);
  std::vector<LogRecord> out;
  if (from > head_locked().index) return out;
  if (from <= trimmed_.index)
    return fail(ErrorCode::kNotFound,
                fmt::format("record {} of the log is not kept any more", from.value));
  size_t at = from.value - trimmed_.index.value - 1;
  LogHead previous = at == 0 ? trimmed_ : head_of(records_[at - 1]);
  size_t bytes = 0;
  for (; at < records_.size(); ++at) {
    SYNCLINE_TRY(check_follows(previous, records_[at]));
    bytes += records_[at].bytes.size();
    if (!out.empty() && bytes > max_bytes) break;
    previous = head_of(records_[at]);
    out.push_back(records_[at]);
  }
  return out;
}

Result<LogHead> MemoryCommitLog::head() const {
  const std::lock_guard lock(mutex_);
  SYNCLINE_TRY(failure_);
  return head_locked();
}

Result<LogIndex> MemoryCommitLog::first() const {
  const std::lock_guard lock(mutex_);
  SYNCLINE_TRY(failure_);
  return LogIndex(trimmed_.index.value + 1);
}

Status MemoryCommitLog::trim(LogIndex to) {
  const std::lock_guard lock(mutex_);
  SYNCLINE_TRY(failure_);
  if (to > head_locked().index)
    return fail(ErrorCode::kUsage, fmt::format("the log ends at {}, it cannot be trimmed to {}",
                                               head_locked().index.value, to.value));
  while (trimmed_.index < to) {
    trimmed_ = head_of(records_.front());
    bytes_ -= records_.front().bytes.size();
    records_.pop_front();
  }
  unsafe_.clear();
  return {};
}

size_t MemoryCommitLog::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

uint64_t MemoryCommitLog::unsafe_runs() const {
  const std::lock_guard lock(mutex_);
  return unsafe_.size();
}

void MemoryCommitLog::lose_power(uint64_t runs_survive) {
  const std::lock_guard lock(mutex_);
  if (runs_survive < unsafe_.size()) drop_after(LogIndex(unsafe_[runs_survive].value - 1));
  unsafe_.clear();
  script_.clear();
  failure_ = {};
}

void MemoryCommitLog::kill() { lose_power(UINT64_MAX); }

void MemoryCommitLog::drop_after(LogIndex index) {
  while (!records_.empty() && records_.back().index > index) {
    bytes_ -= records_.back().bytes.size();
    records_.pop_back();
  }
}

void MemoryCommitLog::fail_with(Status error) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(error);
}

MemoryCommitLog::Copy MemoryCommitLog::copy() {
  const std::lock_guard lock(mutex_);
  unsafe_.clear();
  return {records_, trimmed_, epoch_};
}

void MemoryCommitLog::become(Copy copy) {
  const std::lock_guard lock(mutex_);
  records_ = std::move(copy.records);
  bytes_ = 0;
  for (const LogRecord& record : records_) bytes_ += record.bytes.size();
  trimmed_ = copy.trimmed;
  epoch_ = copy.epoch;
  unsafe_.clear();
  script_.clear();
  failure_ = {};
}

void MemoryCommitLog::corrupt(LogIndex index) {
  const std::lock_guard lock(mutex_);
  CHECK(index > trimmed_.index && index <= head_locked().index, "no such record to corrupt");
  LogRecord& record = records_[index.value - trimmed_.index.value - 1];
  if (record.bytes.empty()) {
    record.hash.bytes[0] ^= 1;
  } else {
    record.bytes[record.bytes.size() / 2] ^= 1;
  }
}

void MemoryCommitLog::forget_after(LogIndex index) {
  const std::lock_guard lock(mutex_);
  CHECK(index >= trimmed_.index, "what was trimmed cannot be the head again");
  drop_after(index);
  unsafe_.clear();
}

}  // namespace syncline
