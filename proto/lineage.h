// Lineage: which logs left which where. A restored authority's log is another incarnation of the
// one that was backed up: up to the fork they are one log, above it two.
//
// Authority and node each know some forks; what both histories have in common up to a position is
// computed from them alike on either side. Pure; any thread.
#pragma once

#include <optional>
#include <vector>

#include "proto/ids.h"

namespace syncline {

// `incarnation` shares with `parent` the entries up to `seq`, and no later one.
struct Fork {
  Incarnation incarnation;
  Incarnation parent;
  LogSeq seq;
  bool operator==(const Fork&) const = default;
};
// In the order they were heard of; each incarnation left one parent.
using Forks = std::vector<Fork>;

// A place in some log.
struct LogPosition {
  Incarnation incarnation;
  LogSeq seq;
  bool operator==(const LogPosition&) const = default;
};
inline LogPosition position_of(const Cursor& cursor) { return {cursor.incarnation, cursor.seq}; }

// The last entry at or before `position` that the log `incarnation` has too; nullopt: they are not
// known to have anything in common. Not above the position, but for a log's own positions it may be
// above that log's head.
std::optional<LogSeq> shared_up_to(const Forks& forks, LogPosition position,
                                   Incarnation incarnation);

// Adds those that are not known yet. Beyond limits::kForksMax the oldest are forgotten: positions
// in their logs are not understood any more.
void learn_forks(Forks* forks, const Forks& heard);

}  // namespace syncline
