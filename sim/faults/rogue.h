// Rogue: an enrolled node whose owner speaks the protocol by hand, badly and on purpose. It has a
// key of its own and knows everybody's name. Whatever it does, the others must not notice, and
// nothing may be in the log that it had no right to put there.
#pragma once

#include <deque>

#include "proto/uses.h"
#include "sim/faults/plan.h"
#include "sim/world/fleet.h"

namespace syncline::sim {

class Rogue {
 public:
  // Requires: it outlives the network's events.
  Rogue(Fleet* fleet, Random random);

  // Enrolled as a worker; it connects and greets. Requires: the authority runs.
  Status start();
  // Now, or as soon as it has a session. done: called when the authority has the frames' first.
  void misbehave(FaultKind how, std::function<void()> done);
  NodeId id() const { return id_; }

 private:
  struct Misdeed {
    FaultKind how;
    std::function<void()> done;
  };
  void on_frame(const Bytes& frame);
  void greet();
  void act();
  void commit(FaultKind how);
  void send(Bytes frame);
  Upload make_upload(std::vector<Bytes> payloads, const std::function<void(Envelope*)>& bend = {});
  Bytes lawful_payload();
  Bytes unlawful_payload();

  Fleet* fleet_;
  Random random_;
  KeyPair identity_;
  NodeId id_;
  bool greeted_ = false;
  SessionNonce session_;
  Epoch epoch_{1};
  uint64_t next_number_ = 1;
  Hash previous_;
  std::deque<Bytes> sent_;  // to be sent again
  std::deque<Misdeed> waiting_;
};

}  // namespace syncline::sim
