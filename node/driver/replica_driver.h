// ReplicaDriver: makes a Replica's outputs real, in one fixed order. node/driver/README.md.
//
// One step at a time: callers on several threads take turns under a lock of their own. After an
// error of the store it does nothing more; what was promised durable is, and opening the store
// again goes on from there.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "node/replica/replica.h"

namespace syncline {

// What a replica's outputs are made real with.
struct ReplicaWorld {
  std::function<void(Bytes frame)> send;  // to the authority; lost if there is no connection
  std::function<void(const Timer&)> arm;
  std::function<void(uint64_t write_number)>
      sync_soon;  // sync the store within the group's time, then say Synced
  std::function<void(ReplicaOutput& told)> tell;  // changes, receipts, rejections, state, trouble
};

class ReplicaDriver {
 public:
  ReplicaDriver(std::unique_ptr<Replica> machine, Store* store, ReplicaWorld world)
      : machine_(std::move(machine)), store_(store), world_(std::move(world)) {}

  // What ReplicaOutput::committed says (nothing for other inputs). kIo, kStoreFull, kStoreDamaged:
  // the store failed.
  Result<std::optional<Result<ChangesetName>>> step(Instant now, ReplicaInput input);

  Replica& machine() { return *machine_; }
  const Replica& machine() const { return *machine_; }

 private:
  Status commit(const ReplicaOutput& out);
  Status ingest(const ReplicaOutput& out);

  std::unique_ptr<Replica> machine_;
  Store* store_;
  ReplicaWorld world_;
  std::optional<Error> ended_;
};

}  // namespace syncline
