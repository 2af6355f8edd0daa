#include "sim/world/fleet.h"

#include <fmt/format.h>

#include "node/replica/subscriptions.h"

namespace syncline::sim {
namespace {

constexpr const char* kThingSchema = R"({
  "title": "Thing", "bsonType": "object", "required": ["_id"],
  "properties": {
    "_id": {"bsonType": "string"},
    "name": {"bsonType": "string", "maxLength": 40},
    "count": {"bsonType": "long"},
    "checked": {"bsonType": "bool"},
    "secret": {"bsonType": "string"},
    "notes": {"bsonType": "array", "items": {"bsonType": "string"}},
    "tags": {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "string"}},
    "labels": {"bsonType": "object", "additionalProperties": {"bsonType": "long"}},
    "place": {"bsonType": "object", "title": "Place",
              "properties": {"shelf": {"bsonType": "long"}, "row": {"bsonType": "string"}}},
    "anything": {"bsonType": "mixed"}
  }})";
constexpr const char* kRuleSchema = R"({
  "title": "Rule", "bsonType": "object", "required": ["_id"],
  "properties": {"_id": {"bsonType": "long"}, "text": {"bsonType": "string"}, "count": {"bsonType": "long"}}})";
constexpr const char* kThingRules = R"({"database": "sim", "collection": "things", "roles": [
  {"name": "manager", "apply_when": {"%%user.custom_data.manager": true},
   "document_filters": {"read": true, "write": true}, "read": true, "write": true, "insert": true, "delete": true},
  {"name": "worker", "apply_when": {}, "document_filters": {"read": true, "write": true}, "insert": true, "delete": true,
   "fields": {"checked": {"read": true, "write": false}, "secret": {"read": false, "write": false}},
   "additional_fields": {"read": true, "write": true}}]})";
constexpr const char* kRuleRules = R"({"database": "sim", "collection": "rules", "roles": [
  {"name": "manager", "apply_when": {"%%user.custom_data.manager": true},
   "document_filters": {"read": true, "write": true}, "read": true, "write": true, "insert": true, "delete": true},
  {"name": "reader", "apply_when": {}, "document_filters": {"read": true, "write": false}, "read": true, "write": false,
   "insert": false, "delete": false}]})";

}  // namespace

AppFiles Fleet::app() {
  const std::string base = "data_sources/mongodb-atlas/";
  return {
      {"realm_config.json", R"({"config_version": 20210101, "name": "sim"})"},
      {base + "config.json",
       R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "c"}})"},
      {base + "sim/things/schema.json", kThingSchema},
      {base + "sim/things/rules.json", kThingRules},
      {base + "sim/rules/schema.json", kRuleSchema},
      {base + "sim/rules/rules.json", kRuleRules},
      {"sync/config.json",
       R"({"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas", "database_name": "sim"})"}};
}

Fleet::Fleet(FleetOptions options)
    : random(options.seed),
      network(&clock, random.fork()),
      authority(&clock, &network, random.fork()),
      options_(options) {
  for (int i = 0; i < options_.nodes; ++i)
    nodes.push_back(
        std::make_unique<NodeProcess>(&clock, &network, random.fork(), authority.server_key()));
}

Status Fleet::begin() {
  SYNCLINE_ASSIGN(deployed_, compile_app(app(), nullptr, RolesWithoutFilters::deny));
  User manager{"manager", "normal", {}, Document{{"manager", true}}};
  User worker{"worker", "normal", {}, Document{{"manager", false}}};
  manager_ = deployed_->policy->access_of(manager);
  worker_ = deployed_->policy->access_of(worker);
  SYNCLINE_TRY(authority.initialise(app()));
  SYNCLINE_TRY(authority.add_user(manager.id, manager.custom_data));
  SYNCLINE_TRY(authority.add_user(worker.id, worker.custom_data));
  for (auto& node : nodes) SYNCLINE_TRY(start_node(node.get()));
  // Nobody knows a type before the authority has said what there is.
  const int64_t until = clock.now_ms() + 30'000;
  for (auto& node : nodes) {
    while (node->machine().schema() == nullptr)
      if (!clock.run_next(until))
        return fail(ErrorCode::kTimedOut, "the authority does not tell its schema");
  }
  for (auto& node : nodes) subscribe_all(node.get());
  return {};
}

Status Fleet::start_node(NodeProcess* node) {
  SYNCLINE_TRY(authority.add_node(node->id(), is_manager(*node) ? "manager" : "worker",
                                  node->identity().public_key));
  return node->start();
}

void Fleet::subscribe_all(NodeProcess* node) {
  node->write(Durability::commit, [&](Draft& draft) -> Status {
    SYNCLINE_TRY(subscribe(&draft, node->id(), "things", "Thing", ""));
    SYNCLINE_TRY(subscribe(&draft, node->id(), "rules", "Rule", ""));
    return {};
  });
}

Result<NodeProcess*> Fleet::join(Random random) {
  nodes.push_back(std::make_unique<NodeProcess>(&clock, &network, random, authority.server_key()));
  NodeProcess* node = nodes.back().get();
  SYNCLINE_TRY(start_node(node));
  return node;
}

void Fleet::run_for(int64_t ms) {
  const int64_t until = clock.now_ms() + ms;
  while (clock.run_next(until)) {
  }
}

// The oldest changeset that the node still waits for, and what the log says of it.
std::string Fleet::oldest_pending(NodeProcess& node) {
  auto pending = read_pending(node.disk());
  if (!pending || pending->empty()) return {};
  const ChangesetName& name = pending->front().first;
  const Entry* entry = history.entry_of(name);
  return fmt::format(
      " (the oldest, {}, is {})", to_string(name),
      entry == nullptr ? "not in the log" : fmt::format("entry {}", entry->seq.value));
}

std::string Fleet::unrest() {
  if (!authority.running()) return "the authority is down";
  if (authority.machine().has_undecided())
    return "the authority has offers that it does not decide";
  const Cursor head = authority.machine().committed();
  std::string unrest;
  for (auto& node : nodes) {
    if (!node->running()) return fmt::format("node {} is down", to_string(node->id()));
    const ReplicaStatus status = node->machine().status();
    if (status.pending == 0 && status.cursor == head) continue;
    if (!unrest.empty()) unrest += "; ";
    unrest +=
        fmt::format("node {} is {} at entry {} of {} with {} pending, {} of them not received{}{}",
                    to_string(node->id()), name_of(status.state), status.cursor.seq.value,
                    head.seq.value, status.pending, status.not_received, oldest_pending(*node),
                    status.trouble ? ", and says: " + status.trouble->message : "");
  }
  return unrest;
}

Status Fleet::settle(int64_t at_most_ms) {
  network.heal();
  if (!authority.running()) SYNCLINE_TRY(authority.start());
  for (auto& node : nodes)
    if (!node->running()) SYNCLINE_TRY(node->start());
  const int64_t until = clock.now_ms() + at_most_ms;
  std::string why;
  do {
    run_for(1'000);
    why = unrest();
  } while (!why.empty() && clock.now_ms() < until);
  if (why.empty()) return {};
  return fail(ErrorCode::kTimedOut, std::move(why));
}

const FieldMask* Fleet::mask_of(const NodeProcess& node, TypeNumber type) const {
  const TypeAccess& access = (is_manager(node) ? manager_ : worker_).of(type);
  return access.read ? &access.readable : nullptr;
}

}  // namespace syncline::sim
