// The authority's inside, shared by the files that hold its verbs: authority.cc (dispatch),
// greeting.cc and greeting_versions.cc (sessions come and go), feeding.cc (whose
// turn it is to be told), offering.cc (uploads to layers), committing.cc (what follows
// a commit), adopting.cc (what a deployed schema leaves to do), developing.cc
// (what nodes declare), retention.cc. Private to this
// folder.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "node/authority/admission.h"
#include "node/authority/authority.h"
#include "node/authority/deploying.h"
#include "node/authority/feeder.h"
#include "node/authority/recent.h"
#include "node/authority/router.h"
#include "node/authority/session.h"
#include "node/authority/state_indexes.h"
#include "storage/store.h"
#include "syncline/declared_schema.h"

namespace syncline {

// A changeset waiting to be judged.
struct QueuedOffer {
  Offer offer;
  std::optional<ConnectionId> connection;  // whose credit it uses
  uint64_t ticket = 0;                     // of a Local; 0: none
  size_t bytes = 0;
};

// After a restore: the offers of an origin whose first waits for a create from another node, and
// the others behind it (awaiting.cc).
using AwaitingCreate = std::deque<QueuedOffer>;

// Entries decided one after another, appended to the log in one run, and written into the state in
// one batch.
struct Layer {
  std::shared_ptr<LogAppend> append;  // changes no more once it is with the log
  size_t payload_bytes = 0;
  std::vector<std::shared_ptr<RecentEntry>> entries;
  std::vector<std::pair<uint64_t, Decision>> local;
  std::vector<ObjectName> directory_objects;
  std::map<uint64_t, uint64_t> upload_bytes;  // of its entries, by connection
  // Where the envelope stands that the last entry was offered under.
  std::shared_ptr<const Bytes> envelope;
  LogSeq envelope_seq;
  Applied applied;  // after it
};

// Where the authority stands in what a deployed schema leaves to do in the objects (adopting.cc).
struct Adopting {
  uint64_t revision = 0;  // of the schema that it is done for; another one: from the beginning
  Bytes next;             // key of the next row; empty: the first
  uint64_t moved = 0;     // objects
  uint64_t stuck = 0;     // a revision with which nothing more can be done
};

// What a node's code declares, while the schema is developed.
struct Declaration {
  uint64_t connection = 0;
  NodeId node;
  DeclaredSchema declared;
};

// The app's record as what writes it: created, or field by field.
Result<Group> writing(const Document& record, const ChangesetName& name, bool is_new);

// Not a session's fault, and not its node's to know: what is told next could be wrong too.
bool is_of_state(const Error& error);

struct Authority::Impl {
  Impl(AuthorityOptions o, const Store* s)
      : options(std::move(o)),
        store(s),
        layers(s),
        totals(&layers),
        admission(&layers, &totals, &deciding),
        feeder(s, &recent) {}

  AuthorityOptions options;
  const Store* store;
  Layers layers;
  Bytes site;
  Hash seed;  // from Opened: nonces, salts and the epoch come of it
  uint64_t drawn = 0;

  // As new as what is decided.
  Directory deciding;
  Totals totals;
  StateIndexes indexes;
  Admission admission;
  Applied decided;
  LogHead log;  // after what is decided
  std::deque<QueuedOffer> queue;
  size_t queued_in_parts_bytes = 0;  // limits::kQueuedInPartsBytesMax
  std::map<NodeId, AwaitingCreate> awaiting;
  std::map<NodeId, int64_t> create_due;  // monotonic: until when the origin's offers wait at most
  bool born = false;                     // an object was, since `awaiting` was looked at
  // Decided and not yet committed, the oldest first; each has its batch in `layers`. Only the first
  // is with the log: the last takes what is decided meanwhile.
  std::deque<Layer> in_flight;
  bool appending = false;
  int append_tries = 0;
  // Committed, its batch on its way into the state: until it is there, neither admission nor
  // retention may read.
  std::optional<Layer> applying;
  Epoch own_epoch;
  uint64_t own_number = 0;  // last used
  // Of changesets that nobody asked for (adopting.cc, developing.cc): apart from those that wait
  // for their name's turn.
  Epoch hand_epoch;  // drawn with the first
  uint64_t hand_number = 0;
  std::deque<Declaration> declarations;  // to be looked at
  // Type and field: asked for by subscriptions, and not declared queryable yet.
  std::set<std::pair<std::string, std::string>> asked;

  // As new as what is committed.
  Directory directory;
  Applied committed;
  Recent recent;
  Feeder feeder;
  std::map<uint64_t, Session> sessions;  // by connection
  std::map<NodeId, uint64_t> connection_of;
  // Nodes whose code is of another schema version than the log says: greeted when that is written.
  using WaitingHello = std::pair<ConnectionId, Hello>;
  std::map<NodeId, WaitingHello> waiting_hellos;
  std::map<NodeId, int64_t> version_said;  // monotonic: when the log was last told another
  Router router;
  Cursor routed;  // entries up to here were routed: no parked session lacks anything of them
  // Sessions that may have something to be told now. A parked one, and one that waits for credit or
  // a have-list, is not among them.
  std::set<uint64_t> active;
  uint64_t next_fed = 0;  // fairness: who is fed first
  std::shared_ptr<const std::map<NodeId, PublicKey>> identities;
  bool paused = false;
  bool draining = false;
  std::set<ChangesetName> alarms;  // clones told of already
  Adopting adopting;
  bool retention_due =
      false;                  // nothing is decided until nothing is in flight, and it was looked at
  LogSeq trimmed;             // history up to it was let go, since the start
  LogSeq let_go_of;           // marks of entries up to it, in the last turn
  Bytes decisions_looked_at;  // of the walk over decisions: where it goes on
  LogIndex trim_after_flush;
  SafeMark safe;

