// Node: a device's replica. Reads and writes locally, online or not; syncs with its authority by
// itself.
//
//   Result<Node> node = Node::open("/var/lib/fridge");
//   Result<Receipt> receipt = node->write([](Transaction& t) {
//     t.set("Fridge", "f7", {"celsius"}, -18.5);
//     t.increment("Fridge", "f7", {"door_count"}, 1);
//     return Status();
//   });
//   receipt->wait(ReceiptState::committed, std::chrono::seconds(5));
//
// Every write ends as committed, superseded or refused with a reason, or is still queued: never
// lost, never silent. What a node shows is always what the authority has told it, with the node's
// own undecided writes on top.
//
// Threads: every member may be called from any thread; writes take turns, reads wait for nobody.
// Callbacks run on one thread of the node's own, in the order of what they tell; they may read and
// write, but while one waits, the others do too. Inside the body of a write() the node can be read;
// what would wait for the write to end answers kUsage. Lifetime: close() may be called while other
// threads use the node: those who wait get kClosed, and so does every later call. The object itself
// must outlive its calls, and its observations should end before it; it is not destroyed in a
// callback. Durability: see Durability. Errors: Result and Status; nothing throws.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "syncline/declared_schema.h"
#include "syncline/ids.h"
#include "syncline/indexes.h"
#include "syncline/model.h"
#include "syncline/observation.h"
#include "syncline/result.h"
#include "syncline/results.h"
#include "syncline/subscriptions.h"
#include "syncline/value.h"
#include "syncline/words.h"

namespace syncline {

// Objects as structs of one's own: objects.h tells of them, and defines the templates below.
template <class T>
class Condition;
template <class T>
class Link;
template <class T>
struct ObjectChanges;
template <class T>
class TypedResults;

// One operation that was not applied, and why.
struct OperationOutcome {
  uint32_t operation = 0;  // which of the transaction's, from 0
  bool refused = false;    // else superseded
  std::string reason;      // refused: "permission", "schema", ...
  std::string text;        // refused: the rule and place, for a person
  LogSeq superseded_by;    // superseded: the entry that won
};

struct ReceiptStatus {
  ChangesetName name;
  ReceiptState state = ReceiptState::queued;
  LogSeq seq;  // the deciding entry, once decided
  std::vector<OperationOutcome> outcomes;
};

class Receipt {
 public:
  const ChangesetName& name() const { return name_; }
  // kNotFound: decided so long ago that the details were let go. kClosed.
  Result<ReceiptStatus> status() const;
  // Waits until the write is at least durable, or is decided (any of committed, superseded, refused
  // counts as reaching `state` committed). kTimedOut; kClosed if the node closes meanwhile. A
  // decision stands unless the authority is restored from a backup made before it: then the write
  // is durable again and is decided anew, perhaps otherwise.
  Result<ReceiptStatus> wait(ReceiptState state, std::chrono::milliseconds timeout) const;

