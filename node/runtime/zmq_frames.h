// Single-frame messages through libzmq's sockets, with what libzmq knows about their sender. Used
// by zmq_server, zmq_client. Threads: the socket's owner.
#pragma once

#include <optional>
#include <string>

#include "node/runtime/zmq_socket.h"
#include "proto/bytes.h"

namespace syncline {

// Frames read before a network thread looks after its sends again.
inline constexpr int kFramesPerTurn = 256;
// How often a full pipe is tried again if libzmq's signal that there is room was taken by another
// call.
inline constexpr int kStuckRetryMs = 5;

struct ReceivedFrame {
  Bytes routing_id;     // ROUTER only: which connection
  Bytes user_id;        // what ZAP said about its key; empty if nothing
  int descriptor = -1;  // of the connection when the frame came in
  Bytes frame;          // the first frame
  bool more = false;    // there were further frames; they were read and dropped
};

// What waits on a ROUTER or DEALER, or nothing. Never blocks.
std::optional<ReceivedFrame> receive_frame(const ZmqSocket& socket, bool is_router);

enum class FrameSent : uint8_t { sent, full, gone };
// Never blocks. full: no room in libzmq's pipe now. gone (ROUTER only): there is no such
// connection.
FrameSent send_frame(const ZmqSocket& socket, BytesView routing_id, BytesView frame);  // ROUTER
FrameSent send_frame(const ZmqSocket& socket, BytesView frame);                        // DEALER

}  // namespace syncline
