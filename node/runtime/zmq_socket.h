// Owners of libzmq's context, sockets and monitors, and a descriptor that wakes a thread. Used by
// zmq_server, zmq_client, zap_handler and self_test only.
//
// libzmq's C interface is used as it is: options that it refuses are CHECKed, for they are
// constants of ours. Threads: a socket belongs to one thread at a time; a context to any.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "node/runtime/keys.h"
#include "node/runtime/thread_name.h"

namespace syncline {

class ZmqContext {
 public:
  ZmqContext();
  // Waits until every socket is closed and has lingered.
  ~ZmqContext();
  ZmqContext(const ZmqContext&) = delete;
  ZmqContext& operator=(const ZmqContext&) = delete;
  void* get() const { return context_; }

 private:
  void* context_;
};

class ZmqSocket {
 public:
  ZmqSocket() = default;
  // type: ZMQ_ROUTER and so on. LINGER is 0 until set.
  ZmqSocket(const ZmqContext& context, int type);
  ZmqSocket(ZmqSocket&& other) noexcept : socket_(std::exchange(other.socket_, nullptr)) {}
  ZmqSocket& operator=(ZmqSocket&& other) noexcept;
  ~ZmqSocket() { close(); }

  void close();
  bool is_open() const { return socket_ != nullptr; }
  void* get() const { return socket_; }
  void set(int option, int value);
  void set_int64(int option, int64_t value);
  void set_bytes(int option, std::span<const uint8_t> bytes);
  void set_text(int option, const std::string& text);
  int get_int(int option) const;
  // ZMQ_FD: readable when the socket may have changed state; edge-triggered.
  int descriptor() const;
  std::string last_endpoint() const;

 private:
  void* socket_ = nullptr;
};

// What every CURVE socket of ours sets, on both sides: bounds, heartbeats, and no lingering.
void set_link_options(ZmqSocket* socket);

// The events of one socket (ZMQ_EVENT_*), in the order in which they happened.
class ZmqMonitor {
 public:
  struct Event {
    int kind = 0;
    int value = 0;  // mostly the file descriptor
  };
  ZmqMonitor() = default;
  // Requires: `watched` is not bound or connected yet, and outlives the monitor: libzmq would wait
  // for ever for the reader of an event if the reader went first.
  ZmqMonitor(const ZmqContext& context, const ZmqSocket& watched, int events);
  ZmqMonitor(ZmqMonitor&& other) noexcept = default;
  ZmqMonitor& operator=(ZmqMonitor&& other) noexcept;
  ~ZmqMonitor() { close(); }

  void close();
  std::optional<Event> next();
  // As ZmqSocket::descriptor(): call next() until it has nothing before waiting.
  int descriptor() const { return events_.descriptor(); }
  void* get() const { return events_.get(); }

 private:
  void* watched_ = nullptr;
  ZmqSocket events_;
};

// Any thread wakes; one thread polls descriptor().
class WakeUp {
 public:
  WakeUp();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  void wake();
  void clear();
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// Blocks all signals in the calling thread: they are the main thread's.
void block_signals();

}  // namespace syncline
