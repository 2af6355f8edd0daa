// Entries: what the authority decided, as absolute facts; and the merge state that it decides on.
// DESIGN 4 and 5.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/lineage.h"
#include "proto/operation.h"

namespace syncline {

enum class Verdict : uint8_t { applied = 1, superseded = 2, refused = 3 };

// Why an operation was refused. Numbers are on the wire and for ever.
enum class Reason : uint8_t {
  none = 0,
  schema = 1,          // the object would not fit its schema
  permission = 2,      // the role says no
  depends_on = 3,      // needs what a refused operation of the changeset would have introduced
  all_or_nothing = 4,  // another operation of the changeset was refused
  unknown_type = 5,
  unknown_field = 6,
  undecodable = 7,      // the payload does not decode
  too_large = 8,        // the object, the changeset or a value is beyond its limit
  outside_view = 9,     // a write to what its author's subscriptions do not cover
  no_such_object = 10,  // read by nobody: kept for update of an object that never was
  clone = 11,           // the name was used with another content
  removed_node = 12,    // its author is no longer a member
  create_lost = 13,     // its object's create was decided after a backup, and did not come again
  precondition = 14,    // what the transaction expects does not stand
  insert_only = 15,     // of an asymmetric type, and not the create of a new object
};
std::string_view name_of(Reason reason);

// One for each operation of the changeset, in its order of ordinals.
struct Outcome {
  uint32_t ordinal = 0;
  Verdict verdict = Verdict::applied;
  Reason reason = Reason::none;
  std::string text;       // refused: the exact rule and place, for a person
  LogSeq superseded_by;   // superseded: the entry that won; 0 if it is below the horizon
  bool by_reset = false;  // superseded by a delete, clear or change of kind: goes to the journal
  bool operator==(const Outcome&) const = default;
};

// What an entry did to a row, as an absolute value: applying it twice is applying it once.
struct Effect {
  enum class Kind : uint8_t {
    put = 1,    // item at path, position if it is a list element
    erase = 2,  // nothing at path
    move = 3,   // list element: another position
  };
  Kind kind = Kind::put;
  Path path;
  Item item;
  Position position;
  bool operator==(const Effect&) const = default;
};

// Which write, where in the order.
struct Write {
  ChangesetName name;
  LogSeq seq;
  Stamp stamp;
  bool operator==(const Write&) const = default;
};

struct CounterAdd {
  Write write;
  int64_t amount = 0;
  bool operator==(const CounterAdd&) const = default;
};

struct MergeScope;

// Merge state of one place in a scope. Mirrors Child, and outlives it: removed keys, members and
// fields keep theirs until the horizon.
struct MergeSlot {
  Step step;
  std::optional<Write> write;    // the register: who wrote last what stands (or stands as absent)
  bool by_default = false;       // ... by set_default
  bool absent = false;           // ... as a removal
  std::vector<CounterAdd> adds;  // above the horizon, folded or not, sorted by seq
  // List elements: the insert or move that put it where it stands, and the gap it was put into: the
  // positions of the neighbours that its writer saw (empty: an end). For the order of concurrent
  // inserts, and of moves.
  std::optional<Write> placed;
  Position after;
  LogSeq
      after_placed;  // the entry that had put the left one there: tells who saw it when it is gone
  Position before;
  std::unique_ptr<MergeScope> scope;  // if a scope stands or stood here

  MergeSlot() = default;
  MergeSlot(const MergeSlot& other);
  MergeSlot(MergeSlot&&) noexcept = default;
  MergeSlot& operator=(const MergeSlot& other);
  MergeSlot& operator=(MergeSlot&&) noexcept = default;
  bool operator==(const MergeSlot& other) const;
};

struct MergeScope {
  ScopeKind kind = ScopeKind::object;
  bool present = false;  // a scope stands here now
  // The creates that stand: the birth first, then creates of what was there already (for what
  // follows them along their own chain). The reset: the last delete, null, scalar or link in its
  // place. Cleared: the last clear, or assignment of a whole collection; then no create stands, for
  // those the clear had not seen have fallen with what was inside.
  std::vector<Write> creates;
  std::optional<Write> reset;
  std::optional<Write> cleared;
  std::vector<MergeSlot> slots;  // sorted by step
  // Lists: positions before the last rewrite with short keys and what they became, until the
  // horizon.
  struct Rewrite {
    LogSeq seq;
    std::vector<std::pair<Position, Position>> moved;  // sorted by the former
    bool operator==(const Rewrite&) const = default;
  };
  std::optional<Rewrite> rewrite;

