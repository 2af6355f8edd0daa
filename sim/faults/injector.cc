// Faults begin and end; what they brought down is brought up again. Disks, the log and backups:
// injector_disks.cc. Links: injector_links.cc.
#include "sim/faults/injector.h"

#include <algorithm>

#include <fmt/format.h>

namespace syncline::sim {
namespace {

constexpr int64_t kReviveAgainUs = 500'000;
constexpr int64_t kDownAtLeastMs = 1;
constexpr int64_t kHourMs = 3'600'000;
// A process that was to die at some moment, and for so long has not come to it, lives.
constexpr int64_t kAwaitMomentUs = 5'000'000;

bool is_of_link(FaultKind kind) {
  return kind <= FaultKind::slow_reader && kind != FaultKind::storm;
}

}  // namespace

void Injector::before_begin() {
  for (size_t i = 0; i < plan_.faults.size(); ++i)
    if (fault(i).at_us == 0) strike(i);
}

void Injector::start() {
  for (size_t n = 0; n < fleet_->nodes.size(); ++n) watch(fleet_->nodes[n].get());
  fleet_->authority.on_ended = [this] { on_ended(kAuthority); };
  admit_rogue();
  for (size_t i = 0; i < plan_.faults.size(); ++i) {
    if (fault(i).at_us == 0 || fault(i).kind == FaultKind::long_offline) continue;
    fleet_->clock.post_in_us(fault(i).at_us, [this, i] {
      if (!stopped_) strike(i);
    });
  }
}

// If the plan has something for it to do: among the enrolled from the start, like any other.
void Injector::admit_rogue() {
  const bool wanted = std::any_of(plan_.faults.begin(), plan_.faults.end(),
                                  [](const Fault& f) { return f.kind >= FaultKind::rogue_gap; });
  if (!wanted) return;
  rogue_ = std::make_unique<Rogue>(fleet_, Random(plan_.seed).fork());
  if (Status started = rogue_->start(); !started) complaint_ = started.error().message;
}

void Injector::watch(NodeProcess* node) {
  for (size_t n = 0; n < fleet_->nodes.size(); ++n)
    if (fleet_->nodes[n].get() == node)
      node->on_ended = [this, n] { on_ended(static_cast<int>(n)); };
}

NodeProcess* Injector::node_of(size_t i) {
  const int target = fault(i).target;
  if (target < 0 || static_cast<size_t>(target) >= fleet_->nodes.size()) return nullptr;
  return fleet_->nodes[static_cast<size_t>(target)].get();
}

std::string Injector::name_of_target(int target) const {
  if (target == kAuthority) return "authority";
  if (target == kEverybody) return "everybody";
  return fmt::format("node {}", target);
}

void Injector::tell(size_t i, std::string_view what) {
  if (on_told) on_told(fmt::format("{}: {}", name_of_target(fault(i).target), what));
}

// Counted once, however often it took effect.
void Injector::count(size_t i) {
  if (has_fired_[i]) return;
  has_fired_[i] = true;
  ++fired_[static_cast<size_t>(fault(i).kind)];
}

void Injector::strike(size_t i) {
  const Fault& f = fault(i);
  tell(i, fmt::format("{} (fault {}, {} ms, amount {})", words_of(f.kind), i, f.for_ms, f.amount));
  NodeProcess* node = node_of(i);
  if (f.kind == FaultKind::storm) {
    for (auto& each : fleet_->nodes)
      if (fleet_->network.connected(each->device())) count(i);
    fleet_->network.storm();
  } else if (is_of_link(f.kind)) {
    if (node != nullptr) strike_link(i, *node);
  } else if (f.kind == FaultKind::clock_skew || f.kind == FaultKind::clock_jump ||
             f.kind == FaultKind::clock_drift || f.kind == FaultKind::clock_1970) {
    if (f.target == kAuthority) {
      strike_clock(i, fleet_->authority.clock());
    } else if (node != nullptr) {
      strike_clock(i, node->clock());
    }
  } else if (f.kind >= FaultKind::rogue_gap) {
    if (rogue_) rogue_->misbehave(f.kind, [this, i] { count(i); });
  } else if (f.target == kAuthority) {
    strike_authority(i);
  } else if (node != nullptr) {
    strike_node(i, *node);
  }
}

void Injector::strike_clock(size_t i, DeviceClock& clock) {
  const Fault& f = fault(i);
  if (f.kind == FaultKind::clock_drift) {
    clock.drift_ppm = f.amount;
  } else if (f.kind == FaultKind::clock_1970) {
    clock.skew_ms = -DeviceClock::kEpochMs - fleet_->clock.now_ms();
  } else {
    clock.skew_ms += f.amount;
  }
  count(i);
}

void Injector::strike_node(size_t i, NodeProcess& node) {
  const Fault& f = fault(i);
  if (!node.running()) return;
  switch (f.kind) {
    case FaultKind::kill:
      count(i);
      node.kill();
      return bring_down(i, f.target);
    case FaultKind::power_loss:
      count(i);
      node.lose_power();
      return bring_down(i, f.target);
    case FaultKind::kill_at_send:
      node.die_at_send(true);
      node.on_died = [this, i] {
        count(i);
        tell(i, "died before it sent");
        bring_down(i, fault(i).target);
      };
      fleet_->clock.post_in_us(kAwaitMomentUs, [&node] { node.die_at_send(false); });
      return;
    case FaultKind::pause:
      count(i);
      return node.stand_still(f.for_ms * 1000);
    case FaultKind::slow_disk:
      begun_[i] = node.slow_steps;
      node.slow_disk_us = f.amount * 1000;
      fleet_->clock.post_in_us(f.for_ms * 1000, [this, i, &node] {
        node.slow_disk_us = 0;
        if (node.slow_steps > begun_[i]) count(i);
      });
      return;
    case FaultKind::flush:
      if (node.store().flush()) count(i);
      return;
    case FaultKind::old_backup:
      images_.emplace(i, node.image());
      fleet_->clock.post_in_us(f.for_ms * 1000, [this, i, &node] {
        if (!stopped_) restore(i, node);
      });
      return;
    case FaultKind::clone:
      return clone(i, node);
    default:
      return strike_disk(i, node.disk());
  }
}

void Injector::strike_authority(size_t i) {
  const Fault& f = fault(i);
  AuthorityProcess& authority = fleet_->authority;
  if (f.kind == FaultKind::trim) {
    authority.retention_ms = f.amount;
    authority.retention_bytes = static_cast<uint64_t>(f.amount);
    authority.retention_every_ms = f.amount;
    return;
  }
  if (!authority.running()) return;
  const auto die_at = [&](AuthorityProcess::Moment moment) {
    authority.die_at(moment);
    authority.on_died = [this, i] {
      count(i);
      tell(i, "died at that moment");
      bring_down(i, kAuthority);
    };
    fleet_->clock.post_in_us(kAwaitMomentUs,
                             [this] { fleet_->authority.die_at(AuthorityProcess::Moment::never); });
  };
  switch (f.kind) {
    case FaultKind::kill:
      count(i);
      authority.kill();
      return bring_down(i, kAuthority);
    case FaultKind::power_loss:
      count(i);
      authority.lose_power();
      return bring_down(i, kAuthority);
    case FaultKind::kill_at_send:
      return die_at(AuthorityProcess::Moment::send);
    case FaultKind::kill_at_append:
      return die_at(AuthorityProcess::Moment::append);
    case FaultKind::pause:
      count(i);
      return authority.stand_still(f.for_ms * 1000);
    case FaultKind::flush:
      if (authority.store().flush()) count(i);
      return;
    case FaultKind::backup:
      return check_backup(i);
    case FaultKind::log_slow:
    case FaultKind::log_away:
    case FaultKind::log_unknown_lost:
    case FaultKind::log_unknown_kept:
    case FaultKind::log_fenced:
      return strike_log(i);
    case FaultKind::log_flip:
      return flip_log(i);
    default:
      return strike_disk(i, authority.state());
  }
}

// ---- what is down comes back ----

void Injector::bring_down(size_t i, int target) {
  const int64_t until_us =
      fleet_->clock.now_us() + std::max(fault(i).for_ms, kDownAtLeastMs) * 1000;
  Keeping& keeping = keeping_[target];
  keeping.down_until_us = std::max(keeping.down_until_us, until_us);
  revive_later(target, keeping.down_until_us);
}

void Injector::revive_later(int target, int64_t at_us) {
  fleet_->clock.post_in_us(at_us - fleet_->clock.now_us(), [this, target] { revive(target); });
}

void Injector::revive(int target) {
  Keeping& keeping = keeping_[target];
  if (fleet_->clock.now_us() < keeping.down_until_us) return;
  Status started;
  if (target == kAuthority) {
    if (fleet_->authority.running()) return;
    started = fleet_->authority.start();
  } else {
    NodeProcess& node = *fleet_->nodes[static_cast<size_t>(target)];
    if (node.running()) return;
    started = node.start();
  }
  if (started) {
    if (on_told) on_told(name_of_target(target) + " starts again");
    return;
  }
  if (!excused(target, started.error())) {
    complaint_ =
        fmt::format("{} does not start again: {}", name_of_target(target), started.error().message);
    return;
  }
  if (on_told)
    on_told(fmt::format("{} cannot start: {}", name_of_target(target), started.error().message));
  keeping.down_until_us = fleet_->clock.now_us() + kReviveAgainUs;
  revive_later(target, keeping.down_until_us);
}

// Whether a fault that is on explains this error; that fault has taken effect, and what it damaged
// is repaired, as from a mirror.
bool Injector::excused(int target, const Error& error) {
  bool found = false;
  for (const auto& [i, code] : keeping_[target].excuses) {
    if (code != error.code) continue;
    count(i);
    found = true;
    if (fault(i).kind == FaultKind::bit_flip) mend(i);
  }
  std::erase_if(keeping_[target].excuses, [&](const auto& excuse) {
    return fault(excuse.first).kind == FaultKind::bit_flip && has_fired_[excuse.first];
  });
  return found;
}

void Injector::on_ended(int target) {
  NodeProcess* node =
      target == kAuthority ? nullptr : fleet_->nodes[static_cast<size_t>(target)].get();
  Status& failure = node == nullptr ? fleet_->authority.failure : node->failure;
  const Error error = failure.error();
  failure = {};
  if (on_told) on_told(fmt::format("{} ends: {}", name_of_target(target), error.message));
  if (!excused(target, error)) {
    if (!complaint_)
      complaint_ = fmt::format("{} ended: {}", name_of_target(target), error.message);
    return;
  }
  Keeping& keeping = keeping_[target];
  keeping.down_until_us = std::max(keeping.down_until_us, fleet_->clock.now_us() + kReviveAgainUs);
  revive_later(target, keeping.down_until_us);
}

// ---- whole nodes ----

void Injector::restore(size_t i, NodeProcess& node) {
  node.kill();
  tell(i, "goes on from an old copy of its disk");
  Status restored = node.restore(images_.at(i));
  if (!restored) {
    complaint_ = "a node does not start from its backup: " + restored.error().message;
    return;
  }
  count(i);
}

void Injector::clone(size_t i, NodeProcess& node) {
  const NodeProcess::Image image = node.image();
  NodeProcess* copy = fleet_->add_copy(node);
  watch(copy);
  if (on_cloned) on_cloned(*copy);
  if (Status started = copy->restore(image); !started) {
    complaint_ = "a copy of a node does not start: " + started.error().message;
    return;
  }
  count(i);
}

// ---- long times, and the end ----

void Injector::pass_long_times() {
  for (size_t i = 0; i < plan_.faults.size() && !complaint_; ++i) {
    NodeProcess* node = node_of(i);
    if (fault(i).kind != FaultKind::long_offline || node == nullptr) continue;
    tell(i, fmt::format("is away for {} days", fault(i).amount));
    // Retention looks every hour: every minute would be much work for nothing new.
    if (!fleet_->authority.retention_every_ms) fleet_->authority.retention_every_ms = kHourMs;
    if (fleet_->authority.running()) {
      fleet_->authority.kill();
      revive_later(kAuthority, fleet_->clock.now_us() + 1);
    }
    node->kill();
    keeping_[fault(i).target].down_until_us =
        fleet_->clock.now_us() + fault(i).amount * 24 * kHourMs * 1000;
    fleet_->run_for(fault(i).amount * 24 * kHourMs);
    count(i);
    revive(fault(i).target);
  }
}

void Injector::stop() {
  stopped_ = true;
  for (size_t i = 0; i < plan_.faults.size(); ++i)
    if (is_of_link(fault(i).kind)) {
      cease_link(i);
    } else if (fault(i).kind == FaultKind::trim && fleet_->authority.trims > 0) {
      count(i);
    }
  fleet_->network.heal();
  AuthorityProcess& authority = fleet_->authority;
  authority.slow_log_us = 0;
  authority.die_at(AuthorityProcess::Moment::never);
  authority.log().fail_with({});
  authority.log().clear_script();
  authority.state().clear_faults();
  authority.state().mend();
  authority.move_on();
  for (auto& node : fleet_->nodes) {
    node->slow_disk_us = 0;
    node->die_at_send(false);
    node->disk().clear_faults();
    node->disk().mend();
    node->move_on();
  }
}

}  // namespace syncline::sim
