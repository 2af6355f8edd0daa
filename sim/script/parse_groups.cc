#include "sim/script/parse_groups.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/replica/user_operation.h"
#include "sim/script/limits.h"
#include "sim/script/parse_steps.h"
#include "sim/script/templates.h"

namespace syncline::sim {
namespace {

// "5s", or ["1s", "10s"]: drawn in between.
Range parse_range(ObjectReader* read, const char* key, int64_t low) {
  const Value* value = read->value(key);
  Range range{low, low};
  if (value == nullptr) return read->wrong(key, "a duration, or two: [FROM, TO]"), range;
  const List* list = value->get_if<List>();
  if (list == nullptr) {
    range.low = range.high = read->duration(key);
  } else if (list->elements.size() == 2 && list->elements[0].is<std::string>() &&
             list->elements[1].is<std::string>()) {
    Result<int64_t> from = parse_duration(list->elements[0].get<std::string>());
    Result<int64_t> to = parse_duration(list->elements[1].get<std::string>());
    if (!from || !to) return read->wrong(key, "two durations, such as [\"1s\", \"10s\"]"), range;
    range = {*from, *to};
  } else {
    read->wrong(key, "a duration, or two: [FROM, TO]");
  }
  if (range.low < low || range.high < range.low)
    read->wrong(key, fmt::format("from at least {} ms to at least that", low));
  return range;
}

Range in_us(Range ms) { return {ms.low * 1000, ms.high * 1000}; }

Result<Outage> parse_outage(const Value& value, const std::string& pointer) {
  ObjectReader read(value, pointer, "an outage");
  Outage outage{read.duration("from", 0), read.duration("for"), read.duration("every", 0)};
  if (outage.from_ms < 0) read.wrong("from", "a time after the script's start");
  if (outage.for_ms <= 0) read.wrong("for", "how long it lasts");
  if (outage.every_ms != 0 && outage.every_ms <= outage.for_ms)
    read.wrong("every", "a longer time than it lasts");
  SYNCLINE_TRY(read.done());
  return outage;
}

Result<Writing> parse_writing(const Value& value, const std::string& pointer) {
  Writing writing;
  writing.pointer = pointer;
  ObjectReader read(value, pointer, "what is written");
  writing.every_ms = parse_range(&read, "every", 1);
  writing.durability = durability_of(&read, "group");
  const Value* operations = read.value("operations");
  if (operations == nullptr) {
    read.wrong("operations", "a list of operations, as `syncline apply` takes it");
  } else {
    writing.operations = *operations;
    // As the first device would write it the first time.
    Random random(1);
    Result<std::vector<UserOperation>> parsed =
        parse_operations(fill_template(*operations, {"node", 1, 1, 0}, &random));
    if (!parsed) read.take(std::unexpected(parsed.error().within(read.at("operations"))));
  }
  SYNCLINE_TRY(read.done());
  return writing;
}

Result<DutyCycle> parse_duty_cycle(const Value& value, const std::string& pointer) {
  ObjectReader read(value, pointer, "a duty cycle");
  DutyCycle cycle{read.duration("on"), read.duration("every")};
  if (cycle.on_ms <= 0 || cycle.every_ms <= cycle.on_ms) read.wrong("on", "a part of \"every\"");
  SYNCLINE_TRY(read.done());
  return cycle;
}

Result<Crashing> parse_crashing(const Value& value, const std::string& pointer) {
  ObjectReader read(value, pointer, "crashes");
  Crashing crashing{parse_range(&read, "every", 1), parse_range(&read, "down_for", 0),
                    read.boolean("power", false)};
  SYNCLINE_TRY(read.done());
  return crashing;
}

Result<Flapping> parse_flapping(const Value& value, const std::string& pointer) {
  ObjectReader read(value, pointer, "flapping");
  Flapping flapping{parse_range(&read, "up", 1), parse_range(&read, "down", 1)};
  SYNCLINE_TRY(read.done());
  return flapping;
}

// A part that may be missing.
template <class T>
void optional_part(ObjectReader* read, const char* key, std::optional<T>* out,
                   Result<T> (*parse)(const Value&, const std::string&)) {
  const Value* value = read->value(key);
  if (value == nullptr) return;
  Result<T> parsed = parse(*value, read->at(key));
  if (parsed) {
    *out = std::move(*parsed);
  } else {
    read->take(std::unexpected(parsed.error()));
  }
}

const Link* link_of(const Scenario& scenario, const std::string& name) {
  for (const Link& link : scenario.links)
    if (link.name == name) return &link;
  return nullptr;
}

}  // namespace

Result<Link> parse_link(const std::string& name, const Value& value, const std::string& pointer) {
  Link link;
  link.name = name;
  ObjectReader read(value, pointer, "a link");
  if (read.has("latency")) {
    const Range us = in_us(parse_range(&read, "latency", 0));
    link.quality.latency_us_min = us.low;
    link.quality.latency_us_max = us.high;
  }
  link.quality.drop_percent = static_cast<uint32_t>(read.integer("loss_percent", 0, 100, 0));
  link.quality.bytes_per_second = read.integer("bytes_per_second", 0, INT32_MAX, 0);
  read.each("outages", script::kNamesMax, [&](const Value& one, const std::string& at) -> Status {
    SYNCLINE_ASSIGN(Outage outage, parse_outage(one, at));
    link.outages.push_back(outage);
    return {};
  });
  optional_part(&read, "flapping", &link.flapping, parse_flapping);
  SYNCLINE_TRY(read.done());
  return link;
}

Status parse_group(const Value& value, const std::string& pointer, Scenario* scenario) {
  Group group;
  FleetNode node;
  ObjectReader read(value, pointer, "a group");
  group.name = read.text("name");
  group.count = read.integer("count", 1, script::kNodesMax, 1);
  group.link = read.text("link", "");
  const Link* link = link_of(*scenario, group.link);
  if (link == nullptr && !group.link.empty()) read.wrong("link", "the name of one of \"links\"");
  if (link != nullptr) node.link = link->quality;
  group.clock_wrong_by_ms = read.duration("clock_wrong_by", 0);
  if (group.clock_wrong_by_ms < 0) read.wrong("clock_wrong_by", "how far either way");
  const std::string user = read.text("user", "{node}");
  const Document custom_data = read.document("custom_data");
  read.each("subscriptions", script::kSubscriptionsMax,
            [&](const Value& one, const std::string& at) -> Status {
              SYNCLINE_ASSIGN(FleetSubscription subscription, parse_subscription(one, at));
              node.subscriptions.push_back(std::move(subscription));
              return {};
            });
  read.each("writes", script::kNamesMax, [&](const Value& one, const std::string& at) -> Status {
    SYNCLINE_ASSIGN(Writing writing, parse_writing(one, at));
    group.writes.push_back(std::move(writing));
    return {};
  });
  optional_part(&read, "duty_cycle", &group.duty_cycle, parse_duty_cycle);
  optional_part(&read, "crashes", &group.crashes, parse_crashing);
  SYNCLINE_TRY(read.done());
  if (scenario->nodes.size() + static_cast<size_t>(group.count) > script::kNodesMax)
    return fail(ErrorCode::kTooLarge,
                fmt::format("{}: at most {} nodes are taken", pointer, script::kNodesMax));
  for (int64_t n = 1; n <= group.count; ++n) {
    node.name = group.count == 1 ? group.name : fmt::format("{} {}", group.name, n);
    const TemplateContext context{node.name, n, 0, 0};
    node.user = fill_text(user, context);
    const bool known = std::any_of(scenario->users.begin(), scenario->users.end(),
                                   [&](const FleetUser& other) { return other.id == node.user; });
    if (!known) scenario->users.push_back({node.user, {}, custom_data});
    scenario->members.push_back({node.name, scenario->groups.size(), n});
    scenario->nodes.push_back(node);
  }
  scenario->groups.push_back(std::move(group));
  return {};
}

Result<AuthorityPlan> parse_authority(const Value& value, const std::string& pointer) {
  AuthorityPlan plan;
  ObjectReader read(value, pointer, "the authority");
  if (read.has("append")) plan.append_us = in_us(parse_range(&read, "append", 0));
  plan.writes_outside =
      read.word("writes_outside_subscriptions", {"refuse", "accept"}, "refuse") == "accept";
  SYNCLINE_TRY(read.done());
  return plan;
}

}  // namespace syncline::sim