  const MergeSlot* find(const Step& step) const;
  MergeSlot* find(const Step& step);
  MergeSlot& at(const Step& step);  // makes it if it is not there
  bool erase(const Step& step);
  bool operator==(const MergeScope&) const = default;
};

// The merge state of one object. Never leaves the authority.
struct MergeRow {
  MergeScope root;  // kind object; absent objects keep theirs as the mark of their removal
  bool operator==(const MergeRow&) const = default;
};

// What an entry did to one object.
struct ObjectEffect {
  ObjectName object;
  Value id;
  enum class Change : uint8_t {
    born = 1,
    updated = 2,
    removed = 3,
    unchanged = 4
  };  // unchanged: merge state only
  Change change = Change::updated;
  std::vector<Effect>
      effects;  // updated: what changed. born: one put of the whole at the empty path
  // updated: what stood at those paths before, one for one. removed, or born where a standing
  // object was deleted and created anew in one group: the whole before
  std::vector<Effect> earlier;
  // The merge state after: whole slots, by the path of their scope. One of slot, gone and marks is
  // there.
  struct MergeEffect {
    Path scope;                     // which scope
    std::optional<MergeSlot> slot;  // this slot is now so (with everything below)
    std::optional<Step> gone;       // or this slot is gone
    // or the scope's own kind, present, creates, reset, cleared and rewrite are now so; its slots
    // stay as they are
    std::optional<MergeScope> marks;
    bool operator==(const MergeEffect&) const = default;
  };
  // The whole state after (born, removed, or where that is shorter). An object of an insert-only
  // type is born without one: that nothing is recorded of it says that everybody has seen it.
  std::optional<MergeRow> merge;
  std::vector<MergeEffect> merge_effects;
  bool operator==(const ObjectEffect&) const = default;
};

// The author's name for a run of changesets, and the proof of it. Signed: everything but the
// signature.
struct Envelope {
  Bytes site;  // which fleet: the authority's server key hash
  NodeId origin;
  Epoch epoch;
  uint64_t first_number = 0;
  Hash previous;             // hash of the changeset before the first; zeros for an epoch's first
  std::vector<Hash> hashes;  // of each changeset's payload
  Bytes signature;           // Ed25519 by the origin's identity key over the encoded fields above
  bool operator==(const Envelope&) const = default;
};

struct Entry {
  LogSeq seq;
  Incarnation incarnation;
  ChangesetName name;
  Bytes payload;  // the changeset as received
  Hash payload_hash;
  // The author's envelope as received: with the payload it is the proof of who wrote what. One
  // upload's entries share it: it stands in the first of them in each append, and in the others so
  // many entries back. Empty and 0 for the authority's own.
  Bytes envelope;
  uint32_t envelope_back = 0;
  NodeId courier;          // who delivered it
  int64_t arrival_ms = 0;  // authority's wall clock
  Stamp stamp;             // effective
  Stamp stamp_high;        // highest effective stamp at or before this entry
  std::string user;        // the author's, as judged
  std::vector<std::pair<TypeNumber, std::string>> roles;  // the role by which each type was judged
  std::vector<Outcome> outcomes;
  std::vector<ObjectEffect> objects;
  // Reserved for gateways (DESIGN 4): which gateway answered first, and under which of its numbers.
  NodeId gateway;
  LogSeq gateway_seq;
  // Where it was decided before, in logs that restores have lost: as its node says. Oldest first.
  std::vector<LogPosition> formers;
  bool operator==(const Entry&) const = default;
};

// What a receipt says of the whole: committed if any operation was applied, else refused if any was
// refused, else superseded. An empty changeset is committed.
enum class DecisionState : uint8_t {
  committed = 1,
  superseded = 2,
  refused = 3,
  accepted_at_site = 4
};
DecisionState state_of(const std::vector<Outcome>& outcomes);

// What the author is told of its changeset.
struct Decision {
  ChangesetName name;
  Hash payload_hash;
  LogSeq seq;
  DecisionState state = DecisionState::committed;
  std::vector<Outcome> outcomes;  // those that were not applied
  bool operator==(const Decision&) const = default;
};

// Applies effects to a row's fields. kMalformed if a path leads nowhere.
Status apply_effects(Scope* fields, const std::vector<Effect>& effects);
Status apply_merge_effects(MergeRow* row, const std::vector<ObjectEffect::MergeEffect>& effects);

}  // namespace syncline
