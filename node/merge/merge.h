// Merging: what one group of operations makes of one object, given what its writer had seen.
// Happens once, at the authority; spec/device-sync section 7's table, docs/conflict-resolution.md
// tells it in words.
//
// Pure; any thread; no clock, no randomness, no I/O.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "proto/entry.h"

namespace syncline {

// What the changeset's writer had seen when it wrote.
class Causality {
 public:
  virtual ~Causality() = default;
  // Own earlier writes along the parent chain of epochs, as far as `write` is one of them.
  virtual bool follows(const ChangesetName& write) const = 0;

  // It was seen in a log that a restore has lost, and is another entry of this one.
  virtual bool seen_in_lost_log(const ChangesetName&) const { return false; }

  LogSeq base;  // entries at or below it were seen; 0 for a blind group
  bool blind = false;
  Write write;     // of the changeset being merged: its name, its entry's seq, its effective stamp
  LogSeq horizon;  // marks of removal and adds at or below it are gone or may go (DESIGN 5)

  bool seen(const Write& other) const {
    return other.seq <= base || follows(other.name) || seen_in_lost_log(other.name);
  }
};

// For overlays: sees everything, so that every operation that finds its place takes effect.
class SeesEverything : public Causality {
 public:
  bool follows(const ChangesetName&) const override { return true; }
};

struct MergeInput {
  const Row* row = nullptr;         // null: the object is absent
  const MergeRow* merge = nullptr;  // null: nothing was ever recorded of it
  const Group* group = nullptr;
  // Operations (by position in the group) to leave out, as if they had not been written: refused
  // ones.
  const std::set<size_t>* left_out = nullptr;
  // What follows from the group in the terms of other schema versions: merged after it, as written
  // by it, by one who has seen all that stands. Null: nothing.
  const Group* following = nullptr;
  Stamp following_stamp;  // with this stamp
};

struct MergeOutput {
  std::optional<Row> row;  // after; nullopt: absent
  MergeRow merge;          // after
  std::vector<Outcome>
      outcomes;  // for each operation not left out; applied, superseded, or refused as depends_on
  std::vector<Step> touched;  // top-level steps whose item changed, sorted
  ObjectEffect effect;        // all of it as absolute values
};

// Merges the group into the object. Never fails on well-formed input: an operation that finds no
// place is superseded.
MergeOutput merge_group(const MergeInput& input, const Causality& causality);

// The same of a create in an insert-only type, where nothing stands and nothing was ever recorded:
// there is nothing to merge with and never will be, so no merge state is made. The row is as
// merge_group's.
// Requires: the group is one create of the object.
MergeOutput insert_object(const Group& group, LogSeq seq);

// The highest stamp that is recorded in it.
Stamp latest_in(const MergeScope& scope);
Stamp latest_in(const MergeSlot& slot);

// A position strictly between two (empty: the ends), short, the same answer everywhere. All 256
// byte values are digits; no position ends in a zero byte (node/merge/position.h).
Position position_between(const Position& left, const Position& right);

}  // namespace syncline
