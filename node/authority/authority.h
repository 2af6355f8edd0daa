// Authority: the machine that decides. Checks every change against schema and permissions, merges
// it, orders it, and feeds what is committed to the nodes whose subscriptions and permissions
// match.
//
// Pure (node/machine.h). Its parts: intake (any thread, before the machine), admission (offers to
// entries), the layers in flight (decided, with the log or waiting for it), the feeder. Inputs come
// in batches; what is decided while the log is busy becomes the next layer. Order of an output: the
// append is started, the state batch written, then everything else.
//
//   arrived -> admission -> layer + LogAppend -> commit thread -> CommitAnswered(committed) ->
//   state batch -> LayerApplied
//           -> feeder -> frames
//
// One thread. Requires: the store is as recover() left it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/authority/directory.h"
#include "node/authority/intake.h"
#include "node/machine.h"
#include "proto/limits.h"
#include "proto/records.h"
#include "storage/commit_log.h"

namespace syncline {

struct AuthorityOptions {
  NodeId id;         // its own, as the origin of its own changesets
  Bytes server_key;  // CURVE public key, 32 bytes
  FenceEpoch fence;  // as CommitLog::acquire() gave it
  LogHead log_head;  // as the log stands
  int64_t retention_ms =
      int64_t{30} * 24 * 3600 * 1000;            // marks of removal and log older than this may go
  uint64_t retention_bytes = uint64_t{1} << 30;  // of log
  int64_t retention_every_ms = 60'000;           // how often to look
  // Entries older than this count as safe even if no backup holds them: nodes let go of what they
  // keep for a restore.
  int64_t safe_after_ms = int64_t{7} * 24 * 3600 * 1000;
  // How long, after a restore, edits of an absent object wait for its create to come from another
  // node: longer than the longest pause between two greetings.
  int64_t create_wait_ms = int64_t{10} * 60 * 1000;
  std::shared_ptr<const RuleFunctions> functions;   // that rules may call; null: none
  size_t entry_bytes_max = limits::kEntryBytesMax;  // tests set smaller ones
  size_t entries_per_layer_max = limits::kEntriesPerLayerMax;
};

namespace authority_input {
struct Opened {  // first input; 32 random bytes from the operating system
  std::array<uint8_t, 32> random;
};
struct Frame {  // after intake()
  ConnectionId connection;
  NodeId courier;
  Result<syncline::Arrived> arrived;
};
struct Closed {  // the transport lost the connection
  ConnectionId connection;
};
struct CommitAnswered {
  AppendAnswer answer;
};
struct LayerApplied {};  // the state batch of the last output was written
struct Local {  // a changeset of the authority's own hand; its name must be next_own_name()
  uint64_t ticket = 0;
  ChangesetName name;
  Changeset changeset;
};
struct TimerFired {
  std::string name;
};
struct Flushed {  // the state was flushed up to this index: the log may be trimmed so far
  LogIndex applied;
};
struct BackedUp {  // a backup that holds the log up to this entry is durable
  LogSeq seq;
};
struct Pause {};  // sessions are sent away and none is taken; nothing is lost
struct Resume {};
struct Drain {};  // decide what is queued, feed what has credit, then say drained
}  // namespace authority_input

using AuthorityInput =
    std::variant<authority_input::Opened, authority_input::Frame, authority_input::Closed,
                 authority_input::CommitAnswered, authority_input::LayerApplied,
                 authority_input::Local, authority_input::TimerFired, authority_input::Flushed,
                 authority_input::Pause, authority_input::BackedUp, authority_input::Resume,
                 authority_input::Drain>;

// Something worth a line in the operator's log and a count in the metrics.
struct AuthorityEvent {
  std::string name;  // stable: "session_opened", "refused_frame", "clone_alarm", "gap", ...
  NodeId node;
  std::string text;
};

// The event of an app whose files are others now, in development mode.
inline constexpr const char* kAppChangedEvent = "app_changed";

struct AuthorityOutput {
  Batch state;           // derived; written before anything is told; then LayerApplied if applied
  bool applied = false;  // `state` is a committed layer: answer with LayerApplied
  std::shared_ptr<const LogAppend> append;  // start it; answer with CommitAnswered. One at a time
  std::vector<Send> sends;
  std::vector<Timer> timers;
  std::vector<std::pair<uint64_t, Decision>> local;  // decided and committed
  std::vector<AuthorityEvent> events;
  bool directory_changed = false;    // nodes were added or removed: allowed_nodes() is new
  bool want_flush = false;           // flush the state, then say Flushed
  std::optional<LogIndex> trim_log;  // forget the log up to here
  bool more = false;                 // step again without waiting: there is more to feed
  bool fenced = false;               // another authority has the log: discard this machine
  // The state cannot be read: no decision can be trusted; discard this machine, and find out.
  std::optional<Error> unreadable;
  bool drained = false;
};

struct AuthorityStatus {
  Cursor head;  // committed
  LogSeq horizon;
  uint64_t sessions = 0;
  uint64_t queued_offers = 0;
  bool paused = false;
  bool development = false;      // nodes' code may add to the schema
  LogSeq safe;                   // as SafeMark
  std::optional<Fork> restored;  // where the log left the one that was backed up
  LogSeq told_beyond;  // as SafeMark: above `restored`, nodes may have let go of their own
  struct Peer {
    NodeId node;
    std::string name;
    std::string user;
    bool connected = false;
    bool removed = false;
    uint32_t version = 0;  // the schema version that its code is written for; 0: the deployed one
    LogSeq integrated;
    Hash token;
  };
  std::vector<Peer> peers;
};

class Authority {
 public:
  static Result<std::unique_ptr<Authority>> open(AuthorityOptions options, const Store* state);
  ~Authority();
  AuthorityOutput step(Instant now, std::vector<AuthorityInput> inputs);

  // For the transport's allow list: CURVE keys (Z85) of nodes that may connect.
  std::vector<std::pair<std::string, NodeId>> allowed_nodes() const;
  // For intake on any thread: a copy of what is enrolled; shared, immutable.
  std::shared_ptr<const std::map<NodeId, PublicKey>> identities() const;
  std::shared_ptr<const Deployed> deployed() const;
  const Directory& directory() const;
  // The name that the next Local must carry, and the cursor to put into its base.
  ChangesetName next_own_name() const;
  Cursor committed() const;
  // Something is queued or in flight.
  bool has_undecided() const;
  // At most limits::kLayersInFlightMax, and one that is being written.
  size_t layers_in_flight() const;
  // The log record up to which the state has been told (to flush).
  LogIndex applied_index() const;
  AuthorityStatus status() const;
  const Bytes& site() const;
  // How often the log was restored from a backup.
  size_t restores() const;

 private:
  struct Impl;
  explicit Authority(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace syncline