 private:
  friend class Node;
  struct Shared;
  friend struct NodeInside;
  Receipt(ChangesetName name, std::shared_ptr<Shared> shared)
      : name_(name), shared_(std::move(shared)) {}
  ChangesetName name_;
  std::shared_ptr<Shared>
      shared_;  // shared: receipts outlive the call, and the node may be closed before them
};

// One atomic local transaction, as it is written. Reads its own writes. A call that cannot be right
// (unknown type or field, wrong type of value, index out of range, absent object) answers an Error
// and records nothing. So does a write to a type that nothing is subscribed to (kRefused; by type,
// not by object; write-only types need none), unless the authority takes such writes (its setting
// writes_outside_subscriptions, as this node last heard): it would refuse the write. By object it
// decides itself: what was written outside the subscriptions ends in the journal (outside_view).
class Transaction {
 public:
  Status create(std::string_view type, const Document& object);
  Status put(std::string_view type, const Document& object);  // create, or make it so
  Status remove(std::string_view type, const Value& id);
  Status set(std::string_view type, const Value& id, const UserPath& path, const Value& value);
  Status set_default(std::string_view type, const Value& id, const UserPath& path,
                     const Value& value);
  Status set_new(std::string_view type, const Value& id, const UserPath& path, NewScope kind);
  Status unset(std::string_view type, const Value& id, const UserPath& path);
  Status increment(std::string_view type, const Value& id, const UserPath& path, int64_t amount);
  Status insert(std::string_view type, const Value& id, const UserPath& list, uint64_t index,
                const Value& value);
  Status move(std::string_view type, const Value& id, const UserPath& list, uint64_t from,
              uint64_t to);
  Status erase(std::string_view type, const Value& id, const UserPath& element_or_key);
  Status add(std::string_view type, const Value& id, const UserPath& set, const Value& member);
  Status remove_member(std::string_view type, const Value& id, const UserPath& set,
                       const Value& member);
  Status clear(std::string_view type, const Value& id, const UserPath& collection);
  // Subscriptions (subscriptions.h). A name is inserted or updated; without one asking twice for a
  // query is asking once. kBadQuery says at which column. A transaction that changes two
  // subscriptions or more is all_or_nothing().
  Status subscribe(std::string_view type, std::string_view query = "",
                   const std::vector<Value>& arguments = {}, std::string_view name = "");
  Status unsubscribe(std::string_view name_or_id);  // kNotFound
  // The one without a name that has the query. kNotFound.
  Status unsubscribe_query(std::string_view type, std::string_view query,
                           const std::vector<Value>& arguments = {});
  Status unsubscribe_type(std::string_view type);  // all of them; none is fine
  Status unsubscribe_all(bool named_too = true);
  // Nothing of it stands unless all of it does.
  void all_or_nothing(bool on = true);
  // Compare-and-set: what must stand before the transaction, whatever it writes itself, or nothing
  // of it does; see Node::confirm(). kPrecondition at once if it is not so here, and then nothing
  // is written; the authority looks again when it decides, at what this node's user may read: what
  // is hidden is absent. A transaction that expects something is all_or_nothing().
  //
  // expect(): what stands at the path. Values compare by type, numbers by value; null is null, or
  // nothing there; a list index means the element that stands there now. kPrecondition too if the
  // object, or what the path leads through, is absent here.
  Status expect(std::string_view type, const Value& id, const UserPath& path, const Value& value);
  Status expect_absent(std::string_view type, const Value& id);
  Status expect_present(std::string_view type, const Value& id);
  // How many operations were recorded: outcomes speak of these. A put() may be several.
  uint32_t operations() const;
  Result<std::optional<Document>> get(std::string_view type, const Value& id) const;

  // The same with structs (objects.h). put() creates the object or makes its listed fields so;
  // update() writes what `after` changed against `before`, which was read: of a list or dictionary
  // only the elements, of a Counter an increment. Fields that the struct does not list are left.
  // kSchemaMismatch: the struct does not fit the authority's schema; says where.
  template <class T>
  Status create(const T& object);
  template <class T>
  Status put(const T& object);
  template <class T>
  Status update(const T& before, const T& after);
  // Reads it, calls change(T&), and writes what it changed. change may answer a Status. kNotFound.
  template <class T, class Change>
  Status update(const KeyOf<T>& id, Change change);
  template <class T>
  Status remove(const KeyOf<T>& id);
  template <class T>
  Result<std::optional<T>> get(const KeyOf<T>& id) const;
  template <class T>
  Status subscribe(const Condition<T>& condition, std::string_view name = "");
  Status fits(const TypeModel& model) const;

