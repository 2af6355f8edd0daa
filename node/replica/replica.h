// Replica: the machine of a node. Local transactions, pending and overlay, the session's node side.
//
// What it shows is always  confirmed (what the log says, as its view projects it) + overlay (its
// own pending, on top). There is no client reset: whatever happens to the confirmed side, pending
// stays and is offered again.
//
// Pure (node/machine.h): reads its Store, never writes it; the driver applies Output in order. One
// thread at a time. DESIGN 4, 5, 7 and 8 are its law; storage/FORMAT.md its keys; proto/README.md
// its session.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/access/rights.h"
#include "node/machine.h"
#include "node/replica/subscriptions.h"
#include "node/replica/transaction.h"
#include "proto/codec.h"
#include "storage/store.h"
#include "syncline/declared_schema.h"
#include "syncline/indexes.h"
#include "syncline/words.h"

namespace syncline {

struct ReplicaIdentity {
  NodeId node;
  KeyPair identity;
  Bytes server_key;  // the authority's CURVE public key, 32 bytes: pinned, covered by the Hello's
                     // signature
  Bytes site;        // hash("site", server_key), as bytes: in every Envelope
  uint32_t schema_version = 0;  // that its code is written for; 0: whichever is deployed
};

struct ReceiptRecord {
  ChangesetName name;
  ReceiptState state = ReceiptState::queued;
  std::vector<Outcome> outcomes;  // of operations that were not applied, once decided
  LogSeq seq;                     // the deciding entry
  bool operator==(const ReceiptRecord&) const = default;
};

// A refused operation, or one superseded by a reset, with its content: until the user retries or
// discards it.
struct JournalRecord {
  ChangesetName name;
  int64_t decided_wall_ms = 0;
  LogSeq seq;
  std::vector<Outcome> outcomes;  // those journalled
  Changeset changeset;            // only the groups and operations concerned
};

namespace replica_input {
struct Opened {  // first input ever; random: 32 bytes from the operating system
  std::array<uint8_t, 32> random;
};
struct Connected {};   // the transport reached the authority (again)
struct Disconnected {  // lost, or an attempt was answered with no
  std::optional<Error> why;
};
struct Frame {  // from the authority; anything a hostile network can send
  Bytes bytes;
};
struct Synced {  // every batch that was output with a write number <= this is durable
  uint64_t write_number;
};
struct TimerFired {
  std::string name;
};
struct Commit {  // a local transaction
  Draft draft;
  Durability durability = Durability::group;
};
struct RetryJournal {  // write the journalled operations again, as a new changeset on today's state
  ChangesetName name;
};
struct DiscardJournal {
  ChangesetName name;
};
struct Pause {};
struct Resume {};
// The indexes that the code wants, all of them; a later one takes this one's place.
struct DeclareIndexes {
  std::vector<Index> indexes;
};
// The types that the code knows. An authority in development mode is told of them, if its schema
// lacks some, or fields of some.
struct DeclareTypes {
  DeclaredSchema declared;
};
// What the authority has committed when it hears of this: is it all here?
// ReplicaStatus::marks_asked is the question's number, marks_reached answers it.
struct AskMark {};
}  // namespace replica_input

using ReplicaInput =
    std::variant<replica_input::Opened, replica_input::Connected, replica_input::Disconnected,
                 replica_input::Frame, replica_input::Synced, replica_input::TimerFired,
                 replica_input::Commit, replica_input::RetryJournal, replica_input::DiscardJournal,
                 replica_input::Pause, replica_input::Resume, replica_input::DeclareIndexes,
                 replica_input::DeclareTypes, replica_input::AskMark>;

// For observers: objects whose shown image changed in this batch. Absent: did not (does not) exist.
struct ObjectChange {
  ObjectName object;
  std::optional<Row> before;
  std::optional<Row> after;
};

struct ReplicaOutput {
  // Applied first, as one logged batch; `ingest` (a bootstrap's staged rows) goes in atomically
  // with it.
  Batch batch;
  bool sync = false;  // and synced before what follows
  // Of this batch, rising. No batch: 0, or the last one's if want_sync_soon.
  uint64_t write_number = 0;
  bool want_sync_soon = false;  // group: sync within the stated time, then say Synced{write_number}
  // Requires of the driver: reads what is staged before the batch, which erases it, is made true.
  // Ingest::commit(batch): where the batch names a key that is moved, the batch wins.
  struct Ingest {
    std::vector<std::pair<Bytes, Bytes>>
        prefixes;  // staged [from prefix -> to prefix]: keys are moved by replacing it
  };
  std::optional<Ingest> ingest;
  std::vector<Bytes> frames;  // then sent, in order
  std::vector<Timer> timers;  // then armed
  // Then told.
  std::vector<ObjectChange> changes;
  std::vector<ReceiptRecord> receipts;    // new states
  std::vector<JournalRecord> rejections;  // new in the journal
  // Instead of `changes`, where listing them all would take too much memory (a bootstrap): anything
  // may have changed.
  bool everything_changed = false;
  // New states, and the latest set if others changed what it has.
  std::vector<SubscriptionSetRecord> subscription_sets;
  bool marked = false;             // marks_reached has risen
  std::optional<SyncState> state;  // it changed
  bool schema_changed = false;
  bool rights_changed = false;   // what the node's user may do
  std::optional<Error> trouble;  // a named error to show: fork, clone, removed, wrong version
  // Commit, RetryJournal: the changeset's name, or why not (nothing was written). DiscardJournal:
  // only why not.
  std::optional<Result<ChangesetName>> committed;
};

struct ReplicaStatus {
  SyncState state = SyncState::offline;
  Cursor cursor;
  LogSeq head;  // the authority's, as last heard
  std::string user;
  bool writes_outside_subscriptions = false;  // the authority takes them, as it last said
  uint64_t pending = 0;                       // changesets
  uint64_t pending_bytes = 0;
  uint64_t not_received = 0;  // of the pending: what the authority has not said to have
  uint64_t journal = 0;
  uint64_t transfer_done = 0;  // objects of a bootstrap or catch-up under way
  uint64_t transfer_total = 0;
  uint64_t transfer_done_bytes = 0;
  uint64_t transfer_total_bytes = 0;
  ChangesetName last_written;        // number 0: nothing yet
  uint64_t last_order = 0;           // its place among all that was written here
  int64_t subscription_version = 0;  // of the latest set
  uint64_t marks_asked = 0;          // the last AskMark
  uint64_t marks_reached = 0;        // up to this one they are answered: it is all here
  std::optional<Error> trouble;
};

class Replica {
 public:
  // Reads its meta data; kStoreDamaged, kStoreTooNew. A fresh store is fine. `store` outlives it.
  static Result<std::unique_ptr<Replica>> open(ReplicaIdentity identity, const Store* store);
  ~Replica();
  ReplicaOutput step(Instant now, ReplicaInput input);
  // A transaction on the present state. Valid until the next step; one at a time (the caller holds
  // the write lock).
  Draft begin() const;
  // The schema in force; null before the first Welcome. Shared: readers on other threads keep
  // theirs.
  std::shared_ptr<const Schema> schema() const;
  // What the node's user may do, as last told; null: nothing was. Shared likewise.
  std::shared_ptr<const Advisor> advisor() const;
  ReplicaStatus status() const;

