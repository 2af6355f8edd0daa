// What the replica machine knows: mirrors of its store's single records, and the session. One
// step's verbs (commit.h, upload.h, integrate.h, ...) are functions over it.
//
// Everything that must survive is in the store; the rest is made anew at open. Mirrors are changed
// together with the batch that carries them, which the driver makes true before the next step. One
// thread.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "node/access/rights.h"
#include "node/replica/have_list.h"
#include "node/replica/index_records.h"
#include "node/replica/keys.h"
#include "node/replica/replica.h"
#include "syncline/indexes.h"

namespace syncline {

// The connection and what was agreed on it. A lost one forgets all of it.
struct ReplicaSession {
  enum class Phase : uint8_t {
    away,      // no transport
    waiting,   // a transport, no greeting under way: paused, stopped, or backing off
    greeting,  // Hello sent
    active,    // welcomed
  };
  Phase phase = Phase::away;
  SessionNonce hello;
  SessionNonce session;
  Incarnation incarnation;
  LogSeq welcome_head;
  Forks forks;  // that the node had heard of, and those of the Welcome
  LogSeq safe;  // in this session's log, as last heard
  // Nothing is uploaded before the first delta has brought the node into this session's log: what
  // it has decided in another may have to be offered first.
  bool holds_uploads = false;
  // Uploads.
  Epoch received_epoch;  // the authority has this epoch's changesets up to the number
  uint64_t received_number = 0;
  uint64_t said_number = 0;  // as the Welcome said
  // Pending that the Welcome says is decided: these orders [from, to). Its decisions come with the
  // deltas up to welcome_head; what is still pending then is offered again.
  uint64_t decided_from = 0;
  uint64_t decided_to = 0;
  uint64_t next_again = 0;  // offered again: what is pending of these orders
  uint64_t again_to = 0;
  uint64_t credit_bytes = 0;  // in total
  uint64_t uploaded_bytes = 0;
  uint64_t next_upload = 0;          // order
  uint64_t part_order = 0;           // the changeset that is sent in parts
  uint64_t part_offset = 0;          // and how much of it was
  uint64_t blocked_at = UINT64_MAX;  // the total credit at which something did not fit it
  // Downloads.
  uint64_t consumed_bytes = 0;
  uint64_t reported_bytes = 0;
  Cursor reported;
  bool transfer_noted = false;  // the sets that it is for are bootstrapping
  uint64_t mark_sent = 0;       // the question under way; 0: none
  bool resume_offered = false;  // and not yet answered by a first part
  std::optional<HaveQuestion> question;
  bool development = false;  // the authority takes what code declares
  bool declared = false;     // and was told, in this session
};

// Greeting again: never faster than the backoff allows.
struct ReplicaBackoff {
  uint32_t attempts = 0;       // since the last delta that was integrated
  int64_t due_ms = INT64_MIN;  // no greeting before
};

// A batch whose sync was not heard of yet.
struct UnsyncedWrite {
  uint64_t write_number = 0;
  uint64_t last_order = 0;
  Cursor cursor;
};

// The indexes of the store, and the schema that they are kept under. Immutable: a step that changes
// one makes another set.
struct IndexSet {
  std::shared_ptr<const Schema> schema;  // shared: with the state, once they are kept under its own
  std::vector<IndexRecord> all;
};

// What is in the store, as the machine keeps it at hand. A step that fails puts it back as it was.
struct ReplicaMirrors {
  ViewMark view;
  WriterMark writer;
  std::shared_ptr<const Schema> schema;  // shared with readers on other threads; null: none yet
  std::string user;
  std::shared_ptr<const Advisor> advisor;  // shared with readers; null: nothing was told yet
  bool writes_outside = false;             // the authority takes writes outside the subscriptions
  std::optional<StagingRecord> staging;
  uint64_t synced_order = 0;
  uint64_t receipts_from = 0;
  uint64_t highest_decided = 0;  // order
  uint64_t pending = 0;
  uint64_t pending_bytes = 0;
  uint64_t journal = 0;
  int64_t subscription_version = 0;  // of the latest set
  bool format_written = false;
  bool epoch_begun = false;  // a changeset was written since open
  uint64_t first_order = 0;  // of this open's writes
  Forks forks;               // that were heard of
  KeptMark kept;
  KeptMark kept_written;                    // as the store has it
  uint64_t kept_from = 0;                   // none is kept below this order
  uint64_t kept_end = 0;                    // nor from this one on
  LogSeq kept_first_seq;                    // of the first run's last decision; 0: not looked up
  std::shared_ptr<const IndexSet> indexes;  // shared: with the mirrors that a step may go back to
};

struct ReplicaState : ReplicaMirrors {
  ReplicaIdentity identity;
  const Store* store = nullptr;
  std::shared_ptr<const Schema>
      system_schema;  // what drafts use before there is a schema; shared with them