 private:
  friend class Node;
  friend struct NodeInside;
  struct Impl;
  explicit Transaction(Impl* impl) : impl_(impl) {}
  Impl* impl_;
};

struct NodeOptions {
  Durability durability = Durability::group;
  // Within which a group write is synced. Absent: as the store's configuration has it.
  std::optional<std::chrono::milliseconds> group_sync = {};
  bool connect = true;  // false: local only, until resume()
  bool small = false;   // RocksDB's small profile: less memory, more flash wear
  // Makes the first set of subscriptions, of a store that has none; with rerun_on_open, the next
  // set of any store, at every open (what is there already changes nothing). Runs in open() if the
  // store knows its schema, and then open() fails if it does; on the thread of callbacks, if the
  // schema comes with the first connection, and then the node's status says what failed.
  std::function<Status(Transaction&)> initial_subscriptions = {};
  bool rerun_on_open = false;
  // All indexes that the code wants, beside those of the app's schema: they are made if they are
  // not there, and others that code wanted before are dropped. Absent: as it was before. What does
  // not fit the schema waits for one that it fits; the node's status says so. indexes.h.
  std::optional<std::vector<Index>> indexes = {};
  // The types that the code knows: models<Fridge, Store>() (objects.h). Compared with the
  // authority's schema whenever that changes; the node's status tells the differences, and goes on
  // with what fits. kUsage: two structs say different things of one type.
  std::optional<DeclaredSchema> models = {};
  // The schema version that the code is written for (docs/schema.md): names and types are as that
  // version has them, for as long as it is in force at the authority. While it is not, not yet or
  // no more, the status has kSchemaMismatch as its trouble, and reads and writes go on locally.
  // Code for another version says its number and needs nothing else: what the store holds and has
  // pending stays. 0: whichever is deployed. Absent: 1 with `models`, else 0.
  std::optional<uint32_t> schema_version = {};
};

// What changed, exactly. Apply deletions, then insertions, then modifications.
struct ObjectChangeSet {
  struct Change {
    std::string type;
    Value id;
    enum class Kind : uint8_t { inserted, modified, deleted } kind = Kind::modified;
    std::optional<Document> before;
    std::optional<Document> after;
    std::vector<std::string> fields;  // modified: which top-level fields
  };
  std::vector<Change> changes;
  bool everything =
      false;  // too much changed at once to list (a first download): read again what you show
};

struct Rejection {
  ChangesetName name;
  LogSeq seq;
  Date decided;
  struct Operation {
    std::string type;
    Value id;
    std::string kind;  // "set", "create", ...
    std::string path;  // for a person
    std::optional<Value> value;
    OperationOutcome outcome;
  };
  std::vector<Operation> operations;
};

struct NodeStatus {
  NodeId node;
  std::string user;
  SyncState state = SyncState::offline;
  LogSeq cursor;  // integrated
  LogSeq head;    // the authority's, as last heard
  uint64_t pending = 0;
  uint64_t pending_bytes = 0;
  uint64_t not_received = 0;  // of the pending: not yet at the authority
  uint64_t journal = 0;
  uint64_t objects = 0;               // confirmed; counted by Node::status() only
  uint64_t transfer_done = 0;         // objects of a bootstrap or catch-up under way ...
  uint64_t transfer_total = 0;        // ... of so many; 0: nothing is under way
  uint64_t transfer_done_bytes = 0;   // the same in bytes, as the authority stores them; the total
  uint64_t transfer_total_bytes = 0;  // is exact where a type is told whole, else about
  std::optional<Error> trouble;       // what keeps it from syncing
  // Between NodeOptions::models and the authority's schema, by type and field in the code's order.
  std::vector<SchemaDifference> schema_differences;
};

// What the authority would say to a write, as far as the node knows what it last told of the role
// of the node's user: for greying out what would be refused. The authority decides.
struct Advice {
  enum class Answer : uint8_t {
    yes,
    no,
    // It goes by what this node does not know: fields that its user may not read everywhere, or a
    // function of the authority's program; or nothing was told yet.
    authority_decides,
  };
  Answer answer = Answer::authority_decides;
  std::string reason;  // of a no: role, rule and field
};

// What a field that links holds. What it names need not be here: it was deleted, or is not in what
// this node subscribes to or may read.
struct LinkTarget {
  enum class State : uint8_t { null, unresolved, resolved } state = State::null;
  std::string type;
  Value id;                        // unresolved or resolved
  std::optional<Document> target;  // resolved
};

class Node {
 public:
  // The directory is one that `syncline init --node` made. kStoreInUse, kStoreDamaged,
  // kStoreTooNew, kBadData.
  static Result<Node> open(const std::string& directory, NodeOptions options = {});
  Node(Node&&) noexcept;
  Node& operator=(Node&&) noexcept;
  ~Node();  // as close()
  // Stops syncing, syncs the store, and lets go of it. kUsage in a callback or in a write().
  Status close();

