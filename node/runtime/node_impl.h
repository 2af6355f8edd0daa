// Node's inside, shared by the files that hold its verbs: node.cc (open, threads, close),
// node_write.cc, node_read.cc, node_wait.cc, node_observe.cc, node_subscriptions.cc,
// node_indexes.cc, node_models.cc. Private to this folder.
//
// Threads: callers and the transport's thread take turns stepping the machine under
// `machine_mutex`; the keeper thread syncs the store and fires timers; the teller thread calls
// observers. Readers take neither turn: they read the store, and what was last seen of the machine.
// No callback runs under the machine's lock.
#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "node/driver/replica_driver.h"
#include "node/runtime/clock.h"
#include "node/runtime/gate.h"
#include "node/runtime/job_thread.h"
#include "node/runtime/live_query.h"
#include "node/runtime/node_parts.h"
#include "node/runtime/timers.h"

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
  std::function<void(const SubscriptionSet&)> on_subscriptions;
  std::unique_ptr<LiveQuery> live;

  std::mutex running;  // held while it is called: who ends the observation waits for it
  std::atomic<std::thread::id> runs_on;
  bool gone = false;  // under running
  // What waits for the teller. Beyond the bound, one "everything" stands for all.
  std::atomic<size_t> queued{0};
  std::atomic<bool> overflowed{false};
  std::atomic<bool> progress_queued{false};
};

struct Observers {
  std::mutex mutex;
  std::list<std::shared_ptr<Observer>> all;
};

struct Observation::Impl {
  std::weak_ptr<Observers> observers;
  std::shared_ptr<Observer> observer;
};

// The names of the types that are subscribed to; absent: not looked up yet.
using SubscribedTypes = std::optional<std::set<std::string, std::less<>>>;

// Which structs fit the schema, so that it is looked at once for each. Any thread.
class ModelFits {
 public:
  Status look(const TypeModel& model, const std::shared_ptr<const Schema>& schema);

 private:
  std::mutex mutex_;
  std::shared_ptr<const Schema> schema_;  // shared: what known_ is about stays where it is
  std::map<const TypeModel*, Status> known_;
};

struct Transaction::Impl {
  Draft draft;
  NodeId node;
  SubscribedTypes* before;               // as the transaction began
  std::shared_ptr<const Schema> schema;  // the draft's; shared with readers
  ModelFits* fits;
  SubscribedTypes now = {};        // once it has changed subscriptions itself
  bool subscribes = false;         // it has
  std::string subscribed_id = {};  // by the last subscribe()
  bool anywhere = false;           // the authority takes writes outside the subscriptions

  void note_subscribing() { subscribes = true, now.reset(); }

  // The type, if it can be written: something is subscribed to it.
  Result<TypeNumber> written_type(std::string_view name);
};

// Whose transaction is being written, for not_in_write().
class WritingHere {
 public:
  explicit WritingHere(std::atomic<std::thread::id>* writing) : writing_(writing) {
    *writing_ = std::this_thread::get_id();
  }
  ~WritingHere() { *writing_ = std::thread::id(); }
  WritingHere(const WritingHere&) = delete;
  WritingHere& operator=(const WritingHere&) = delete;

 private:
  std::atomic<std::thread::id>* writing_;
};

// What a transaction was, once it is committed.
struct Written {
  std::optional<ChangesetName> name;  // absent: it changed nothing
  int64_t subscription_version = 0;   // of the latest set then
};

// What readers know of the machine, as of its last step.
struct NodeSeen {
  std::shared_ptr<const Schema> schema;
  std::shared_ptr<const Advisor> advisor;
  ReplicaStatus status;
  std::optional<Error> ended;    // the store failed
  std::optional<Error> initial;  // the initial subscriptions could not be made
  std::optional<Error> indexes;  // what is declared does not fit the schema
  // Shared: every look at the node copies what is here. Null: none.
  std::shared_ptr<const std::vector<SchemaDifference>> differences;
};

struct Node::Impl {
  StoreDirectory directory;
  NodeOptions options;
  std::unique_ptr<Store> store;
  std::shared_ptr<Receipt::Shared> receipts = std::make_shared<Receipt::Shared>();
  std::shared_ptr<Observers> observers = std::make_shared<Observers>();
  std::unique_ptr<ClientTransport> transport;
  std::unique_ptr<JobThread> teller;
  std::shared_ptr<ResultsHome> home = std::make_shared<ResultsHome>();  // shared with results
  Gate& gate = home->gate;

  std::mutex close_mutex;
  bool closed = false;  // under close_mutex

  std::mutex link_mutex;
  bool linked = false;  // under link_mutex: the transport is started

