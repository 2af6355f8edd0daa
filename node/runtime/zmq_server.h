// ZmqServer: the authority's side on a ZeroMQ ROUTER with CURVE.
//
// One thread owns the socket. Other threads leave frames in the outboxes and wake it. It waits on
// libzmq's edge-triggered descriptors, so on every turn it takes all there is before it sleeps:
// requests, monitor events, sends, frames.
//
// Who sent a frame: the ROUTER's routing id says which connection, ZAP's User-Id says whose it is;
// both come with every frame, and the pair names a ConnectionId. Peers may not choose routing ids,
// which makes it pointless to guess or to occupy them. Each frame is checked against the node
// table, because libzmq asks only once per connection.
//
// Ending a connection: libzmq has no call for it, so the thread shuts down the connection's file
// descriptor, which libzmq tells with each frame, after reading all monitor events (a descriptor
// that was closed is known to be by then).
#pragma once

#include <mutex>
#include <thread>

#include "node/runtime/outbox.h"
#include "node/runtime/server_connections.h"
#include "node/runtime/transport.h"
#include "node/runtime/zap_handler.h"
#include "node/runtime/zmq_frames.h"

namespace syncline {

class ZmqServer final : public ServerTransport {
 public:
  ZmqServer() = default;
  ~ZmqServer() override { stop(std::chrono::milliseconds(0)); }

  using ServerTransport::stop;
  Status start(ServerOptions options, ServerEvents events) override;
  void stop(std::chrono::milliseconds drain) override;
  std::string endpoint() const override { return endpoint_; }
  void allow(const LinkKey& key, NodeId node) override { table_.allow(key, node); }
  void remove(NodeId node) override;
  bool send(ConnectionId to, Bytes frame) override;
  void close(ConnectionId connection) override;
  void resume_reading() override;
  ServerCounters counters() const override;

  // Ends the answering of handshakes, as a fault in its thread would: nobody new gets in, and
  // on_failed reports it. Requires: started.
  void stop_zap_for_test() { zap_->stop(); }

 private:
  // What other threads ask of the network thread.
  struct Requests {
    std::vector<ConnectionId> close;
    bool resume = false;
    bool recheck = false;  // a node was removed
  };
  using Clock = std::chrono::steady_clock;

  Status open(const ServerOptions& options);
  void run();
  bool turn();
  void wait();
  void request(const std::function<void(Requests*)>& change);

  void do_requests();
  void drain_monitor();
  bool read_frames();
  void on_received(ReceivedFrame received);
  ServerConnection* connection_of(const ReceivedFrame& received);
  bool is_admitted(ServerConnection* connection);
  void deliver(const ServerConnection& connection, Bytes frame);
  void offer_held();
  bool flush_all();
  bool flush(ConnectionId id, std::vector<ConnectionId>* room);
  void on_broken_framing(ServerConnection* connection, std::string_view what);
  void disconnect(ConnectionId id);
  void forget(ConnectionId id);
  void watch_zap();

  NodeTable table_;

  // Set by start(), cleared by stop().
  ServerEvents events_;
  std::unique_ptr<ZmqContext> context_;
  std::unique_ptr<ZapHandler> zap_;
  ZmqSocket socket_;
  ZmqMonitor monitor_;
  std::string endpoint_;
  std::thread thread_;

  // Between the threads. The outboxes outlive the network thread, so that a late send() finds them.
  std::unique_ptr<Outboxes> outboxes_ = std::make_unique<Outboxes>(0, 0);
  WakeUp wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> drain_ms_{0};
  std::mutex requests_mutex_;
  Requests requests_;
  std::atomic<uint64_t> frames_in_{0}, bytes_in_{0}, frames_out_{0}, bytes_out_{0};
  std::atomic<uint64_t> refused_handshakes_{0}, refused_frames_{0}, bans_{0};

  // The network thread's own.
  ServerConnections connections_;
  bool paused_ = false;
  ConnectionId held_from_;
  Bytes held_;  // the frame that found no room
  uint64_t beats_seen_ = 0;
  int beats_missed_ = 0;
  Clock::time_point next_watch_;
};

}  // namespace syncline
