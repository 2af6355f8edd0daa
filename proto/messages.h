// Every message between a node and its authority, as plain data. proto/README.md tells the story of
// a session; proto/session.proto is the form on the wire; proto/codec.h goes between the two and
// enforces proto/limits.h.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "proto/entry.h"
#include "proto/lineage.h"
#include "proto/schema.h"

namespace syncline {

inline constexpr uint32_t kProtocolVersion = 1;

// ---- node to authority ----

// Opens a session, and is the only truth about what the node has.
struct Hello {
  uint32_t version_min = kProtocolVersion;
  uint32_t version_max = kProtocolVersion;
  std::vector<std::string> features;
  NodeId node;
  SessionNonce nonce;  // the node's random part; the session's nonce comes with Welcome
  Cursor cursor;
  Hash token;                    // of the view it was last brought up to; zeros for none
  uint64_t schema_mark = 0;      // Schema::mark() of the schema it holds
  uint32_t schema_version = 0;   // that its code is written for; 0: whichever is deployed
  // A bootstrap that was interrupted: what is staged reaches this far. Zero seq for none.
  struct Resume {
    Hash token;
    LogSeq seq;  // the snapshot that the first chunk was read at
    TypeNumber type;
    ObjectKey last_key;
    Incarnation incarnation;  // of the log that seq numbers
    bool operator==(const Resume&) const = default;
  } resume;
  Forks forks;      // that the node has heard of
  LogSeq safe_seq;  // the highest that it was told of in the cursor's log
  WriteClock now;
  Bytes signature;  // by the identity key over the encoded fields above and the authority's server
                    // key
  bool operator==(const Hello&) const = default;
};

struct Upload {
  SessionNonce session;
  Bytes envelope;               // encoded Envelope
  std::vector<Bytes> payloads;  // one for each of its hashes; empty ones come as parts
  WriteClock now;
  // Where a changeset was decided before, in a log that a restore has lost; at most
  // limits::kFormersMax of one.
  struct Former {
    uint32_t index = 0;  // which of the payloads
    LogPosition decided;
    bool operator==(const Former&) const = default;
  };
  std::vector<Former> formers;
  bool operator==(const Upload&) const = default;
};

// A piece of a payload that is too large for a message. Pieces come in order, before the Upload
// that names it.
struct UploadPart {
  SessionNonce session;
  ChangesetName name;
  uint64_t offset = 0;
  uint64_t total = 0;
  Bytes bytes;
  bool operator==(const UploadPart&) const = default;
};

// What the node has integrated; gives the authority its credit back.
struct Progress {
  SessionNonce session;
  Cursor integrated;
  uint64_t consumed_bytes = 0;  // of Delta frames in this session, in total
  bool operator==(const Progress&) const = default;
};

// Answers HaveAsk: the keys that the node holds in each bucket asked for, in the order of the
// question, sorted.
struct HaveList {
  SessionNonce session;
  uint64_t request = 0;
  Cursor cursor;  // what these keys are the state of
  struct Bucket {
    TypeNumber type;
    uint32_t bucket = 0;
    std::vector<ObjectKey> keys;
    std::vector<LogSeq> changed;  // only if the question asked for it: each row's seq
    bool operator==(const Bucket&) const = default;
  };
  std::vector<Bucket> buckets;
  bool last = true;  // long lists come in several messages
  bool operator==(const HaveList&) const = default;
};

// Asks for a Marked once the node has been told all that is committed as this arrives. A later one
// replaces it.
struct Mark {
  SessionNonce session;
  uint64_t request = 0;  // of the node's choosing
  bool operator==(const Mark&) const = default;
};

// ---- authority to node ----

struct Welcome {
  uint32_t version = kProtocolVersion;
  std::vector<std::string> features;
  SessionNonce hello;    // the Hello it answers
  SessionNonce session;  // in every frame from now on
  Incarnation incarnation;
  Forks forks;  // of a restored log: how it comes from its ancestors, the oldest first
  LogSeq head;
  // The last changeset of this origin that the authority has: upload what comes after it. Number 0:
  // nothing of the node's present epoch.
  Epoch epoch;
  uint64_t received_number = 0;
  uint64_t upload_credit_bytes = 0;  // in total, counted from 0 in this session
  std::string user;
  Bytes schema;  // encoded Schema, if the node's is of another version; else empty
  uint64_t schema_mark = 0;
  int64_t wall_ms = 0;
  LogSeq safe_seq;  // entries up to it are backed up, or old enough to count so
  bool operator==(const Welcome&) const = default;
};

// The frame named a session that is not known here (any more).
struct HelloAgain {
  SessionNonce session;
  bool operator==(const HelloAgain&) const = default;
};

// One object's news for one view. What a node must be told is always one of these three.
struct ObjectDelta {
  enum class Kind : uint8_t { enter = 1, update = 2, leave = 3 };
  Kind kind = Kind::enter;
  ObjectName object;
  LogSeq seq;  // the entry it comes from (catch-up: the row's last)
  Bytes row;   // enter: the encoded Row as projected; it replaces what was held, whole
  std::vector<Effect> effects;  // update: fields set and unset
  bool operator==(const ObjectDelta&) const = default;
};

// Positions in the node's have-list of what has left the view.
struct Leaves {
  uint64_t request = 0;
  TypeNumber type;
  uint32_t bucket = 0;
  std::vector<uint32_t> positions;
  bool operator==(const Leaves&) const = default;
};

// From one cursor to a later one. Parts are staged by the node and become visible with the last, in
// one batch.
struct Delta {
  enum class Kind : uint8_t {
    live = 1,       // entry by entry
    catch_up = 2,   // by object, after the cursor
    bootstrap = 3,  // everything in the view; what is not in it is gone once it is complete
  };
  SessionNonce session;
  Kind kind = Kind::live;
  Cursor from;  // must be the node's
  Cursor to;
  Hash token;         // of the view it is for
  uint32_t part = 0;  // from 0; a bootstrap that goes on from Hello::resume: from 1
  bool last = true;
  std::vector<Bytes> objects;  // encoded ObjectDelta: encoded once for all sessions with the view
  // A piece of an encoded ObjectDelta that is too large for a message: pieces come in order, each
  // in a part that is not the last; the one that completes it makes it count as an object of that
  // part.
  Bytes fragment;
  uint64_t fragment_offset = 0;
  uint64_t fragment_total = 0;
  std::vector<Leaves> leaves;
  std::vector<Decision> decisions;  // of the node's own changesets, decided at or before `to`
  uint64_t done_objects = 0;        // progress, of a known total (0: not known)
  uint64_t total_objects = 0;
  uint64_t done_bytes = 0;   // the same in bytes of objects as they are stored
  uint64_t total_bytes = 0;  // about: where not all of a type is told, by their mean size
  LogSeq safe_seq;           // as Welcome's; 0: no news
  bool operator==(const Delta&) const = default;
};

// Which of these hash buckets' keys do you hold? A key's bucket: the first `bucket_bits` of
// BLAKE2b(salt, type, key).
struct HaveAsk {
  SessionNonce session;
  uint64_t request = 0;
  uint64_t salt = 0;
  uint32_t bucket_bits = 0;  // 0: one bucket, everything
  bool with_seq = false;
  struct Buckets {
    TypeNumber type;
    std::vector<uint32_t> buckets;
    bool operator==(const Buckets&) const = default;
  };
  std::vector<Buckets> types;
  bool staged = false;  // of the bootstrap that the node offered to go on with, not of its view
  bool operator==(const HaveAsk&) const = default;
};

// How far uploads were taken; more may be sent until the credit is used.
struct UploadCredit {
  SessionNonce session;
  Epoch epoch;
  uint64_t received_number = 0;
  uint64_t credit_bytes = 0;  // in total, counted from 0 in this session
  bool operator==(const UploadCredit&) const = default;
};

// The session is over, and why. The node tells its user, and greets again only if `retry`.
struct Goodbye {
  SessionNonce session;
  Error error;
  bool retry = true;
  bool operator==(const Goodbye&) const = default;
};

// Answers a Mark, behind the deltas that it waits for.
struct Marked {
  SessionNonce session;
  uint64_t request = 0;  // the Mark's
  LogSeq head;           // what was committed when the Mark came; the deltas lead at least there
  bool operator==(const Marked&) const = default;
};

// Whose node it is, and what its user may do: behind the Welcome, and whenever that changes.
struct Rights {
  SessionNonce session;
  std::string user;
  Bytes rights;                               // encoded RightsRecord
  bool writes_outside_subscriptions = false;  // are accepted
  bool development = false;                   // the authority takes what code declares
  std::string declaration_refused;            // why the last Declare changed nothing; empty: no
  bool operator==(const Rights&) const = default;
};

// Node to authority: what its code declares beyond the schema that it was told.
struct Declare {
  SessionNonce session;
  Bytes declared;  // Extended JSON, plain form
  bool operator==(const Declare&) const = default;
};

using Message = std::variant<Hello, Upload, UploadPart, Progress, HaveList, Welcome, HelloAgain,
                             Delta, HaveAsk, UploadCredit, Goodbye, Mark, Marked, Rights, Declare>;

}  // namespace syncline