  // Runs `body` once; what it did becomes one changeset. An Error from `body` or from the commit:
  // nothing was written.
  Result<Receipt> write(const std::function<Status(Transaction&)>& body);
  Result<Receipt> write(Durability durability, const std::function<Status(Transaction&)>& body);
  // Writes, durably, and waits for the authority's decision: committed, superseded, or refused with
  // the reasons. One that expects something is never superseded but for defaults that nobody needed
  // (docs/conflict-resolution.md). Not decided in time: the state is durable, the write stays
  // queued, and receipt(name) tells what becomes of it. Until then it is shown like every other.
  //
  //   Result<ReceiptStatus> taken = node.confirm([](Transaction& t) -> Status {
  //     if (Status free = t.expect("Slot", "s1", {"holder"}, Value()); !free) return free;
  //     return t.set("Slot", "s1", {"holder"}, "ann");
  //   }, std::chrono::seconds(5));
  //   if (taken && taken->state == ReceiptState::committed) ...
  //
  // Errors as write(); kUsage also in a callback's write.
  Result<ReceiptStatus> confirm(const std::function<Status(Transaction&)>& body,
                                std::chrono::milliseconds timeout);
  // Before the write: would it be refused? Runs `body` as write() does, and then leaves it. kUsage:
  // it changes nothing.
  Result<Advice> can(const std::function<Status(Transaction&)>& body) const;
  // May this field of the object be changed, to whatever the rules let stand there? kNotFound: no
  // such type, object or field is here.
  Result<Advice> can_write(std::string_view type, const Value& id, const UserPath& path) const;
  // The name of the role by which the type's objects are judged; empty: none applies, or none was
  // told yet.
  Result<std::string> role(std::string_view type) const;
  // Of an earlier write, also from before a restart. kNotFound: never written here, or decided long
  // ago.
  Result<Receipt> receipt(const ChangesetName& name) const;

  Result<std::optional<Document>> get(std::string_view type, const Value& id) const;
  // Every object of the type in order of _id, on one consistent snapshot, until `visit` answers
  // false.
  Status each(std::string_view type, const std::function<bool(const Document&)>& visit) const;
  // What the query finds, with $0, $1, ... for the arguments. kBadQuery: the column, and what was
  // expected; kNotFound: no such type.
  Result<Results> query(std::string_view type, std::string_view query = "",
                        const std::vector<Value>& arguments = {}) const;
  // As NodeOptions::indexes, from now on. kNotFound, kUsage, kTooLarge: an index does not fit the
  // schema; then none is made or dropped.
  Status declare_indexes(const std::vector<Index>& indexes);
  Result<std::vector<IndexStatus>> indexes() const;
  // Where the field of the object leads; the target as it is here.
  Result<LinkTarget> follow(std::string_view type, const Value& id, const UserPath& path) const;
  std::vector<std::string> types() const;  // as far as the schema has arrived

