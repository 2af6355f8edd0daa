#include "node/driver/replica_driver.h"
#include "proto/planted.h"

#include "storage/keyspace.h"

namespace syncline {

// A bootstrap's staged rows become the confirmed ones: a sorted run beside the write path, visible
// at once with the batch.
Status ReplicaDriver::ingest(const ReplicaOutput& out) {
  SYNCLINE_ASSIGN(std::unique_ptr<Store::Ingestion> run, store_->start_ingestion());
  for (const auto& [from, to] : out.ingest->prefixes) {
    auto staged = store_->scan(from, prefix_end(from));
    for (; staged->valid(); staged->next())
      SYNCLINE_TRY(run->add(to + Bytes(staged->key().substr(from.size())), staged->value()));
    SYNCLINE_TRY(staged->status());
  }
  return run->commit(out.batch);
}

Status ReplicaDriver::commit(const ReplicaOutput& out) {
  if (out.ingest) return ingest(out);
  if (out.batch.empty() && !out.sync) return {};
  if (SYNCLINE_PLANTED(tear_batch)) {
    Batch half[2];
    const size_t changes = out.batch.changes().size();
    for (size_t i = 0; i < changes; ++i) half[i * 2 / changes].add(out.batch.changes()[i]);
    SYNCLINE_TRY(store_->write(half[0], BatchKind::logged, false));
    return store_->write(half[1], BatchKind::logged, out.sync);
  }
  return store_->write(out.batch, BatchKind::logged, out.sync && !SYNCLINE_PLANTED(skip_sync));
}

Result<std::optional<Result<ChangesetName>>> ReplicaDriver::step(Instant now, ReplicaInput input) {
  if (ended_) return std::unexpected(*ended_);
  ReplicaOutput out = machine_->step(now, std::move(input));
  // Commit, ...
  if (Status committed = commit(out); !committed) {
    ended_ = committed.error();
    return std::unexpected(*ended_);
  }
  // ... then send, ...
  for (Bytes& frame : out.frames) world_.send(std::move(frame));
  // ... then arm timers, ...
  for (const Timer& timer : out.timers) world_.arm(timer);
  if (out.want_sync_soon) world_.sync_soon(out.write_number);
  // ... then notify.
  world_.tell(out);
  return std::move(out.committed);
}

}  // namespace syncline
