// LoopbackNetwork: both sides of the transport within one process, without sockets, clocks or
// chance.
//
// For tests, and for runs under the thread sanitizer, which cannot see into libzmq. It keeps every
// promise of transport.h, keys included: a client must name the server's key, and is let in only if
// its own key is enrolled.
//
//   LoopbackNetwork network(LoopbackNetwork::Mode::pumped);
//   auto server = network.make_server();
//   auto client = network.make_client();
//   ...
//   network.pump();  // everything that can happen has happened
//
// pumped: events are called from pump() only, in an order that depends on nothing but the calls
// made: deterministic. threaded: the network has a thread that pumps. Threads: as transport.h says;
// pump() from one thread at a time. Transports must go before their network.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "node/runtime/node_table.h"
#include "node/runtime/transport.h"

namespace syncline {

class LoopbackServer;
class LoopbackClient;

class LoopbackNetwork {
 public:
  enum class Mode : uint8_t { pumped, threaded };
  explicit LoopbackNetwork(Mode mode);
  ~LoopbackNetwork();
  LoopbackNetwork(const LoopbackNetwork&) = delete;
  LoopbackNetwork& operator=(const LoopbackNetwork&) = delete;

  std::unique_ptr<ServerTransport> make_server();
  std::unique_ptr<ClientTransport> make_client();

  // Calls events until there are none left, or `events_max` were called. Requires: pumped. Returns
  // how many.
  size_t pump(size_t events_max = 1'000'000);
  // Ends this client's connection, as a cable that is pulled; or lets it connect again. By its link
  // key.
  void set_connected(const LinkKey& client, bool connected);

 private:
  friend class LoopbackServer;
  friend class LoopbackClient;

  // One event to call. `owner` is the transport whose event it is: its stop() takes its tasks away.
  struct Task {
    const void* owner;
    std::function<void()> run;
  };
  // Frames on their way in one direction of one connection.
  struct Lane {
    std::deque<Bytes> frames;
    size_t bytes = 0;
    bool refused = false;    // a send was refused since there was room
    bool scheduled = false;  // a task to deliver is queued, or the receiver has no room
  };
  struct Link {
    LoopbackServer* server;
    LoopbackClient* client;
    NodeTable::Grant grant;
    Lane to_server;
    Lane to_client;
    bool named = false;  // the server's on_frame has told of it
  };

  // All of these: with the lock held.
  void post(const void* owner, std::function<void()> run);
  void try_connect(LoopbackClient* client);
  void try_connect_all();
  void end_link(ConnectionId id, const Error* tell_client, bool tell_server);
  void end_links_of(const LoopbackServer* server);
  void schedule_to_server(ConnectionId id);
  void schedule_to_client(ConnectionId id);
  void forget_tasks(std::unique_lock<std::mutex>* lock, const void* owner);

  bool run_one(std::unique_lock<std::mutex>* lock);
  void deliver_to_server(ConnectionId id);
  void deliver_to_client(ConnectionId id);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  const void* running_ = nullptr;  // the owner of the task that runs now
  std::thread::id running_on_;
  std::map<std::string, LoopbackServer*> servers_;  // by endpoint
  std::deque<LoopbackClient*> clients_;             // started, in the order of their starts
  std::map<ConnectionId, Link> links_;
  std::set<LinkKey> cut_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace syncline