  // The same with structs (objects.h). kSchemaMismatch: the struct does not fit the authority's
  // schema; says where. kBadData: an object does not fit the struct; names it and the field.
  template <class T>
  Result<std::optional<T>> get(const KeyOf<T>& id) const;
  // visit: bool(const T&), or bool(const Result<T>&) to go on past objects that do not fit.
  template <class T, class Visit>
  Status each(Visit visit) const;
  template <class T>
  Result<TypedResults<T>> query(std::string_view query = "",
                                const std::vector<Value>& arguments = {}) const;
  template <class T>
  Result<TypedResults<T>> query(const Condition<T>& condition) const;
  // Nothing: the link leads nowhere, or to what is not here.
  template <class T>
  Result<std::optional<T>> follow(const Link<T>& link) const;
  template <class T>
  Observation observe(std::function<void(const ObjectChanges<T>&)> callback);
  template <class T>
  Observation observe(const KeyOf<T>& id, std::function<void(const ObjectChanges<T>&)> callback);
  template <class T>
  Result<SubscriptionSet> subscribe(const Condition<T>& condition,
                                    const SubscribeOptions& options = {});
  // Whether the struct can be used with the authority's schema as it was last heard.
  template <class T>
  Status fits() const;
  Status fits(const TypeModel& model) const;

  // What changed since the call, whoever wrote it. A callback that is slower than the changes is
  // told `everything` instead.
  Observation observe(std::string_view type, std::function<void(const ObjectChangeSet&)> callback);
  Observation observe(std::string_view type, const Value& id,
                      std::function<void(const ObjectChangeSet&)> callback);
  Observation observe_rejections(std::function<void(const Rejection&)> callback);
  // Every change of state or trouble; and where a transfer or the queue stands, as often as it can
  // be told.
  Observation observe_status(std::function<void(const NodeStatus&)> callback);

  // Every new state of a set; and the latest set again, if the authority changed what it has.
  Observation observe_subscriptions(std::function<void(const SubscriptionSet&)> callback);

  // Durable on return, as all changes of subscriptions are. kBadQuery, kNotFound (no such type);
  // while waiting: kRefused (the authority's reason), kTimedOut, kClosed.
  Result<SubscriptionSet> subscribe(std::string_view type, std::string_view query = "",
                                    const SubscribeOptions& options = {});
  Result<SubscriptionSet> unsubscribe(std::string_view name_or_id);
  // One transaction, one set: the next, or the latest if `body` changes nothing.
  Result<SubscriptionSet> update_subscriptions(const std::function<Status(Transaction&)>& body);
  Result<SubscriptionSet> subscriptions() const;         // the latest set
  Result<SubscriptionSet> active_subscriptions() const;  // version 0: none that this store made
  // Waits until the set (absent: the latest) has come to `state` or beyond, and says how it stands:
  // who waits for it to be complete may learn that it is in error or superseded. kNotFound: no set
  // has that version yet.
  Result<SubscriptionSet> wait_for_subscriptions(SubscriptionState state,
                                                 std::chrono::milliseconds timeout) const;
  Result<SubscriptionSet> wait_for_subscriptions(int64_t version, SubscriptionState state,
                                                 std::chrono::milliseconds timeout) const;
  // ... and tells a set that was refused from others that are superseded, also afterwards.
  Result<SubscriptionSet> wait_for_subscriptions(const SubscriptionSet& set,
                                                 SubscriptionState state,
                                                 std::chrono::milliseconds timeout) const;

  Result<std::vector<Rejection>> rejections() const;
  Result<Receipt> retry(const ChangesetName& rejection);  // writes it again, on today's state
  Status discard(const ChangesetName& rejection);
  Result<std::vector<ChangesetName>> pending() const;  // in order of writing

  // kTimedOut says how the node stands; kClosed.
  Status wait_for_upload(
      std::chrono::milliseconds timeout);  // all written before the call has reached the authority
  Status wait_for_decided(std::chrono::milliseconds timeout);  // ... and is decided
  // All that the authority had committed when the call was made is here. (A subscription that was
  // just made is committed once its receipt says so.)
  Status wait_for_download(std::chrono::milliseconds timeout);
  Status pause();  // stops talking; reads and writes go on
  Status resume();
  NodeStatus status() const;
  // BLAKE2b-256 over the confirmed objects of the type (all types: empty), as hexadecimal digits
  // (docs/cli.md).
  Result<std::string> state_hash(std::string_view type = "") const;

 private:
  friend struct NodeInside;
  friend class Results;
  friend struct ResultsHome;
  struct Impl;
  explicit Node(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace syncline
