// ZapHandler: answers libzmq's question "who is this key?" (ZeroMQ RFC 27) from the node table.
//
// Lives on a thread of its own, at inproc://zeromq.zap.01 of one context, and must be there before
// any socket of the context binds: libzmq lets everyone in where there is neither a handler nor
// ZMQ_ZAP_ENFORCE_DOMAIN (set by zmq_server.cc too). A blocked handler blocks every handshake, so
// it does nothing but look up: no disk, no lock held for long.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "node/runtime/node_table.h"
#include "node/runtime/zmq_socket.h"

namespace syncline {

// The domain of our sockets. Only what asks in it, with CURVE, can be let in.
inline constexpr char kZapDomain[] = "syncline";

class ZapHandler {
 public:
  // Bound when this returns. Requires: no other handler in the context. Both outlive it.
  ZapHandler(const ZmqContext& context, const NodeTable* table);
  ~ZapHandler() { stop(); }
  // From then on every handshake of the context runs into its time-out.
  void stop();

  // Grows at least once a second while the handler lives: what its watchdog looks at.
  uint64_t beats() const { return beats_.load(std::memory_order_relaxed); }
  uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  void run();
  void answer();

  const NodeTable* table_;
  ZmqSocket socket_;
  WakeUp wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> beats_{0};
  std::atomic<uint64_t> refused_{0};
  std::thread thread_;
};

}  // namespace syncline