  // Since open.
  std::optional<std::array<uint8_t, 32>> random;
  uint64_t draws = 0;
  std::map<Epoch, uint64_t> first_orders;  // of epochs that were decided on since
  uint64_t generation = 1;
  uint64_t write_number = 0;
  std::deque<UnsyncedWrite> unsynced;
  Cursor synced_cursor;
  int64_t asked_for_sync_ms = INT64_MIN;
  std::optional<int64_t> progress_due_ms;  // when the timer "progress" fires
  bool relaxed_armed = false;
  bool distrusted = false;  // what is held is not what the authority thinks: greet without a token
  bool schema_distrusted = false;                      // likewise: greet without a schema version
  std::optional<std::vector<Index>> declared_indexes;  // by code; absent: it has not said yet
  bool indexes_stale = false;                          // it has, and they are not made so yet
  // By number, since it was last noted how many objects there are.
  std::map<uint32_t, int64_t> index_growth;
  bool indexes_armed = false;
  bool indexes_stopped = false;  // an object did not read back

  ReplicaSession session;
  ReplicaBackoff backoff;
  bool paused = false;
  bool ended = false;  // sent away, or the store cannot be read: until Resume or another connection
  SyncState sync_state = SyncState::offline;
  LogSeq head;
  uint64_t transfer_done = 0;
  uint64_t transfer_total = 0;
  uint64_t transfer_done_bytes = 0;
  uint64_t transfer_total_bytes = 0;
  uint64_t marks_asked = 0;
  uint64_t marks_reached = 0;
  std::optional<Error> trouble;
  DeclaredSchema declared;  // that the code knows; empty: it did not say

  const Schema& draft_schema() const { return schema != nullptr ? *schema : *system_schema; }
  uint64_t last_order() const { return writer.next_order - 1; }
  // A random number of its own; the same sequence for the same `random`. Requires: Opened was seen.
  uint64_t draw(std::string_view use);
  // The epoch of this open's writes, whether or not one was made yet.
  Epoch epoch_of_this_open() const;
  ChangesetName next_name() const;
};

// The session's log is another than the one that the cursor stands in.
inline bool comes_from_another_log(const ReplicaState& state) {
  return state.view.cursor != Cursor() &&
         state.view.cursor.incarnation != state.session.incarnation;
}

// One step under way.
struct ReplicaStep {
  ReplicaState& state;
  Instant now;
  ReplicaOutput out;
  // The changeset that this step's batch writes: the store does not have it yet.
  struct InFlight {
    uint64_t order = 0;
    WrittenRecord record;
    Bytes payload;
  };
  std::optional<InFlight> in_flight;
  // Orders that this step's batch takes out of pending: in the store they are still pending.
  std::vector<uint64_t> settled;
  bool took_back = false;            // the store still has what was taken out of what is kept
  uint64_t first_kept = UINT64_MAX;  // order, of those that this step's batch begins to keep

  void set_state(SyncState sync_state);
  void tell_trouble(Error error);
  void arm(std::string name, int64_t after_ms) {
    out.timers.push_back({std::move(name), now.monotonic_ms + after_ms});
  }
};

}  // namespace syncline
