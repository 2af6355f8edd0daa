// What the transport tests share: a server and clients that write down their events, and waiting
// for conditions.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <vector>

#include "node/runtime/loopback.h"
#include "node/runtime/zmq_client.h"
#include "node/runtime/zmq_server.h"

namespace syncline::testing {

// Long enough that only a fault reaches it.
inline constexpr std::chrono::seconds kPatience{20};

// Which implementation a suite runs over.
class World {
 public:
  virtual ~World() = default;
  virtual std::unique_ptr<ServerTransport> make_server() = 0;
  virtual std::unique_ptr<ClientTransport> make_client() = 0;
  virtual std::string endpoint() const = 0;
  // Lets something happen, where it does not by itself.
  virtual void pump() {}
};

class ZmqWorld : public World {
 public:
  std::unique_ptr<ServerTransport> make_server() override { return std::make_unique<ZmqServer>(); }
  std::unique_ptr<ClientTransport> make_client() override { return std::make_unique<ZmqClient>(); }
  std::string endpoint() const override { return "tcp://127.0.0.1:*"; }
};

class LoopbackWorld : public World {
 public:
  explicit LoopbackWorld(LoopbackNetwork::Mode mode) : mode_(mode), network_(mode) {}
  std::unique_ptr<ServerTransport> make_server() override { return network_.make_server(); }
  std::unique_ptr<ClientTransport> make_client() override { return network_.make_client(); }
  std::string endpoint() const override { return "loopback"; }
  void pump() override {
    if (mode_ == LoopbackNetwork::Mode::pumped) network_.pump();
  }
  LoopbackNetwork& network() { return network_; }

 private:
  LoopbackNetwork::Mode mode_;
  LoopbackNetwork network_;
};

// A lock with a signal at every change: tests wait for conditions, never for time.
class Diary {
 public:
  explicit Diary(World* world) : world_(world) {}
  void write(const std::function<void()>& change) {
    {
      std::lock_guard lock(mutex_);
      change();
    }
    changed_.notify_all();
  }
  // False: the condition did not come true in time.
  bool wait(const std::function<bool()>& condition) {
    world_->pump();
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, condition);
  }
  template <class T>
  T read(const std::function<T()>& look) {
    std::lock_guard lock(mutex_);
    return look();
  }

 private:
  World* world_;
  std::mutex mutex_;
  std::condition_variable changed_;
};

struct Arrival {
  ConnectionId connection;
  NodeId node;
  Bytes frame;
};

class Authority {
 public:
  explicit Authority(World* world)
      : diary(world),
        keys(LinkKeys::generate()),
        transport(world->make_server()),
        endpoint_(world->endpoint()) {}
  ~Authority() { transport->stop(); }

  Status start(std::string endpoint = {}) {
    ServerOptions options;
    options.endpoint = endpoint.empty() ? endpoint_ : endpoint;
    options.keys = keys;
    options.outbox_bytes_max = outbox_bytes_max;
    options.handshake_max = handshake_max;
    return transport->start(std::move(options), events());
  }
  ServerEvents events() {
    ServerEvents events;
    events.on_frame = [this](ConnectionId connection, NodeId node, Bytes& frame) {
      bool taken = false;
      diary.write([&] {
        taken = !full;
        if (taken) arrivals.push_back({connection, node, std::move(frame)});
        if (!taken) ++turned_away;
      });
      return taken;
    };
    events.on_closed = [this](ConnectionId id) { diary.write([&] { closed.push_back(id); }); };
    events.on_room = [this](ConnectionId id) { diary.write([&] { room.push_back(id); }); };
    events.on_banned = [this](NodeId node, const Error& why) {
      diary.write([&] { banned.push_back(node), bans.push_back(why); });
    };
    events.on_failed = [this](const Error& why) { diary.write([&] { failures.push_back(why); }); };
    return events;
  }
  // Waits until so many frames have arrived in all.
  bool wait_frames(size_t count) {
    return diary.wait([&] { return arrivals.size() >= count; });
  }

  Diary diary;
  LinkKeys keys;
  size_t outbox_bytes_max = 1u << 20;
  std::chrono::milliseconds handshake_max{5'000};
  std::unique_ptr<ServerTransport> transport;
  // Under the diary's lock.
  bool full = false;
  size_t turned_away = 0;
  std::vector<Arrival> arrivals;
  std::vector<ConnectionId> closed, room;
  std::vector<NodeId> banned;
  std::vector<Error> bans, failures;

 private:
  std::string endpoint_;
};

class Node {
 public:
  explicit Node(World* world, NodeId node = NodeId(1))
      : diary(world), id(node), keys(LinkKeys::generate()), transport(world->make_client()) {}
  ~Node() { transport->stop(); }

  Status start(const Authority& authority) {
    return start(authority.transport->endpoint(), authority.keys.public_key);
  }
  Status start(const std::string& endpoint, const LinkKey& server_key) {
    ClientOptions options;
    options.endpoint = endpoint;
    options.server_key = server_key;
    options.keys = keys;
    options.outbox_bytes_max = outbox_bytes_max;
    options.retry_min = std::chrono::milliseconds(5);
    options.retry_max = std::chrono::milliseconds(50);
    ClientEvents events;
    events.on_connected = [this] { diary.write([&] { ++connected, up = true; }); };
    events.on_disconnected = [this](const Error& why) {
      diary.write([&] { reasons.push_back(why), up = false; });
    };
    events.on_frame = [this](Bytes& frame) {
      bool taken = false;
      diary.write([&] {
        taken = !full;
        if (taken) frames.push_back(std::move(frame));
        if (!taken) ++turned_away;
      });
      return taken;
    };
    events.on_room = [this] { diary.write([&] { ++room; }); };
    return transport->start(std::move(options), std::move(events));
  }
  bool wait_up() {
    return diary.wait([&] { return up; });
  }
  bool wait_frames(size_t count) {
    return diary.wait([&] { return frames.size() >= count; });
  }
  bool wait_refused() {
    return diary.wait(
        [&] { return !reasons.empty() && reasons.back().code == ErrorCode::kUnknownNode; });
  }

  Diary diary;
  NodeId id;
  LinkKeys keys;
  size_t outbox_bytes_max = 1u << 20;
  std::unique_ptr<ClientTransport> transport;
  // Under the diary's lock.
  int connected = 0;
  bool up = false;
  bool full = false;
  size_t turned_away = 0;
  int room = 0;
  std::vector<Error> reasons;
  std::vector<Bytes> frames;
};

}  // namespace syncline::testing
