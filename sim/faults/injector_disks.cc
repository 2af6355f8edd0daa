// Faults of disks and of the authority's log; a backup, which must be recoverable.
#include <fmt/format.h>

#include "node/authority/recovery.h"
#include "node/authority/state_keys.h"
#include "sim/faults/injector.h"

namespace syncline::sim {

void Injector::strike_disk(size_t i, MemoryStore& disk) {
  using Operation = MemoryStore::Operation;
  const Fault& f = fault(i);
  const auto k = static_cast<uint64_t>(std::max<int64_t>(f.amount, 1));
  Keeping& keeping = keeping_[f.target];
  switch (f.kind) {
    case FaultKind::failed_read:
      disk.fail_at(Operation::read, k, ErrorCode::kIo);
      keeping.excuses[i] = ErrorCode::kIo;
      return;
    case FaultKind::failed_write:
      disk.fail_at(Operation::write, k, ErrorCode::kIo);
      keeping.excuses[i] = ErrorCode::kIo;
      return;
    case FaultKind::failed_sync:
      disk.fail_at(Operation::sync, k, ErrorCode::kIo);
      keeping.excuses[i] = ErrorCode::kIo;
      return;
    case FaultKind::failed_flush:
      disk.fail_at(Operation::flush, k, ErrorCode::kIo);
      keeping.excuses[i] = ErrorCode::kIo;
      return;
    case FaultKind::full_disk:
      begun_[i] = disk.count_of(Operation::write);
      disk.fail_at(Operation::write, 1, ErrorCode::kStoreFull, true);
      keeping.excuses[i] = ErrorCode::kStoreFull;
      fleet_->clock.post_in_us(f.for_ms * 1000, [this, i, &disk] {
        if (disk.count_of(Operation::write) > begun_[i]) count(i);
        disk.clear_faults();
      });
      return;
    case FaultKind::bit_flip: {
      std::vector<Bytes> keys;
      for (auto at = disk.bare().scan("", ""); at->valid(); at->next())
        keys.emplace_back(at->key());
      if (keys.empty()) return;
      disk.rot(keys[static_cast<size_t>(f.amount) % keys.size()]);
      keeping.excuses[i] = ErrorCode::kStoreDamaged;
      return;
    }
    default:
      return;
  }
}

void Injector::mend(size_t i) {
  NodeProcess* node = node_of(i);
  (node == nullptr ? fleet_->authority.state() : node->disk()).mend();
}

void Injector::strike_log(size_t i) {
  const Fault& f = fault(i);
  AuthorityProcess& authority = fleet_->authority;
  using Outcome = MemoryCommitLog::Scripted::Outcome;
  const auto end_in_ms = [&](int64_t ms) {
    fleet_->clock.post_in_us(ms * 1000, [this, i] { cease_log(i); });
  };
  switch (f.kind) {
    case FaultKind::log_slow:
      begun_[i] = authority.slow_appends;
      authority.slow_log_us = f.amount * 1000;
      return end_in_ms(f.for_ms);
    case FaultKind::log_away:
      begun_[i] = authority.unknown_appends;
      authority.log().fail_with(fail(ErrorCode::kUnreachable, "the log cannot be reached"));
      keeping_[kAuthority].excuses[i] = ErrorCode::kUnreachable;
      return end_in_ms(f.for_ms);
    case FaultKind::log_fenced:
      authority.log().script({.outcome = Outcome::fenced});
      keeping_[kAuthority].excuses[i] = ErrorCode::kFenced;
      return;
    default:
      begun_[i] = authority.unknown_appends;
      for (int64_t n = 0; n < f.amount; ++n)
        authority.log().script({.outcome = f.kind == FaultKind::log_unknown_lost
                                               ? Outcome::unknown_lost
                                               : Outcome::unknown_kept});
      return end_in_ms(kScriptedLogMs);
  }
}

void Injector::cease_log(size_t i) {
  AuthorityProcess& authority = fleet_->authority;
  const FaultKind kind = fault(i).kind;
  const uint64_t now =
      kind == FaultKind::log_slow ? authority.slow_appends : authority.unknown_appends;
  if (now > begun_[i]) count(i);
  if (kind == FaultKind::log_slow) authority.slow_log_us = 0;
  if (kind == FaultKind::log_away) {
    authority.log().fail_with({});
    keeping_[kAuthority].excuses.erase(i);
  }
}

// The authority loses power, and as it comes back a record is not what it was: it must say so and
// stop. Then the record is brought back, as from a mirror.
void Injector::flip_log(size_t i) {
  AuthorityProcess& authority = fleet_->authority;
  authority.lose_power();
  const Result<LogHead> head = authority.log().head();
  const Result<LogIndex> first = authority.log().first();
  if (!head || !first || head->index < *first) return bring_down(i, kAuthority);
  const uint64_t records = head->index.value - first->value + 1;
  const LogIndex flipped(first->value + static_cast<uint64_t>(fault(i).amount) % records);
  authority.log().corrupt(flipped);
  const Status started = authority.start();
  if (started) {
    // It had applied the record before, and does not read it again.
    authority.kill();
  } else if (started.error().code == ErrorCode::kStoreDamaged) {
    tell(i, fmt::format("does not start: {}", started.error().message));
    count(i);
  } else {
    complaint_ = "a damaged log has the wrong name: " + started.error().message;
  }
  authority.log().corrupt(flipped);
  bring_down(i, kAuthority);
}

// State and log as they stand at one moment, recovered aside: the copy must be whole, and say what
// the original says.
void Injector::check_backup(size_t i) {
  AuthorityProcess& authority = fleet_->authority;
  MemoryStore copy;
  Batch batch;
  for (auto at = authority.contents().scan("", ""); at->valid(); at->next())
    batch.put(Bytes(at->key()), Bytes(at->value()));
  Status written = copy.write(batch, BatchKind::logged, true);
  // What the log has and the state has not is replayed.
  Result<RecoveryReport> recovered = recover(&copy, authority.log());
  if (!written || !recovered) {
    if (keeping_[kAuthority].excuses.empty() && !complaint_)
      complaint_ = "a backup cannot be recovered: " + recovered.error().message;
    return;
  }
  count(i);
}

}  // namespace syncline::sim
