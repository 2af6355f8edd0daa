#include "sim/swarm/restores.h"

namespace syncline::sim {
namespace {

// Of turns, in percent.
constexpr uint32_t kBackups = 6;
constexpr uint32_t kRestores = 5;
constexpr uint64_t kRestoresMax = 3;
// Shorter than the time in which a fleet must become quiet.
constexpr int64_t kCreateWaitMs = 20'000;

}  // namespace

Restores::Restores(Fleet* fleet, uint64_t seed, uint64_t one_in)
    : fleet_(fleet), random_(seed ^ 0x7265'7374'6f72'65) {
  on_ = one_in > 0 && random_.below(one_in) == 0;
  if (on_) fleet_->authority.create_wait_ms = kCreateWaitMs;
}

Status Restores::act() {
  if (!on_ || !fleet_->authority.running()) return {};
  if (random_.chance(kBackups)) {
    if (!fleet_->authority.log().head()) return {};  // it cannot be reached
    last_ = fleet_->authority.backup();
    nodes_ = fleet_->nodes.size();
    return {};
  }
  // What the operator did since is lost with it: then not this one.
  if (!last_ || nodes_ != fleet_->nodes.size() || count >= kRestoresMax ||
      !random_.chance(kRestores))
    return {};
  ++count;
  SYNCLINE_TRY(fleet_->authority.restore(*last_));
  return fleet_->authority.start();
}

}  // namespace syncline::sim
