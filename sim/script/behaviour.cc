#include "sim/script/behaviour.h"

#include "sim/script/actions.h"
#include "sim/script/templates.h"

namespace syncline::sim {

Behaviour::Behaviour(const Scenario* scenario, Stage* stage, Meter* meter)
    : scenario_(scenario), stage_(stage), meter_(meter) {
  Random random = stage->fleet.random.fork();
  for (const Member& member : scenario->members) {
    Device device;
    device.node = stage->fleet.find(member.node);
    device.member = &member;
    device.group = &scenario->groups[member.group];
    for (const Link& link : scenario->links)
      if (link.name == device.group->link) device.link = &link;
    device.random = random.fork();
    device.counts.resize(device.group->writes.size());
    devices_.push_back(std::move(device));
  }
}

void Behaviour::after(int64_t ms, std::function<void()> event) {
  stage_->fleet.clock.post_in_us(ms * 1000, std::move(event));
}

Status Behaviour::begin() {
  for (Device& device : devices_) {
    const int64_t wrong_ms = device.group->clock_wrong_by_ms;
    device.node->clock().skew_ms += device.random.between(-wrong_ms, wrong_ms);
    for (size_t i = 0; i < device.group->writes.size(); ++i)
      write_later(&device, i, device.random.between(0, device.group->writes[i].every_ms.high));
    if (device.link != nullptr) {
      for (const Outage& outage : device.link->outages)
        begin_outage(&device, outage, outage.from_ms);
      if (device.link->flapping) flap_later(&device, true);
    }
    if (const auto& duty = device.group->duty_cycle)
      cycle(&device, true, device.random.between(0, duty->every_ms - 1));
    if (device.group->crashes) crash_later(&device);
  }
  return {};
}

void Behaviour::stop(const step::Stop& stop) {
  writes_ = writes_ && !stop.writes;
  if (!stop.faults || !faults_) return;
  faults_ = false;
  for (Device& device : devices_) {
    for (Stage::Cut why : {Stage::Cut::outage, Stage::Cut::flapping, Stage::Cut::duty_cycle})
      stage_->set_cut(device.node, why, false);
  }
}

void Behaviour::write_later(Device* device, size_t writing, int64_t ms) {
  after(ms, [this, device, writing] {
    if (!writes_) return;
    write(device, writing);
    write_later(device, writing, draw(device, device->group->writes[writing].every_ms));
  });
}

void Behaviour::write(Device* device, size_t index) {
  if (!device->node->running()) return;
  const Writing& writing = device->group->writes[index];
  const TemplateContext context{device->member->node, device->member->number,
                                ++device->counts[index],
                                DeviceClock::kEpochMs + stage_->fleet.clock.now_ms()};
  Result<std::vector<UserOperation>> operations =
      parse_operations(fill_template(writing.operations, context, &device->random));
  if (!operations) {
    if (failure_) failure_ = std::unexpected(operations.error().within(writing.pointer));
    return;
  }
  const auto body = [&](Draft& draft) { return perform_all(*operations, &draft, nullptr); };
  Result<std::optional<ChangesetName>> name =
      device->node->commit(writing.durability, body, std::nullopt);
  if (!name) return meter_->on_impossible();
  if (*name) meter_->on_written(**name);
}

void Behaviour::begin_outage(Device* device, const Outage& outage, int64_t ms) {
  after(ms, [this, device, &outage] {
    if (!faults_) return;
    stage_->set_cut(device->node, Stage::Cut::outage, true);
    after(outage.for_ms, [this, device] {
      if (faults_) stage_->set_cut(device->node, Stage::Cut::outage, false);
    });
    if (outage.every_ms > 0) begin_outage(device, outage, outage.every_ms);
  });
}

void Behaviour::flap_later(Device* device, bool down) {
  const Flapping& flapping = *device->link->flapping;
  after(draw(device, down ? flapping.up_ms : flapping.down_ms), [this, device, down] {
    if (!faults_) return;
    stage_->set_cut(device->node, Stage::Cut::flapping, down);
    flap_later(device, !down);
  });
}

void Behaviour::cycle(Device* device, bool on, int64_t ms) {
  // Off until its phase comes.
  if (on) stage_->set_cut(device->node, Stage::Cut::duty_cycle, true);
  after(ms, [this, device, on] {
    if (!faults_) return;
    const DutyCycle& duty = *device->group->duty_cycle;
    stage_->set_cut(device->node, Stage::Cut::duty_cycle, !on);
    if (on) {
      cycle(device, false, duty.on_ms);
    } else {
      cycle(device, true, duty.every_ms - duty.on_ms);
    }
  });
}

void Behaviour::crash_later(Device* device) {
  const Crashing& crashing = *device->group->crashes;
  after(draw(device, crashing.every_ms), [this, device, &crashing] {
    if (!faults_) return;
    if (device->node->running()) {
      meter_->on_crash();
      crashing.power ? device->node->lose_power() : device->node->kill();
      after(draw(device, crashing.down_ms), [this, device] {
        if (device->node->running()) return;
        if (Status started = device->node->start(); !started && failure_) failure_ = started;
      });
    }
    crash_later(device);
  });
}

}  // namespace syncline::sim
