// BadInputFleet: a real authority on a real socket, a healthy node beside it, and nodes that speak
// by hand. What the bad-input tests share.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>

#include "node/runtime/authority_daemon.h"
#include "syncline/node.h"
#include "tests/node/authority/hand_node.h"
#include "tests/node/runtime/zmq_intruder.h"
#include "tests/storage/temp_directory.h"

namespace syncline::testing {

// A connection with keys of its own, and the protocol spoken over it.
class Intruder {
 public:
  Intruder(const LinkKey& server_key, const std::string& endpoint)
      : keys(NodeKeys::generate()),
        hand(
            keys.id, keys.identity(),
            Bytes(reinterpret_cast<const char*>(server_key.value.data()), server_key.value.size()),
            [this](const Bytes& frame) { EXPECT_TRUE(socket.send(frame)); },
            [this] { return socket.receive(); }),
        server_key_(server_key),
        endpoint_(endpoint) {}
  void connect() {
    socket.with_curve(keys.link, server_key_).connect(endpoint_);
    ASSERT_TRUE(socket.wait_up());
  }

  NodeKeys keys;
  ZmqIntruder socket;
  HandNode hand;

 private:
  LinkKey server_key_;
  std::string endpoint_;
};

class BadInputFleet : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // In the authority's books, as a worker.
  void enrol(const NodeKeys& keys, const std::string& name);
  void change_node(const NodeKeys& keys, const std::string& field, const Value& value);
  // Enrolled, connected, greeted.
  std::unique_ptr<Intruder> make_intruder();
  // A store directory of a node, not enrolled.
  StoreDirectory make_node_store(const std::string& name);
  // The healthy node writes, is answered, and sees what it wrote confirmed.
  void expect_served();
  // The authority's operator was told: an event of this name and text.
  void expect_event(const std::string& name, const std::string& text);
  bool wait_event(const std::string& name, const std::string& text);
  LinkKey server_key() const { return authority_->directory().keys.link.public_key; }

  TempDirectory directory_;
  std::unique_ptr<AuthorityDaemon> authority_;
  std::optional<syncline::Node> healthy_;

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  std::vector<AuthorityEvent> events_;
  int written_ = 0;
};

}  // namespace syncline::testing
