#include "tests/node/runtime/bad_input_fleet.h"

#include "node/replica/subscriptions.h"

namespace syncline::testing {
namespace {

constexpr std::chrono::milliseconds kWaitMax = kPatience;

AppFiles app_of_things() {
  const std::string base = "data_sources/mongodb-atlas/";
  return {{"realm_config.json", R"({"config_version": 20210101, "name": "bad"})"},
          {base + "config.json",
           R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "c"}})"},
          {base + "bad/things/schema.json",
           R"({"title": "Thing", "bsonType": "object", "required": ["_id"],
           "properties": {"_id": {"bsonType": "string"},
                          "name": {"bsonType": "string", "maxLength": 40},
                          "count": {"bsonType": "long"},
                          "anything": {"bsonType": "mixed"}}})"},
          {base + "bad/things/rules.json",
           R"({"database": "bad", "collection": "things", "roles": [
           {"name": "all", "apply_when": {}, "document_filters": {"read": true, "write": true},
            "read": true, "write": true, "insert": true, "delete": true}]})"},
          {"sync/config.json",
           R"({"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas",
           "database_name": "bad"})"}};
}

}  // namespace

void BadInputFleet::SetUp() {
  StoreConfig config;
  config.role = StoreRole::authority;
  config.listen = "tcp://127.0.0.1:*";
  // Those who speak by hand hold nothing: what is wrong with their bytes is to be the only reason.
  config.writes_outside_subscriptions = WritesOutside::accept;
  auto made = create_store_directory(directory_.path() + "/hq", config);
  ASSERT_TRUE(made) << made.error().message;
  const Status initialised = AuthorityDaemon::initialise(*made, app_of_things());
  ASSERT_TRUE(initialised) << initialised.error().message;
  AuthorityDaemonOptions options;
  options.on_event = [this](const AuthorityEvent& event) {
    std::lock_guard lock(mutex_);
    events_.push_back(event);
    told_.notify_all();
  };
  auto opened = AuthorityDaemon::open(*made, std::move(options));
  ASSERT_TRUE(opened) << opened.error().message;
  authority_ = std::move(*opened);
  ASSERT_TRUE(authority_->listen());
  ASSERT_TRUE(authority_->write([](Draft& draft) {
    return draft.put(system_type::kUser, Document{{"_id", "worker"}, {"custom_data", Document{}}});
  }));

  const StoreDirectory store = make_node_store("healthy");
  enrol(store.keys, "healthy");
  auto node = syncline::Node::open(store.path);
  ASSERT_TRUE(node) << node.error().message;
  healthy_ = std::move(*node);
  ASSERT_TRUE(healthy_->wait_for_download(kWaitMax));
  auto subscribed = healthy_->subscribe("Thing", "", {.name = "things"});
  ASSERT_TRUE(subscribed) << subscribed.error().message;
  expect_served();
}

void BadInputFleet::TearDown() {
  healthy_.reset();
  if (authority_ != nullptr) authority_->stop();
}

void BadInputFleet::enrol(const NodeKeys& keys, const std::string& name) {
  ASSERT_TRUE(authority_->write([&](Draft& draft) {
    return draft.put(system_type::kNode,
                     Document{{"_id", to_string(keys.id)},
                              {"name", name},
                              {"user", "worker"},
                              {"node_key", to_string(keys.link.public_key)},
                              {"identity_key", identity_key_text(keys.identity_public)}});
  }));
}

void BadInputFleet::change_node(const NodeKeys& keys, const std::string& field,
                                const Value& value) {
  ASSERT_TRUE(authority_->write([&](Draft& draft) {
    return draft.set(system_type::kNode, to_string(keys.id), {field}, value);
  }));
}

std::unique_ptr<Intruder> BadInputFleet::make_intruder() {
  auto intruder = std::make_unique<Intruder>(server_key(), authority_->endpoint());
  enrol(intruder->keys, "intruder");
  intruder->connect();
  intruder->hand.greet();
  return intruder;
}

StoreDirectory BadInputFleet::make_node_store(const std::string& name) {
  StoreConfig config;
  config.authority = authority_->endpoint();
  config.server_key = server_key();
  auto made = create_store_directory(directory_.path() + "/" + name, config);
  EXPECT_TRUE(made);
  return *made;
}

void BadInputFleet::expect_served() {
  const std::string id = "healthy-" + std::to_string(++written_);
  auto receipt = healthy_->write(
      [&](Transaction& t) { return t.put("Thing", Document{{"_id", id}, {"count", int64_t{1}}}); });
  ASSERT_TRUE(receipt) << receipt.error().message;
  auto decided = receipt->wait(ReceiptState::committed, kWaitMax);
  ASSERT_TRUE(decided) << decided.error().message;
  EXPECT_EQ(decided->state, ReceiptState::committed);
  const NodeStatus status = healthy_->status();
  EXPECT_FALSE(status.trouble) << status.trouble->message;
}

bool BadInputFleet::wait_event(const std::string& name, const std::string& text) {
  std::unique_lock lock(mutex_);
  return told_.wait_for(lock, kWaitMax, [&] {
    for (const AuthorityEvent& event : events_)
      if (event.name == name && event.text.find(text) != std::string::npos) return true;
    return false;
  });
}

void BadInputFleet::expect_event(const std::string& name, const std::string& text) {
  if (wait_event(name, text)) return;
  std::lock_guard lock(mutex_);
  std::string all;
  for (const AuthorityEvent& event : events_) all += event.name + ": " + event.text + "\n";
  ADD_FAILURE() << "no event " << name << " that says \"" << text << "\" among\n" << all;
}

}  // namespace syncline::testing
