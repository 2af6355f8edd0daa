// One step of a scenario's script.
#pragma once

#include "sim/script/object_reader.h"
#include "sim/script/scenario.h"

namespace syncline::sim {

Result<Step> parse_step(const Value& value, const std::string& pointer);
// What its "expect" holds (parse_expect.cc).
Result<Action> parse_expect(const Value& value, const std::string& pointer);
// A short name, required.
std::string name_at(ObjectReader* reader, const char* key);
Result<ScenarioApp> parse_app(const Value& value, const std::string& pointer);
FleetUser parse_user(ObjectReader* reader);
// At "durability".
Durability durability_of(ObjectReader* reader, const char* missing);
Result<FleetSubscription> parse_subscription(const Value& value, const std::string& pointer);

}  // namespace syncline::sim
