// Kept: own changesets that are decided, for the case that the authority is restored from a backup
// which does not hold their decisions. They are kept until the authority says that its log is safe
// up to them, within limits::kKeptChangesetsMax and kKeptBytesMax (the oldest go first), and become
// pending again when the node comes into a log that lacks them: under their names, in their order.
//
// A changeset that is kept stays where it was written; runs of orders say which are (kept_runs.h).
// They are let go of run by run: a run waits until the log is safe up to the last of it.
//
// Not kept is what is in the journal as a whole: its author decides. Within a step.
#pragma once

#include <vector>

#include "node/replica/kept_runs.h"
#include "node/replica/state.h"

namespace syncline {

// What one step keeps. Requires: each order once.
class NewKept {
 public:
  // At its decision. rewritten: its key was put more than once (KeptRun::rewritten). False: it is
  // not kept, and has been let go of in the step's batch.
  bool keep(ReplicaStep* step, uint64_t order, const WrittenView& written, bool rewritten,
            const Decision& decision);
  // Adds the runs to the step's batch. Call once, last.
  void write(ReplicaStep* step);

 private:
  struct One {
    uint64_t order = 0;
    KeptChangeset changeset;
    bool rewritten = false;
  };
  std::vector<One> kept_;
};

// The authority's log is safe up to there. Lets go of what is safe, and of what is beyond the
// limits; writes down what is kept. To be called once in a step that keeps or takes back, after
// that.
Status let_go_of_kept(ReplicaStep* step, LogSeq safe);

struct TakenBack {
  uint64_t order = 0;
  std::shared_ptr<const Changeset> changeset;  // shared with the caches of the step
  std::vector<ObjectName> objects;  // of it, that are shown otherwise while it is pending
};
// The node comes into the session's log: what that lacks becomes pending again, in the step's
// batch; its receipts say durable, and the journal lets go of its parts. Tells trouble if something
// was let go of that the log lacks.
Result<std::vector<TakenBack>> take_back_kept(ReplicaStep* step);

}  // namespace syncline
