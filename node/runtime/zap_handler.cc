#include "node/runtime/zap_handler.h"

#include <zmq.h>

#include <cerrno>
#include <vector>

#include "proto/check.h"

namespace syncline {
namespace {

constexpr int kBeatMs = 500;
// version, request id, domain, address, routing id, mechanism, one credential
constexpr size_t kRequestFrames = 7;

// All frames of the request that waits, or nothing. Frames beyond what any request has are read and
// dropped.
std::vector<Bytes> receive(void* socket) {
  std::vector<Bytes> frames;
  int more = 1;
  while (more != 0) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    if (zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) < 0) {
      const bool again = errno == EINTR;
      zmq_msg_close(&message);
      if (again) continue;
      return {};
    }
    more = zmq_msg_more(&message);
    if (frames.size() <= kRequestFrames) {
      frames.emplace_back(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
    }
    zmq_msg_close(&message);
  }
  return frames;
}

void send(void* socket, BytesView frame, bool more) {
  while (zmq_send(socket, frame.data(), frame.size(), more ? ZMQ_SNDMORE : 0) < 0 &&
         errno == EINTR) {
  }
}

}  // namespace

ZapHandler::ZapHandler(const ZmqContext& context, const NodeTable* table)
    : table_(table), socket_(context, ZMQ_REP) {
  CHECK(zmq_bind(socket_.get(), "inproc://zeromq.zap.01") == 0, "a context has one ZAP handler");
  thread_ = std::thread([this] { run(); });
}

void ZapHandler::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  wake_.wake();
  thread_.join();
  socket_.close();
}

void ZapHandler::run() {
  block_signals();
  while (!stopping_.load()) {
    beats_.fetch_add(1, std::memory_order_relaxed);
    zmq_pollitem_t items[] = {{socket_.get(), 0, ZMQ_POLLIN, 0},
                              {nullptr, wake_.descriptor(), ZMQ_POLLIN, 0}};
    if (zmq_poll(items, 2, kBeatMs) > 0 && (items[0].revents & ZMQ_POLLIN) != 0) answer();
  }
}

void ZapHandler::answer() {
  const std::vector<Bytes> request = receive(socket_.get());
  if (request.empty()) return;
  std::optional<NodeTable::Grant> grant;
  if (request.size() == kRequestFrames && request[0] == "1.0" && request[2] == kZapDomain &&
      request[5] == "CURVE" && request[6].size() == 32) {
    LinkKey key;
    std::copy(request[6].begin(), request[6].end(), key.value.begin());
    grant = table_->find(key);
  }
  if (!grant) refused_.fetch_add(1, std::memory_order_relaxed);
  send(socket_.get(), "1.0", true);
  send(socket_.get(), request.size() > 1 ? request[1] : Bytes(), true);
  send(socket_.get(), grant ? "200" : "400", true);
  send(socket_.get(), grant ? "OK" : "unknown key", true);
  send(socket_.get(), grant ? user_id_of(*grant) : Bytes(), true);
  send(socket_.get(), "", false);
}

}  // namespace syncline
