// The link between nodes and their authority as the driver sees it: frames, each with a proven
// sender.
//
// Two implementations of each side: ZeroMQ with CURVE (zmq_server.h, zmq_client.h) and in process
// without sockets (loopback.h); one conformance suite over both
// (tests/node/runtime/transport_conformance_test.cc).
//
// What every implementation promises:
//   - A frame reaches on_frame only if its sender holds a link key that is enrolled now, and comes
//   with that node's id.
//   - Frames of one connection arrive in order, each once or, if the connection ends, not at all.
//   - A connection that was named by on_frame ends in exactly one on_closed (unless the transport
//   is stopped), after which
//     nothing comes from it. Its ConnectionId is never used again in this process.
//   - Nothing waits without bound: a full outbox refuses, a full inbox stops the reading.
//
// Threads: the events are called on one thread of the transport, one at a time; keep them short.
// The functions may be called from any thread, from within an event too, except start() and stop(),
// which belong to the owner's thread. Durability: none; the session above repeats what a lost
// connection took with it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "node/machine.h"
#include "node/runtime/keys.h"

namespace syncline {

// ---- the authority's side ----

struct ServerEvents {
  // True: taken (moved from). False: there is no room; the transport keeps the frame, reads no more
  // from anyone, so that the peers feel it as back-pressure, and offers the frame again after
  // resume_reading(). Frames have 1 to limits::kMessageBytesMax bytes. After remove() one that was
  // already on its way may still come.
  std::function<bool(ConnectionId, NodeId, Bytes& frame)> on_frame;
  std::function<void(ConnectionId)> on_closed;
  // At least half of the outbox is free again, after a send() that was refused.
  std::function<void(ConnectionId)> on_room;
  // The node broke the framing. Its key is refused until it is removed and allowed again, or the
  // process restarts.
  std::function<void(NodeId, const Error&)> on_banned;
  // The transport cannot serve any more; the process should end and be restarted.
  std::function<void(const Error&)> on_failed;
};

struct ServerOptions {
  std::string endpoint;  // "tcp://HOST:PORT"; port * takes a free one. Loopback: any name
  LinkKeys keys;
  // The outbox of one connection, and of all together: what send() takes before it refuses.
  size_t outbox_bytes_max = 8u << 20;
  size_t outbox_total_bytes_max = 256u << 20;
  std::chrono::milliseconds handshake_max{5'000};
};

// Since start().
struct ServerCounters {
  uint64_t frames_in = 0;
  uint64_t bytes_in = 0;
  uint64_t frames_out = 0;
  uint64_t bytes_out = 0;
  uint64_t refused_handshakes = 0;  // unknown keys, wrong mechanisms, garbage, silence
  uint64_t refused_frames = 0;      // of removed or banned nodes, or against the framing
  uint64_t bans = 0;
};

class ServerTransport {
 public:
  virtual ~ServerTransport() = default;
  // Listens once it has shown that it rejects a stranger's key. kPortInUse and kUsage name the
  // address; kInternal: the rejection failed, and nothing was opened. Requires: not started.
  virtual Status start(ServerOptions options, ServerEvents events) = 0;
  // Ends all connections, after at most `drain` for queued frames to leave. No event comes after it
  // returns.
  virtual void stop(std::chrono::milliseconds drain) = 0;
  void stop() { stop(std::chrono::milliseconds(0)); }
  // What nodes connect to, with the port in figures. Empty if not started.
  virtual std::string endpoint() const = 0;

  // Enrols a key; may be called before start(). A key belongs to one node: the last call wins.
  virtual void allow(const LinkKey& key, NodeId node) = 0;
  // Forgets all keys of the node: its frames are dropped from now on and its connections ended.
  virtual void remove(NodeId node) = 0;

  // False: not taken, because the outbox is full (on_room will come) or the connection is gone
  // (on_closed came or will). Requires: at most limits::kMessageBytesMax bytes, at least 1.
  virtual bool send(ConnectionId to, Bytes frame) = 0;
  // Ends the connection; on_closed follows. What was queued for it may be lost.
  virtual void close(ConnectionId connection) = 0;
  virtual void resume_reading() = 0;
  virtual ServerCounters counters() const = 0;
};

// ---- the node's side ----

struct ClientEvents {
  std::function<void()> on_connected;
  // The connection is lost, or an attempt failed for another reason than the one before.
  // kUnreachable: nobody is there, or nobody with the pinned key; kUnknownNode: the authority
  // refuses this node's key. The transport goes on trying.
  std::function<void(const Error&)> on_disconnected;
  // As ServerEvents::on_frame. Every frame of a connection comes between its on_connected and its
  // on_disconnected.
  std::function<bool(Bytes& frame)> on_frame;
  std::function<void()> on_room;
};

struct ClientOptions {
  std::string endpoint;
  LinkKey server_key;  // pinned: nobody without its secret is talked to
  LinkKeys keys;
  size_t outbox_bytes_max = 8u << 20;
  // Attempts start this far apart, doubling up to the maximum, each shortened by chance by up to
  // half, so that a fleet does not return in one instant.
  std::chrono::milliseconds retry_min{200};
  std::chrono::milliseconds retry_max{30'000};
  // An attempt without an answer is given up after this.
  std::chrono::milliseconds attempt_max{10'000};
};

class ClientTransport {
 public:
  virtual ~ClientTransport() = default;
  // Begins to connect, and to reconnect whenever the connection is lost. kUsage: the endpoint is
  // not an address. Requires: not started.
  virtual Status start(ClientOptions options, ClientEvents events) = 0;
  // Disconnects, after at most `drain` for queued frames to leave. No event comes after it returns;
  // start() may follow.
  virtual void stop(std::chrono::milliseconds drain) = 0;
  void stop() { stop(std::chrono::milliseconds(0)); }

  // False: not taken, because there is no connection or the outbox is full (on_room will come).
  // What is queued when the connection is lost is dropped. Requires: at most
  // limits::kMessageBytesMax bytes, at least 1.
  virtual bool send(Bytes frame) = 0;
  virtual void resume_reading() = 0;
};

}  // namespace syncline
