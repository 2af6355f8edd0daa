#include "tests/process/crash/crash_fleet.h"

#include <fmt/format.h>

#include <filesystem>

#include "node/authority/recovery.h"
#include "node/runtime/node_parts.h"
#include "storage/rocks_commit_log.h"
#include "tests/node/runtime/api_fleet.h"

namespace syncline::testing {
namespace {

constexpr const char* kLink = "loopback";
constexpr size_t kMemtableBytes = 64u << 10;
constexpr size_t kExtraBytes = 6'000;  // a dozen writes fill a memtable

RocksOptions rocks_options(RocksProfile profile, rocksdb::Env* env) {
  return {
      .profile = profile, .create_if_missing = true, .env = env, .memtable_bytes = kMemtableBytes};
}

Result<std::unique_ptr<AuthorityDaemon>> open_authority(const std::string& fleet, rocksdb::Env* env,
                                                        LoopbackNetwork* network, bool fresh) {
  SYNCLINE_ASSIGN(StoreDirectory directory, open_store_directory(fleet + "/authority"));
  directory.config.listen = kLink;
  AuthorityDaemonOptions options;
  SYNCLINE_ASSIGN(options.state,
                  RocksStore::open(state_of(fleet), rocks_options(RocksProfile::tiny, env)));
  SYNCLINE_ASSIGN(options.log,
                  RocksCommitLog::open(log_of(fleet), rocks_options(RocksProfile::log, env)));
  if (fresh) SYNCLINE_TRY(initialise_state(options.state.get(), Incarnation(1)));
  options.transport = network->make_server();
  return AuthorityDaemon::open(std::move(directory), std::move(options));
}

Result<Node> open_node(const std::string& fleet, rocksdb::Env* env, LoopbackNetwork* network) {
  NodeParts parts;
  SYNCLINE_ASSIGN(parts.directory, open_store_directory(fleet + "/node"));
  parts.directory.config.authority = kLink;
  parts.directory.config.group_sync_ms = 5;
  SYNCLINE_ASSIGN(parts.store,
                  RocksStore::open(objects_of(fleet), rocks_options(RocksProfile::tiny, env)));
  parts.transport = network->make_client();
  return open_node(std::move(parts));
}

Document object_of(int i) {
  return Document{{"_id", fmt::format("w{}", i)},
                  {"title", fmt::format("write {}", i)},
                  {"extra", std::string(kExtraBytes, static_cast<char>('a' + i % 26))}};
}

}  // namespace

Durability durability_of(int i) {
  return std::array{Durability::commit, Durability::group, Durability::relaxed}[size_t(i) % 3];
}

void make_fleet(const std::string& fleet) {
  StoreConfig config;
  config.role = StoreRole::authority;
  const StoreDirectory at = api::good(create_store_directory(fleet + "/authority", config));
  LoopbackNetwork network{LoopbackNetwork::Mode::threaded};
  auto authority = api::good(open_authority(fleet, nullptr, &network, true));
  api::good(authority->deploy(api::api_app()));
  api::add_users(authority.get());
  api::good(authority->listen());
  StoreConfig node_config;
  node_config.role = StoreRole::node;
  node_config.authority = "tcp://127.0.0.1:1";
  node_config.server_key = at.keys.link.public_key;
  const StoreDirectory made = api::good(create_store_directory(fleet + "/node", node_config));
  api::enrol_node(authority.get(), "node", "manager", made.keys);
  Node node = api::good(open_node(fleet, nullptr, &network));
  api::wait_for_schema(&node);
  api::subscribe_all(&node);
  (void)api::good(node.write([](Transaction& t) {
    return t.put("Task", Document{{"_id", "counter"}, {"votes", int64_t(0)}});
  }));
  api::good(node.wait_for_decided(api::kApiPatience));
  api::good(node.close());
  authority->stop();
}

Result<std::unique_ptr<CrashFleet>> CrashFleet::open(const std::string& directory,
                                                     rocksdb::Env* env) {
  auto fleet = std::make_unique<CrashFleet>();
  SYNCLINE_ASSIGN(fleet->authority_, open_authority(directory, env, &fleet->network_, false));
  SYNCLINE_TRY(fleet->authority_->listen());
  SYNCLINE_ASSIGN(Node node, open_node(directory, env, &fleet->network_));
  fleet->node_.emplace(std::move(node));
  return fleet;
}

CrashFleet::~CrashFleet() { close(); }

void CrashFleet::close() {
  if (node_) (void)node_->close();
  if (authority_) authority_->stop();
  node_.reset();
  authority_.reset();
}

Result<Receipt> CrashFleet::write(int i) {
  return node_->write(durability_of(i), [i](Transaction& t) -> Status {
    t.all_or_nothing();
    SYNCLINE_TRY(t.increment("Task", "counter", {"votes"}, 1));
    return t.create("Task", object_of(i));
  });
}

Result<std::vector<int>> CrashFleet::read_writes() {
  std::vector<int> there;
  Status status;
  SYNCLINE_TRY(node_->each("Task", [&](const Document& object) {
    const std::string id = object.find("_id")->get<std::string>();
    if (id == "counter") return true;
    there.push_back(std::stoi(id.substr(1)));
    const Document expected = object_of(there.back());
    const auto same = [&](const char* field) {
      const Value* value = object.find(field);
      return value != nullptr && *value == *expected.find(field);
    };
    if (!same("title") || !same("extra"))
      status = fail(ErrorCode::kBadData, id + " is not as it was written");
    return status.has_value();
  }));
  SYNCLINE_TRY(status);
  return there;
}

Result<int64_t> CrashFleet::read_counter() {
  SYNCLINE_ASSIGN(const auto counter, node_->get("Task", "counter"));
  if (!counter) return fail(ErrorCode::kNotFound, "the counter is gone");
  return counter->find("votes")->get<int64_t>();
}

}  // namespace syncline::testing
