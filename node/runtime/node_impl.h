// Node's inside, shared by the files that hold its verbs: node.cc (open, threads, close),
// node_write.cc, node_read.cc, node_observe.cc. Private to this folder.
//
// Threads: callers and the transport's thread take turns stepping the machine under
// `machine_mutex`; the keeper thread syncs the store and fires timers; the teller thread calls
// observers. No callback runs under a lock.
#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "node/driver/replica_driver.h"
#include "node/runtime/clock.h"
#include "node/runtime/job_thread.h"
#include "node/runtime/store_directory.h"
#include "node/runtime/timers.h"
#include "node/runtime/transport.h"
#include "storage/rocks_store.h"
#include "syncline/node.h"

namespace syncline {

// What receipts look at: outlives the node, which may be closed before them.
struct Receipt::Shared {
  std::mutex mutex;
  std::condition_variable told;
  uint64_t tellings = 0;         // so that nobody misses one
  const Store* store = nullptr;  // null: the node is closed
};

// One registered callback.
struct Observer {
  std::string type;  // of objects; empty: not of objects
  std::optional<Value> id;
  std::function<void(const ObjectChangeSet&)> on_objects;
  std::function<void(const Rejection&)> on_rejection;
  std::function<void(const NodeStatus&)> on_status;
  std::atomic<bool> gone{false};
};

struct Observers {
  std::mutex mutex;
  std::list<std::shared_ptr<Observer>> all;
};

struct Observation::Impl {
  std::weak_ptr<Observers> observers;
  std::shared_ptr<Observer> observer;
};

struct Transaction::Impl {
  Draft draft;
  NodeId node;
};

struct Node::Impl {
  StoreDirectory directory;
  NodeOptions options;
  std::unique_ptr<RocksStore> store;
  std::shared_ptr<Receipt::Shared> receipts = std::make_shared<Receipt::Shared>();
  std::shared_ptr<Observers> observers = std::make_shared<Observers>();
  std::unique_ptr<ClientTransport> transport;
  std::unique_ptr<JobThread> teller;

  mutable std::mutex machine_mutex;
  std::unique_ptr<ReplicaDriver> driver;  // under machine_mutex
  Timers timers;                          // under machine_mutex
  std::optional<Error> ended;             // under machine_mutex: the store failed, for now or good
  bool connected = false;                 // under machine_mutex

  std::mutex keeper_mutex;
  std::condition_variable keeper_woken;
  bool closing = false;                                             // under keeper_mutex
  std::optional<std::chrono::steady_clock::time_point> next_timer;  // under keeper_mutex
  std::optional<std::chrono::steady_clock::time_point> sync_due;    // under keeper_mutex
  uint64_t sync_up_to = 0;                                          // under keeper_mutex
  std::optional<std::chrono::steady_clock::time_point> room_due;    // under keeper_mutex
  uint64_t machines = 0;  // under both: how many there were, so that a sync counts for its own only
  std::thread keeper;

  ReplicaWorld world();
  // Steps the machine. Requires: machine_mutex is held.
  Result<std::optional<Result<ChangesetName>>> step(ReplicaInput input);
  // The store answered no: keeps why, tells it, and looks for room again soon if the disk is full.
  // Requires: machine_mutex is held.
  void fail_store(Error why);
  // A full disk has room again: the machine is built anew on what the store holds. An error: not
  // yet, or never. Requires: machine_mutex is held.
  Status go_on();
  ReplicaIdentity identity() const;
  // Takes the lock and steps.
  void input(ReplicaInput input);
  Status connect();
  void keep();
  void tell(ReplicaOutput& out);
  void tell_observers(ReplicaOutput& out);
  NodeStatus status_locked() const;
  NodeStatus status() const;
  std::shared_ptr<const Schema> schema() const;
  Result<TypeNumber> type_number(std::string_view type) const;
  Result<Receipt> write(Durability durability, const std::function<Status(Transaction&)>& body);
  // Waits until `holds` says yes; asked again after everything that is told.
  Status wait_until(std::chrono::milliseconds timeout, const std::function<bool()>& holds) const;
};

// Opens the doors that the public classes keep shut.
struct NodeInside {
  static Node::Impl& impl(const Node& node) { return *node.impl_; }
  static Receipt receipt(const ChangesetName& name, std::shared_ptr<Receipt::Shared> shared) {
    return Receipt(name, std::move(shared));
  }
  static Transaction transaction(Transaction::Impl* impl) { return Transaction(impl); }
  static Observation observation(const std::shared_ptr<Observers>& observers,
                                 std::shared_ptr<Observer> observer);
};

Rejection rejection_of(const Schema* schema, const JournalRecord& record);
OperationOutcome outcome_of(const Outcome& outcome);
ReceiptStatus receipt_status_of(const ReceiptRecord& record);

}  // namespace syncline
