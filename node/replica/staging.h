// Deltas that arrive in parts: staged in the store, invisible to readers, until the last part
// applies them at once.
//
// What is staged is keyed by object and already final: whole rows, and for a catch-up the objects
// that go. So the last part can move it into place whatever its size. A staged bootstrap survives a
// lost session and a restart: Hello offers to resume it, and parts that go on with it are numbered
// from 1. Part 0 starts anew, where resuming was not offered. A staged catch-up does not survive.
#pragma once

#include "node/replica/state.h"

namespace syncline {

class StagedView {
 public:
  // What objects are like once the staged delta is applied. `bootstrap`: nothing that is held now
  // counts.
  StagedView(const Store* store, bool staged, bool bootstrap)
      : store_(store), staged_(staged), bootstrap_(bootstrap) {}
  // The encoded row; nullopt: absent.
  Result<std::optional<Bytes>> get(const ObjectName& name) const;
  bool staged() const { return staged_; }
  bool bootstrap() const { return bootstrap_; }

 private:
  const Store* store_;
  bool staged_;
  bool bootstrap_;
};

// Adds a part that is not the last. `fresh`: it is the first, and what the store has staged is
// void. `leaving`: the objects that its leaves mean.
Status stage_part(ReplicaStep* step, const Delta& delta, const std::vector<ObjectName>& leaving,
                  bool fresh);

// Forgets what is staged.
void drop_staging(ReplicaStep* step);
// A catch-up in parts belongs to its session.
void drop_staged_catch_up(ReplicaStep* step);

// What Hello offers to resume; zeros if nothing.
Hello::Resume resume_of(const ReplicaState& state);

}  // namespace syncline
