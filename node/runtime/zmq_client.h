// ZmqClient: the node's side on a ZeroMQ DEALER with CURVE.
//
// Every attempt to connect makes a new socket, and a lost connection closes it: so no frame of one
// connection can turn up in another, and one path handles what libzmq treats in three ways
// (silence, a lost peer, a refused key after which libzmq itself would never try again). The
// waiting between attempts is ours too, with chance in it.
//
// One thread owns the socket; it sleeps on libzmq's edge-triggered descriptors, as zmq_server.h
// tells.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "node/runtime/outbox.h"
#include "node/runtime/transport.h"
#include "node/runtime/zmq_frames.h"

namespace syncline {

class ZmqClient final : public ClientTransport {
 public:
  ZmqClient() = default;
  ~ZmqClient() override { stop(std::chrono::milliseconds(0)); }

  using ClientTransport::stop;
  Status start(ClientOptions options, ClientEvents events) override;
  void stop(std::chrono::milliseconds drain) override;
  bool send(Bytes frame) override;
  void resume_reading() override;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  bool turn();
  void wait();
  void begin_attempt();
  void read_monitor();
  // Why there is no connection, or not any more.
  Error lost();
  void on_up();
  void on_down(const Error& why);
  bool read_frames();
  void deliver(Bytes frame);
  bool flush();
  std::chrono::milliseconds next_delay();

  // Set by start(), before the thread.
  ClientOptions options_;
  ClientEvents events_;
  std::thread thread_;

  // Between the threads.
  std::mutex outbox_mutex_;  // guards the pointer: start() replaces what it points to
  std::unique_ptr<Outboxes> outbox_;
  WakeUp wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> resume_{false};
  std::atomic<int64_t> drain_ms_{0};

  // The network thread's own.
  std::optional<ZmqContext> context_;
  ZmqSocket socket_;
  ZmqMonitor monitor_;
  bool up_ = false;
  bool answered_ = false;      // somebody took this attempt's connection
  int closed_in_a_row_ = 0;    // attempts that were answered, and ended without a handshake
  int failures_ = 0;           // attempts since the last connection
  std::optional<Error> told_;  // why the last attempt failed, or the connection was lost
  Clock::time_point next_attempt_;
  Clock::time_point attempt_ends_;
  std::deque<Bytes> frames_;  // taken from the outbox, not sent yet
  bool stuck_ = false;
  bool paused_ = false;
  Bytes held_;  // the frame that found no room
};

}  // namespace syncline
