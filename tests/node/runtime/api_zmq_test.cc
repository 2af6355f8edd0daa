// The same over what ships: RocksDB directories and ZeroMQ with CURVE.
#include "tests/node/runtime/api_fleet.h"

namespace syncline::testing::api {
namespace {

TEST(ApiOverZmqAndRocks, OpensWritesSyncsAndOpensAgain) {
  const TempDirectory temporary;
  StoreConfig config;
  config.role = StoreRole::authority;
  config.listen = "tcp://127.0.0.1:*";
  const StoreDirectory at = good(create_store_directory(temporary.path() + "/authority", config));
  good(AuthorityDaemon::initialise(at, api_app()));
  auto authority = good(AuthorityDaemon::open(at));
  good(authority->listen());
  add_users(authority.get());

  std::vector<std::string> stores;
  for (const char* user : {"manager", "worker"}) {
    StoreConfig node;
    node.role = StoreRole::node;
    node.authority = authority->endpoint();
    node.server_key = at.keys.link.public_key;
    stores.push_back(temporary.path() + "/" + user);
    const StoreDirectory made = good(create_store_directory(stores.back(), node));
    enrol_node(authority.get(), user, user, made.keys);
  }
  EXPECT_EQ(code_of(Node::open(temporary.path() + "/nowhere")), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(Node::open(at.path)), ErrorCode::kBadData);
  Node a = good(Node::open(stores[0]));
  EXPECT_EQ(code_of(Node::open(stores[0])), ErrorCode::kStoreInUse);
  Node b = good(Node::open(stores[1]));
  for (Node* node : {&a, &b}) {
    wait_for_schema(node);
    subscribe_all(node);
  }
  for (int i = 0; i < 100; ++i) good(put_task(a, "t" + std::to_string(i), "from a"));
  good(a.wait_for_decided(kApiPatience));
  good(b.wait_for_download(kApiPatience));
  EXPECT_EQ(title_of(b, "t99"), "from a");
  EXPECT_EQ(good(a.state_hash()), good(b.state_hash()));

  good(b.close());
  EXPECT_EQ(code_of(b.get("Task", "t1")), ErrorCode::kClosed);
  good(put_task(a, "late", "while b was closed"));
  good(a.wait_for_decided(kApiPatience));
  b = good(Node::open(stores[1]));
  good(b.wait_for_download(kApiPatience));
  EXPECT_EQ(title_of(b, "late"), "while b was closed");
  authority->stop();
}

}  // namespace
}  // namespace syncline::testing::api
