// Session: what the authority keeps of one greeted connection. Small, and nothing of a slow one's
// data.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "node/authority/transfer.h"
#include "node/machine.h"

namespace syncline {

struct Session {
  ConnectionId connection;
  NodeId node;
  std::string user;
  uint32_t version = 0;  // the schema version that its node greeted in
  SessionNonce nonce;

  // Down: what the node is told.
  std::shared_ptr<const View> view;     // which it is being brought up to
  Hash token;                           // of `view`
  std::optional<View> held_view;        // under which it has what it has; nullopt: unknown
  Hash held_token;                      // of `held_view`
  std::optional<Windows> held_windows;  // its windows, at `sent`; nullopt: unknown
  Cursor sent;  // frames were produced up to here; at first where the node stands, in whichever log
  // Entries up to here are told, or nothing of them is for its view. At or above `sent`.
  Cursor passed;
  // Changes of its view in the second that began then; told nothing until then.
  uint32_t view_changes = 0;
  int64_t view_changes_since_ms = 0;
  int64_t throttled_until_ms = 0;  // monotonic
  bool was_up_to_date = false;     // once, since it greeted
  bool parked = false;             // up to date: entries that concern it are found by the Router
  // Where it stands in another log, above the fork: up to here the two are one.
  std::optional<LogSeq> fork;
  std::shared_ptr<const Forks> forks;  // that the node has heard of
  bool everything = false;             // nothing it has is of use: bootstrap
  std::optional<Hello::Resume> resume;
  std::unique_ptr<Transfer> transfer;  // under way
  bool asking = false;                 // waiting for its have-list: no other data meanwhile
  uint32_t part = 0;                   // of the transfer's Delta
  uint64_t sent_bytes = 0;             // of Delta frames
  uint64_t consumed_bytes = 0;         // as the node says
  int64_t moved_monotonic_ms = 0;      // when it last took something
  Cursor integrated;                   // as the node says
  LogSeq confirmed;                    // ... and said since that it survives its losing power
  LogSeq hinted;                       // of that, what the state has
  Hash rights;                         // it was told these
  std::vector<Decision> aside;         // that make no entries (clones, gaps): with the next Delta
  struct Mark {
    uint64_t request = 0;
    LogSeq head;  // committed when it came
  };
  std::optional<Mark> mark;         // answered once all of that is told
  std::string declaration_refused;  // why its last Declare changed nothing; empty: it did, or none

  // Up: what it offers.
  Epoch epoch;  // of the last upload taken
  uint64_t received_number = 0;
  ChangesetName part_name;     // of the changeset that is staged in parts
  uint64_t part_next = 0;      // ... so far
  uint64_t taken_bytes = 0;    // of uploads, decided or queued
  uint64_t granted_bytes = 0;  // credit told, in total
};

}  // namespace syncline