  mutable std::mutex machine_mutex;
  std::unique_ptr<ReplicaDriver> driver;  // under machine_mutex
  Timers timers;                          // under machine_mutex
  std::optional<Error> ended;  // under machine_mutex: the store failed, for now or for good
  bool connected = false;      // under machine_mutex
  SubscribedTypes subscribed;  // under machine_mutex
  bool initial_due = false;    // under machine_mutex: initial subscriptions, once there is a schema
  std::optional<ReplicaStatus> told;                        // under machine_mutex: to observers
  std::atomic<std::thread::id> writing{std::thread::id()};  // whose transaction is being written

  mutable ModelFits fits;

  mutable std::mutex seen_mutex;
  NodeSeen seen_;  // under seen_mutex

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
  // Keeps it for readers too, and wakes who waits. Requires: machine_mutex is held.
  void set_ended(std::optional<Error> why);
  ReplicaIdentity identity() const;
  // Takes the lock and steps.
  Status input(ReplicaInput input);
  Status connect();
  void disconnect(std::chrono::milliseconds drain);
  Status close();
  void keep();
  void sync_now(std::unique_lock<std::mutex>* keeper_lock);
  void look_for_room(std::unique_lock<std::mutex>* keeper_lock);
  void fire_timers(std::unique_lock<std::mutex>* keeper_lock);

  void tell(ReplicaOutput& out);
  void tell_observers(ReplicaOutput& out);
  void tell_changes(const std::shared_ptr<Observer>& observer, const Schema& schema,
                    const ReplicaOutput& out);
  void tell_status(const std::shared_ptr<Observer>& observer, bool milestone, bool progress);
  void tell_live(const std::vector<std::shared_ptr<Observer>>& current, const ReplicaOutput& out);
  void leave_step(const std::shared_ptr<Observer>& observer, LiveQuery::Changes changes,
                  std::shared_ptr<const SnapshotLease> snapshot);
  void tell_sets(const std::shared_ptr<Observer>& observer, const ReplicaOutput& out);
  // A sleeper in wait_until() or Receipt::wait() looks again.
  void wake();
  NodeSeen seen() const;
  NodeStatus status() const;
  Result<TypeNumber> type_number(std::string_view type) const;
  // The same of a type whose objects a node may hold: kUsage for an asymmetric one.
  Result<TypeNumber> readable_type(std::string_view type) const;
  Result<Receipt> write(Durability durability, const std::function<Status(Transaction&)>& body);
  Result<Written> write_if_changed(Durability durability,
                                   const std::function<Status(Transaction&)>& body);
  Result<SubscriptionSet> subscribe(std::string_view type, std::string_view query,
                                    const SubscribeOptions& options);
  Result<SubscriptionSet> update_subscriptions(const std::function<Status(Transaction&)>& body);
  // As the options have it; nothing if the store has had its first set.
  Status make_initial_subscriptions();
  Status begin_initial_subscriptions();    // now, or once there is a schema
  void make_initial_subscriptions_late();  // ... and shows in the status why it could not
  // What options.indexes has, told to the machine; whether it fits is told in the status.
  // Requires: machine_mutex is held.
  Status declare_own_indexes();
  void check_own_indexes();
  // Compares options.models with the schema, for the status. Requires: machine_mutex is held.
  void check_models();
  // A transaction on what is there now. Requires: machine_mutex is held.
  Transaction::Impl begin();
  Status wait_for_download(std::chrono::milliseconds timeout);
  Result<SubscriptionSet> wait_for_set(int64_t version, const ChangesetName& changeset,
                                       SubscriptionState state, std::chrono::milliseconds timeout);
  // kUsage if this thread is inside the body of a write(): it would wait for itself.
  Status not_in_write(std::string_view call) const;
  // Waits until `holds` says yes; asked again after everything that is told. kTimedOut, kClosed.
  Status wait_until(std::chrono::milliseconds timeout, const std::function<bool()>& holds) const;
};

// Opens the doors that the public classes keep shut.
struct NodeInside {
  static Node::Impl& impl(const Node& node) { return *node.impl_; }
  static Transaction::Impl& impl(const Transaction& transaction) { return *transaction.impl_; }
  static Result<Node> open(NodeParts parts, NodeOptions options);
  static Receipt receipt(const ChangesetName& name, std::shared_ptr<Receipt::Shared> shared) {
    return Receipt(name, std::move(shared));
  }
  static Results results(std::shared_ptr<Results::State> state) {
    return Results(std::move(state));
  }
  static Transaction transaction(Transaction::Impl* impl) { return Transaction(impl); }
  // Of now on.
  static Observation observation(const std::shared_ptr<Observers>& observers,
                                 std::shared_ptr<Observer> observer);
};

// On the teller's thread: calls what the observer registered, unless its observation has ended.
void run_callback(Observer& observer, const std::function<void()>& call);

Rejection rejection_of(const Schema* schema, const JournalRecord& record);
OperationOutcome outcome_of(const Outcome& outcome);
ReceiptStatus receipt_status_of(const ReceiptRecord& record);
SubscriptionSet subscription_set_of(SubscriptionSetInfo info);
NodeStatus node_status_of(NodeId node, const NodeSeen& seen);

}  // namespace syncline
