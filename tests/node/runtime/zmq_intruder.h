// A peer that does what ours never would: any mechanism, any routing id, any framing. On a real
// socket.
#pragma once

#include <zmq.h>

#include <cerrno>

#include "tests/node/runtime/transport_harness.h"

namespace syncline::testing {

class ZmqIntruder {
 public:
  ZmqIntruder() : socket_(context_, ZMQ_DEALER) { socket_.set(ZMQ_RECONNECT_IVL, -1); }

  ZmqIntruder& with_curve(const LinkKeys& own, const LinkKey& server) {
    socket_.set_bytes(ZMQ_CURVE_SERVERKEY, server.value);
    socket_.set_bytes(ZMQ_CURVE_PUBLICKEY, own.public_key.value);
    socket_.set_bytes(ZMQ_CURVE_SECRETKEY, own.secret_key.bytes());
    return *this;
  }
  ZmqIntruder& with_plain() {
    socket_.set_text(ZMQ_PLAIN_USERNAME, "admin");
    socket_.set_text(ZMQ_PLAIN_PASSWORD, "admin");
    return *this;
  }
  ZmqIntruder& with_routing_id(const Bytes& id) {
    socket_.set_text(ZMQ_ROUTING_ID, id);
    return *this;
  }
  ZmqIntruder& connect(const std::string& endpoint) {
    monitor_ = ZmqMonitor(context_, socket_, ZMQ_EVENT_ALL);
    EXPECT_EQ(zmq_connect(socket_.get(), endpoint.c_str()), 0);
    return *this;
  }
  // False: libzmq took it not in time.
  bool send(const Bytes& frame, bool more = false) {
    return zmq_send(socket_.get(), frame.data(), frame.size(),
                    ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0;
  }
  // What comes within the patience; empty: nothing.
  Bytes receive(std::chrono::milliseconds patience = kPatience) {
    zmq_pollitem_t item{socket_.get(), 0, ZMQ_POLLIN, 0};
    if (zmq_poll(&item, 1, patience.count()) <= 0) return {};
    const auto got = receive_frame(socket_, false);
    return got ? got->frame : Bytes();
  }
  // Waits for one of these monitor events (a mask); returns which, or 0.
  int wait(int events) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      while (const auto event = monitor_.next()) {
        if ((event->kind & events) != 0) return event->kind;
      }
      zmq_pollitem_t item{monitor_.get(), 0, ZMQ_POLLIN, 0};
      zmq_poll(&item, 1, 100);
    }
    return 0;
  }
  bool wait_up() { return wait(ZMQ_EVENT_HANDSHAKE_SUCCEEDED) != 0; }
  bool wait_lost() { return wait(ZMQ_EVENT_DISCONNECTED) != 0; }
  ZmqSocket& socket() { return socket_; }

 private:
  ZmqContext context_;
  ZmqSocket socket_;
  ZmqMonitor monitor_;
};

}  // namespace syncline::testing
