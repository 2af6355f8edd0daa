// Behaviour: what the groups of a scenario do by themselves, from the script's start until a stop
// step: they write, lose their links and find them again, crash and start again.
#pragma once

#include <map>
#include <vector>

#include "sim/script/meter.h"
#include "sim/script/stage.h"

namespace syncline::sim {

class Behaviour {
 public:
  // Requires: all outlive it, and the clock runs no more once it is gone.
  Behaviour(const Scenario* scenario, Stage* stage, Meter* meter);
  // Each device begins at a moment of its own.
  Status begin();
  void stop(const step::Stop& stop);
  // Why a write can never be done; the first of them.
  const Status& failure() const { return failure_; }

 private:
  struct Device {
    NodeProcess* node = nullptr;
    const Member* member = nullptr;
    const Group* group = nullptr;
    const Link* link = nullptr;
    Random random{0};
    std::vector<int64_t> counts;  // of its writes, by Writing
  };
  void after(int64_t ms, std::function<void()> event);
  int64_t draw(Device* device, const Range& range) {
    return device->random.between(range.low, range.high);
  }
  void write_later(Device* device, size_t writing, int64_t ms);
  void write(Device* device, size_t writing);
  void begin_outage(Device* device, const Outage& outage, int64_t ms);
  void flap_later(Device* device, bool down);
  void cycle(Device* device, bool on, int64_t ms);
  void crash_later(Device* device);

  const Scenario* scenario_;
  Stage* stage_;
  Meter* meter_;
  std::vector<Device> devices_;
  bool writes_ = true;
  bool faults_ = true;
  Status failure_;
};

}  // namespace syncline::sim
