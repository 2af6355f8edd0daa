#include "node/runtime/self_test.h"

#include <fmt/format.h>
#include <zmq.h>

#include "node/runtime/zmq_socket.h"

namespace syncline {

Status check_rejects_strangers(const std::string& endpoint, const LinkKey& server_key,
                               std::chrono::milliseconds time_max) {
  const auto failed = [&](std::string_view what) {
    return fail(ErrorCode::kInternal,
                fmt::format("the self-test of {} failed: {}; nothing was opened. Check the "
                            "installed libzmq (4.3.4 or later, "
                            "with CURVE)",
                            endpoint, what));
  };
  const ZmqContext context;
  const LinkKeys stranger = LinkKeys::generate();
  ZmqSocket socket(context, ZMQ_DEALER);
  set_link_options(&socket);
  socket.set(ZMQ_RECONNECT_IVL, -1);
  socket.set_bytes(ZMQ_CURVE_SERVERKEY, server_key.value);
  socket.set_bytes(ZMQ_CURVE_PUBLICKEY, stranger.public_key.value);
  socket.set_bytes(ZMQ_CURVE_SECRETKEY, stranger.secret_key.bytes());
  ZmqMonitor monitor(context, socket, ZMQ_EVENT_ALL);
  if (zmq_connect(socket.get(), endpoint.c_str()) != 0) return failed(zmq_strerror(errno));

  const auto deadline = std::chrono::steady_clock::now() + time_max;
  while (std::chrono::steady_clock::now() < deadline) {
    while (const auto event = monitor.next()) {
      if (event->kind == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) return {};
      if (event->kind == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        return failed("it accepted a key that nobody enrolled");
    }
    zmq_pollitem_t item{monitor.get(), 0, ZMQ_POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() > 0) zmq_poll(&item, 1, left.count());
  }
  return failed("no answer to a stranger's key in time");
}

}  // namespace syncline
