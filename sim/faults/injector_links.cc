// Faults of links: most last a while, and have taken effect if the network says that frames met
// them.
#include "sim/faults/injector.h"

namespace syncline::sim {
namespace {

uint64_t effects_of(FaultKind kind, const Network::Counts& counts) {
  switch (kind) {
    case FaultKind::lossy:
      return counts.dropped;
    case FaultKind::slow_link:
    case FaultKind::slow_reader:
      return counts.slowed;
    default:
      return counts.held + counts.timeouts;
  }
}

// Small enough for a slow reader's outbox to overflow in a small fleet.
constexpr size_t kSlowOutboxBytes = 2u << 10;

}  // namespace

void Injector::strike_link(size_t i, NodeProcess& node) {
  const Fault& f = fault(i);
  Network& network = fleet_->network;
  const DeviceId device = node.device();
  const auto end_in_ms = [&](int64_t ms) {
    fleet_->clock.post_in_us(ms * 1000, [this, i] {
      if (!stopped_) cease_link(i);
    });
  };
  begun_[i] = effects_of(f.kind, network.counts(device));
  switch (f.kind) {
    case FaultKind::cut:
    case FaultKind::flap:
      if (network.connected(device)) count(i);
      network.set_cut(device, true);
      break;
    case FaultKind::blocked_up:
      network.set_blocked(device, true, false);
      break;
    case FaultKind::blocked_down:
      network.set_blocked(device, false, true);
      break;
    case FaultKind::blocked:
      network.set_blocked(device, true, true);
      break;
    case FaultKind::half_open:
      if (network.connected(device)) count(i);
      network.break_device_end(device);
      return;
    case FaultKind::lossy:
      network.set_drop_percent(device, static_cast<uint32_t>(f.amount));
      break;
    case FaultKind::slow_link:
      network.set_extra_latency(device, f.amount * 1000);
      break;
    default:
      network.set_slow_reader(device, f.amount * 1000, kSlowOutboxBytes);
      break;
  }
  end_in_ms(f.for_ms);
}

void Injector::cease_link(size_t i) {
  auto begun = begun_.find(i);
  NodeProcess* node = node_of(i);
  if (begun == begun_.end() || node == nullptr) return;
  Network& network = fleet_->network;
  const DeviceId device = node->device();
  const FaultKind kind = fault(i).kind;
  switch (kind) {
    case FaultKind::cut:
    case FaultKind::flap:
      network.set_cut(device, false);
      break;
    case FaultKind::blocked_up:
    case FaultKind::blocked_down:
    case FaultKind::blocked:
      network.set_blocked(device, false, false);
      break;
    case FaultKind::lossy:
      network.set_drop_percent(device, 0);
      break;
    case FaultKind::slow_link:
      network.set_extra_latency(device, 0);
      break;
    case FaultKind::slow_reader:
      network.set_slow_reader(device, 0, 0);
      break;
    default:
      break;
  }
  if (kind != FaultKind::half_open && kind != FaultKind::cut && kind != FaultKind::flap &&
      effects_of(kind, network.counts(device)) > begun->second)
    count(i);
  begun_.erase(begun);
}

}  // namespace syncline::sim