 private:
  struct Impl;
  explicit Replica(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// ---- reading; any thread, on the store or a snapshot of it ----

// The object as shown (overlay first); nullopt: there is none.
Result<std::optional<Row>> read_object(const Reader& reader, const ObjectName& name);
// As confirmed: without the node's own pending.
Result<std::optional<Row>> read_confirmed(const Reader& reader, const ObjectName& name);
// All objects of a type in key order, as shown or as confirmed, until `visit` answers false.
Status visit_objects(const Reader& reader, TypeNumber type, bool confirmed,
                     const std::function<bool(const ObjectKey&, const Row&)>& visit);
Result<std::optional<ReceiptRecord>> read_receipt(const Reader& reader, const ChangesetName& name);
Result<std::vector<JournalRecord>> read_journal(const Reader& reader);
// Pending changesets in order of writing: their names; with content.
Result<std::vector<ChangesetName>> read_pending_names(const Reader& reader);
Result<std::vector<std::pair<ChangesetName, Changeset>>> read_pending(const Reader& reader);
// BLAKE2b-256 as CLI.md defines the state hash, over all confirmed objects of the types (all
// non-system if empty).
Result<Hash> state_hash(const Reader& reader, const Schema& schema,
                        const std::vector<TypeNumber>& types);

}  // namespace syncline
