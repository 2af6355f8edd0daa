#include "tests/node/runtime/api_fleet.h"

#include "node/authority/recovery.h"

namespace syncline::testing::api {
namespace {

constexpr const char* kTaskSchema = R"({
  "title": "Task", "bsonType": "object", "required": ["_id"],
  "properties": {
    "_id": {"bsonType": "string"}, "title": {"bsonType": "string", "maxLength": 40},
    "done": {"bsonType": "bool"}, "locked": {"bsonType": "bool"}, "votes": {"bsonType": "long"},
    "steps": {"bsonType": "array", "items": {"bsonType": "string"}},
    "tags": {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "string"}},
    "costs": {"bsonType": "object", "additionalProperties": {"bsonType": "long"}},
    "place": {"bsonType": "object", "title": "Place",
              "properties": {"room": {"bsonType": "string"}, "floor": {"bsonType": "long"}}},
    "extra": {"bsonType": "mixed"}
  }})";
constexpr const char* kNoticeSchema = R"({
  "title": "Notice", "bsonType": "object", "required": ["_id"],
  "properties": {"_id": {"bsonType": "long"}, "text": {"bsonType": "string"}}})";
constexpr const char* kTaskRules = R"({"database": "api", "collection": "tasks", "roles": [
  {"name": "manager", "apply_when": {"%%user.custom_data.manager": true},
   "document_filters": {"read": true, "write": true}, "read": true, "write": true, "insert": true, "delete": true},
  {"name": "worker", "apply_when": {}, "document_filters": {"read": true, "write": true}, "insert": true, "delete": true,
   "fields": {"locked": {"read": true, "write": false}}, "additional_fields": {"read": true, "write": true}}]})";
constexpr const char* kNoticeRules = R"({"database": "api", "collection": "notices", "roles": [
  {"name": "manager", "apply_when": {"%%user.custom_data.manager": true},
   "document_filters": {"read": true, "write": true}, "read": true, "write": true, "insert": true, "delete": true},
  {"name": "reader", "apply_when": {}, "document_filters": {"read": true, "write": false}, "read": true, "write": false,
   "insert": false, "delete": false}]})";
constexpr const char* kLoopback = "loopback";

}  // namespace

AppFiles api_app() {
  const std::string base = "data_sources/mongodb-atlas/";
  return {
      {"realm_config.json", R"({"config_version": 20210101, "name": "api"})"},
      {base + "config.json",
       R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "c"}})"},
      {base + "api/tasks/schema.json", kTaskSchema},
      {base + "api/tasks/rules.json", kTaskRules},
      {base + "api/notices/schema.json", kNoticeSchema},
      {base + "api/notices/rules.json", kNoticeRules},
      {"sync/config.json",
       R"({"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas", "database_name": "api"})"}};
}

void add_users(AuthorityDaemon* authority) {
  for (const char* user : {"manager", "worker"})
    good(authority->write([user](Draft& draft) {
      const bool manager = std::string_view(user) == "manager";
      return draft.put(system_type::kUser,
                       Document{{"_id", user}, {"custom_data", Document{{"manager", manager}}}});
    }));
}

void enrol_node(AuthorityDaemon* authority, const std::string& name, const std::string& user,
                const NodeKeys& keys) {
  good(authority->write([&](Draft& draft) {
    return draft.put(system_type::kNode,
                     Document{{"_id", to_string(keys.id)},
                              {"name", name},
                              {"user", user},
                              {"node_key", to_string(keys.link.public_key)},
                              {"identity_key", identity_key_text(keys.identity_public)}});
  }));
}

ApiFleet::ApiFleet(const AppFiles& app) {
  directory_.config.role = StoreRole::authority;
  directory_.config.listen = kLoopback;
  directory_.keys = NodeKeys::generate();
  AuthorityDaemonOptions options;
  options.state = std::make_unique<MemoryStore>();
  options.log = std::make_unique<MemoryCommitLog>();
  options.transport = network_.make_server();
  good(initialise_state(options.state.get(), Incarnation(1)));
  authority_ = good(AuthorityDaemon::open(directory_, std::move(options)));
  good(authority_->deploy(app));
  add_users(authority_.get());
  good(authority_->listen());
}

ApiFleet::~ApiFleet() { authority_->stop(); }

ApiFleet::Device ApiFleet::enrol(const std::string& name, const std::string& user) {
  Device device;
  device.directory.config.role = StoreRole::node;
  device.directory.config.authority = kLoopback;
  device.directory.config.server_key = directory_.keys.link.public_key;
  device.directory.config.group_sync_ms = 5;
  device.directory.keys = NodeKeys::generate();
  enrol_node(authority_.get(), name, user, device.directory.keys);
  return device;
}

Node ApiFleet::open(const Device& device, NodeOptions options) {
  return good(open_node(
      {device.directory, std::make_unique<DiskStore>(device.disk), network_.make_client()},
      options));
}

Node ApiFleet::open_subscribed(const Device& device, NodeOptions options) {
  Node node = open(device, options);
  wait_for_schema(&node);
  subscribe_all(&node);
  return node;
}

void wait_for_schema(Node* node) {
  Heard<NodeStatus> heard;
  const Observation watching =
      node->observe_status([&heard](const NodeStatus& status) { heard.add(status); });
  if (!node->types().empty()) return;
  EXPECT_TRUE(heard.until([node](const auto&) { return !node->types().empty(); }));
}

void subscribe_all(Node* node) {
  for (const char* type : {"Task", "Notice"}) {
    SubscribeOptions options;
    options.name = type;
    options.wait = WaitMode::first_time;
    options.timeout = kApiPatience;
    good(node->subscribe(type, "", options));
  }
  good(node->wait_for_download(kApiPatience));
}

}  // namespace syncline::testing::api
