#include "node/runtime/zmq_frames.h"

#include <zmq.h>

#include <cerrno>

namespace syncline {
namespace {

class Part {
 public:
  Part() { zmq_msg_init(&message_); }
  ~Part() { zmq_msg_close(&message_); }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  bool receive(const ZmqSocket& socket) {
    int length;
    do {
      length = zmq_msg_recv(&message_, socket.get(), ZMQ_DONTWAIT);
    } while (length < 0 && errno == EINTR);
    return length >= 0;
  }
  bool more() const { return zmq_msg_more(&message_) != 0; }
  Bytes bytes() {
    return {static_cast<const char*>(zmq_msg_data(&message_)), zmq_msg_size(&message_)};
  }
  Bytes user_id() const {
    const char* text = zmq_msg_gets(&message_, "User-Id");
    return text == nullptr ? Bytes() : Bytes(text);
  }
  int descriptor() const { return zmq_msg_get(&message_, ZMQ_SRCFD); }

 private:
  zmq_msg_t message_;
};

FrameSent send_part(const ZmqSocket& socket, BytesView part, int flags) {
  int sent;
  do {
    sent = zmq_send(socket.get(), part.data(), part.size(), flags | ZMQ_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return FrameSent::sent;
  return errno == EAGAIN ? FrameSent::full : FrameSent::gone;
}

}  // namespace

std::optional<ReceivedFrame> receive_frame(const ZmqSocket& socket, bool is_router) {
  ReceivedFrame received;
  bool more = true;
  if (is_router) {
    Part routing_id;
    if (!routing_id.receive(socket)) return std::nullopt;
    received.routing_id = routing_id.bytes();
    more = routing_id.more();
  }
  // What follows a first frame is there already: libzmq delivers messages whole.
  if (more) {
    Part first;
    if (!first.receive(socket)) return std::nullopt;
    received.user_id = first.user_id();
    received.descriptor = first.descriptor();
    received.frame = first.bytes();
    more = received.more = first.more();
  }
  while (more) {
    Part dropped;
    if (!dropped.receive(socket)) break;
    more = dropped.more();
  }
  return received;
}

FrameSent send_frame(const ZmqSocket& socket, BytesView routing_id, BytesView frame) {
  // Only the first part can be refused: the ROUTER has chosen the pipe and seen its room then.
  const FrameSent first = send_part(socket, routing_id, ZMQ_SNDMORE);
  return first == FrameSent::sent ? send_part(socket, frame, 0) : first;
}

FrameSent send_frame(const ZmqSocket& socket, BytesView frame) {
  return send_part(socket, frame, 0);
}

}  // namespace syncline
