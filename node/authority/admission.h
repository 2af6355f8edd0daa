// Admission: one changeset in, one entry out. Judges, merges, stamps; decides everything and writes
// nothing.
//
// Every decision is an entry, a full refusal too. What it reads is the state with its undecided
// layers above it, so each decision sees those before it. One thread (the machine's).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/authority/directory.h"
#include "node/authority/fold.h"
#include "node/authority/intake.h"
#include "node/authority/stamping.h"
#include "node/machine.h"
#include "node/merge/merge.h"
#include "proto/records.h"

namespace syncline {

// One offered changeset with what its upload says of it.
struct Offer {
  Offered changeset;
  std::shared_ptr<const Bytes> envelope;  // the upload's; null for the authority's own
  NodeId courier;
  WriteClock uploaded;
  std::shared_ptr<const Forks> forks;  // that the courier has heard of; null: none
  bool own = false;                    // the authority's own hand: everything is permitted
  // Of what others wrote: moved to where the schema has it now, or converted for a schema version
  // that is made ready (adopting.cc). It is as old as it was.
  enum class Keeps : uint8_t { nothing, moved, converted };
  Keeps keeps = Keeps::nothing;
};

struct Decided {
  Entry entry;
  std::map<ObjectName, KnownImage> images;  // of every object that it touched, after
};

// Refuses every operation that is not refused yet: the entry does nothing.
void refuse_rest(Decided* decided, Reason reason, const std::string& text);

// A changeset that makes no entry, because its name is decided already.
struct Known {
  std::optional<Decision> decision;  // as it was decided; nullopt: its record was trimmed
  bool clone = false;                // ... with another content: an alarm
};

class Admission {
 public:
  Admission(const Reader* state, Totals* totals, const Directory* directory)
      : state_(state), totals_(totals), directory_(directory) {}

  // Is the name taken? nullopt: it is new.
  Result<std::optional<Known>> find_known(const Offer& offer) const;
  // Requires: find_known() answered nullopt.
  Result<Decided> decide(const Offer& offer, const DecidedHead& head, Instant now) const;
  // It edits, or expects, an object that is absent here, and its base lies beyond the fork of a
  // restored log: the create may still come from another node. Requires: the offer is decoded.
  Result<bool> misses_create(const Offer& offer, const DecidedHead& head) const;

 private:
  struct Judging;
  std::optional<std::string> object_to_subscriptions(NodeId node, size_t bytes,
                                                     const Entry& entry) const;
  Result<std::optional<std::string>> object_to_guards(const Changeset& changeset,
                                                      const Access* access) const;
  Status judge_groups(const Changeset& changeset, Judging* judging, Decided* decided) const;
  // Requires: the changeset's subscriptions are decided, and nothing else.
  void follow_subscriptions(const Decided& decided, Judging* judging) const;
  // False: it lies outside the author's view as it stands, and may wait for the other groups.
  Result<bool> judge_group(const Group& group, const Judging& judging, bool may_wait,
                           Decided* decided) const;

  Result<BaseSeen> base_of(const Offer& offer, const DecidedHead& head) const;

  const Reader* state_;
  Totals* totals_;
  const Directory* directory_;
  // What was looked up last, for the many changesets that follow on one another: what a base had
  // seen.
  struct LastBase {
    Cursor base;
    LogSeq horizon;
    BaseSeen seen;
  };
  mutable std::optional<LastBase> last_base_;
};

}  // namespace syncline