  // Present only during a step.
  Instant now;
  AuthorityOutput out;
  bool swept = false;  // it lets go of marks of removal

  // authority.cc
  void dispatch(AuthorityInput& input);
  uint64_t draw();
  void event(std::string name, NodeId node, std::string text);
  void send(ConnectionId to, const Message& message);
  void on_opened(const authority_input::Opened& input);
  void on_timer(const std::string& name);

  // feeding.cc
  void set_view(Session* session, std::shared_ptr<const View> view);
  void wake(Session* session);
  void throttle(Session* session);
  void wake_throttled();
  void wake_all_behind();
  void route(const RecentEntry& entry);
  void feed();
  void build_indexes();
  void remember_view(const Session& session);

  // greeting.cc
  void on_frame(authority_input::Frame& input);
  void on_hello(ConnectionId connection, const Hello& hello);
  void on_progress(Session* session, const Progress& progress);
  void on_have_list(Session* session, const HaveList& list);
  void on_mark(Session* session, const Mark& mark);
  void answer_mark(Session* session);
  Session* session_of(ConnectionId connection, SessionNonce nonce);
  std::optional<Error> decide_cursor(const Hello& hello, Session* session);
  void look_at_safe(const Hello& hello, LogSeq shared);
  void say_goodbye(ConnectionId connection, Error error, bool retry);
  void refuse_frame(ConnectionId connection, NodeId courier, const Error& error);
  void end_session(uint64_t connection);
  void refresh_identities();
  void tell_rights(Session* session);
  bool greets_in_version(ConnectionId connection, const Hello& hello, const KnownNode& node);
  Status note_versions();
  bool changes_version_too_often(NodeId node);
  std::optional<WaitingHello> take_waiting(NodeId node);
  void end_sessions_of_ended_versions();
  // Its node's. Requires: an app is deployed.
  const Schema& schema_of(const Session& session) const;

  // offering.cc
  void on_upload(Session* session, OfferedUpload& upload);
  void on_part(Session* session, UploadPart& part);
  void on_local(authority_input::Local& local);
  bool take_whole(Offered* offered);
  void decide();
  Status decide_next();
  bool is_full(const Layer& layer) const;
  bool has_room_in_flight() const;
  Layer& open_layer();
  void finish_layer();
  DecidedHead decided_head() const;
  Result<Decided> decide_one(QueuedOffer& queued, Layer* layer);
  void note_envelope(const Offer& offer, Layer* layer, Entry* entry) const;
  void answer_known(const QueuedOffer& queued, const Known& known);
  void give_credit(uint64_t connection, uint64_t bytes);
  void tell_aside(Session* session, Decision decision);

  // awaiting.cc
  Result<bool> wait_for_create(QueuedOffer* queued);
  void wake_awaiting();
  void drop_awaiting(const Session& session);

  // committing.cc
  void start_append();
  void on_commit_answered(AppendAnswer answer);
  void on_layer_applied();
  bool nothing_in_flight() const { return in_flight.empty() && !applying; }
  void follow_rules(Session* session);
  void follow_directory(const std::vector<ObjectName>& objects);
  void follow_node(NodeId id);
  void greet_all_again();

  // adopting.cc
  bool is_adopting() const;
  Status adopt_some();
  Status adopt_named(const Changeset& offered);
  Status put_next_in_force(const Deployed& deployed);
  void tell_not_made(const Entry& entry, bool prepares);

  // developing.cc
  void on_declare(Session* session, const Declare& declare);
  void note_asked(const ObjectName& subscription);
  Status extend_schema();
  // Why it was refused, for a person; nullopt: it stands.
  Result<std::optional<std::string>> deploy_by_hand(const Deployment& deployment);

  // The authority's own hand, by itself: decided at once, on what is decided.
  ChangesetName next_hand_name();
  Changeset begin_by_hand() const;  // on what is decided
  Result<Decided> decide_by_hand(const ChangesetName& name, Changeset changeset,
                                 Offer::Keeps keeps);

  // retention.cc
  void look_at_retention();
  void on_flushed(LogIndex applied);
  void sweep_marks(LogSeq horizon);
  void look_at_age();
  void raise_safe(LogSeq seq);
  LogSeq last_older_than(int64_t age_ms, LogSeq from) const;
  LogSeq last_beyond_size() const;
  LogSeq hint_of(NodeId node) const;
  LogSeq confirmed_by(NodeId node) const;
  LogSeq last_seen_by_all() const;
  void let_go_of_decisions(LogSeq old);
  void keep_hints();
  void raise_horizon(LogSeq horizon);
  void trim_log(LogSeq to);
  LogIndex provable_from(LogSeq last, LogIndex at_last) const;
};

}  // namespace syncline
