// Groups: what a scenario says of many devices at once: how many, whose, what they write and how
// often, over which links, how well their clocks go. Plain data; README.md is the format.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/world/fleet_plan.h"
#include "syncline/value.h"
#include "syncline/words.h"

namespace syncline::sim {

// From, to; drawn evenly.
struct Range {
  int64_t low = 0;
  int64_t high = 0;
};

// All devices of a link together are without it.
struct Outage {
  int64_t from_ms = 0;  // since the script's start
  int64_t for_ms = 0;
  int64_t every_ms = 0;  // 0: once
};

// Each device by itself loses its link and finds it again.
struct Flapping {
  Range up_ms;
  Range down_ms;
};

struct Link {
  std::string name;
  LinkQuality quality;
  std::vector<Outage> outages;
  std::optional<Flapping> flapping;
};

// A transaction that comes again and again. In its operations, strings may name {node}, {n} and
// {count}; {"random": [LOW, HIGH]}, {"one_of": [VALUE, ...]} and {"now": true} stand for values.
struct Writing {
  Range every_ms;
  Durability durability = Durability::group;
  Value operations;
  std::string pointer;
};

// The radio is on for some time in each period, from a phase of the device's own.
struct DutyCycle {
  int64_t on_ms = 0;
  int64_t every_ms = 0;
};

struct Crashing {
  Range every_ms;
  Range down_ms;
  bool power = false;  // what was not synced may go
};

struct Group {
  std::string name;
  int64_t count = 1;
  std::string link;  // empty: as good as it gets
  int64_t clock_wrong_by_ms = 0;
  std::vector<Writing> writes;
  std::optional<DutyCycle> duty_cycle;
  std::optional<Crashing> crashes;
};

// A device of a group: its node in the plan has this name.
struct Member {
  std::string node;
  size_t group = 0;
  int64_t number = 0;  // in its group, from 1
};

struct AuthorityPlan {
  std::optional<Range> append_us;
  bool writes_outside = false;  // its setting writes_outside_subscriptions is accept
};

}  // namespace syncline::sim
