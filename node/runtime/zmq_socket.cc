#include "node/runtime/zmq_socket.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "proto/check.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// Frames that libzmq may queue for a peer beside our own outbox, and hold of one unread: enough to
// keep the wire busy, and at most 16 MiB a peer.
constexpr int kHighWaterFrames = 16;
// A frame on the wire is longer than what it carries: CURVE adds 33 bytes, and libzmq counts them.
constexpr int64_t kCurveBytesMax = 64;
constexpr int kHeartbeatMs = 5'000;
constexpr int kHeartbeatTimeoutMs = 15'000;
constexpr int kHeartbeatTtlMs = 20'000;

}  // namespace

ZmqContext::ZmqContext() : context_(zmq_ctx_new()) {
  CHECK(context_ != nullptr, "libzmq has no memory for a context");
}

ZmqContext::~ZmqContext() {
  while (zmq_ctx_term(context_) != 0 && errno == EINTR) {
  }
}

ZmqSocket::ZmqSocket(const ZmqContext& context, int type)
    : socket_(zmq_socket(context.get(), type)) {
  CHECK(socket_ != nullptr, "libzmq has no room for a socket: too many open files?");
  set(ZMQ_LINGER, 0);
}

ZmqSocket& ZmqSocket::operator=(ZmqSocket&& other) noexcept {
  if (this != &other) {
    close();
    socket_ = std::exchange(other.socket_, nullptr);
  }
  return *this;
}

void ZmqSocket::close() {
  if (socket_ != nullptr) zmq_close(std::exchange(socket_, nullptr));
}

void ZmqSocket::set(int option, int value) {
  CHECK(zmq_setsockopt(socket_, option, &value, sizeof(value)) == 0, "libzmq refused an option");
}

void ZmqSocket::set_int64(int option, int64_t value) {
  CHECK(zmq_setsockopt(socket_, option, &value, sizeof(value)) == 0, "libzmq refused an option");
}

void ZmqSocket::set_bytes(int option, std::span<const uint8_t> bytes) {
  CHECK(zmq_setsockopt(socket_, option, bytes.data(), bytes.size()) == 0,
        "libzmq refused an option");
}

void ZmqSocket::set_text(int option, const std::string& text) {
  CHECK(zmq_setsockopt(socket_, option, text.data(), text.size()) == 0, "libzmq refused an option");
}

int ZmqSocket::get_int(int option) const {
  int value = 0;
  size_t size = sizeof(value);
  CHECK(zmq_getsockopt(socket_, option, &value, &size) == 0, "libzmq refused to tell an option");
  return value;
}

int ZmqSocket::descriptor() const { return get_int(ZMQ_FD); }

std::string ZmqSocket::last_endpoint() const {
  char text[256];
  size_t size = sizeof(text);
  if (zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, text, &size) != 0 || size == 0) return {};
  return {text, size - 1};
}

void set_link_options(ZmqSocket* socket) {
  socket->set_int64(ZMQ_MAXMSGSIZE,
                    static_cast<int64_t>(limits::kMessageBytesMax) + kCurveBytesMax);
  socket->set(ZMQ_SNDHWM, kHighWaterFrames);
  socket->set(ZMQ_RCVHWM, kHighWaterFrames);
  socket->set(ZMQ_HEARTBEAT_IVL, kHeartbeatMs);
  socket->set(ZMQ_HEARTBEAT_TIMEOUT, kHeartbeatTimeoutMs);
  socket->set(ZMQ_HEARTBEAT_TTL, kHeartbeatTtlMs);
  socket->set(ZMQ_IPV6, 1);
}

ZmqMonitor::ZmqMonitor(const ZmqContext& context, const ZmqSocket& watched, int events)
    : watched_(watched.get()) {
  static std::atomic<uint64_t> last{0};
  const std::string address = "inproc://syncline.monitor." + std::to_string(++last);
  CHECK(zmq_socket_monitor(watched_, address.c_str(), events) == 0,
        "libzmq has no room for a monitor");
  events_ = ZmqSocket(context, ZMQ_PAIR);
  // Unbounded on purpose: libzmq sends events blocking, with a lock that closing the watched socket
  // takes too. What bounds them is that the network thread reads them on every turn.
  events_.set(ZMQ_RCVHWM, 0);
  CHECK(zmq_connect(events_.get(), address.c_str()) == 0, "libzmq lost a monitor");
}

ZmqMonitor& ZmqMonitor::operator=(ZmqMonitor&& other) noexcept {
  if (this != &other) {
    close();
    watched_ = other.watched_;
    events_ = std::move(other.events_);
  }
  return *this;
}

void ZmqMonitor::close() {
  if (!events_.is_open()) return;
  zmq_socket_monitor(watched_, nullptr, 0);
  events_.close();
}

std::optional<ZmqMonitor::Event> ZmqMonitor::next() {
  if (!events_.is_open()) return std::nullopt;
  // Two frames: event number (16 bits) and value (32 bits) in the machine's byte order, then the
  // address.
  char first[6] = {};
  int length;
  do {
    length = zmq_recv(events_.get(), first, sizeof(first), ZMQ_DONTWAIT);
  } while (length < 0 && errno == EINTR);
  if (length < 0) return std::nullopt;
  char address[8];
  while (zmq_recv(events_.get(), address, sizeof(address), 0) < 0 && errno == EINTR) {
  }
  uint16_t kind = 0;
  int32_t value = 0;
  std::memcpy(&kind, first, sizeof(kind));
  std::memcpy(&value, first + sizeof(kind), sizeof(value));
  return Event{kind, value};
}

WakeUp::WakeUp() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  CHECK(descriptor_ >= 0, "no file descriptor is free");
}

WakeUp::~WakeUp() { ::close(descriptor_); }

void WakeUp::wake() {
  const uint64_t one = 1;
  // Fails only if the counter is full, and then the thread is awake.
  [[maybe_unused]] const ssize_t wrote = ::write(descriptor_, &one, sizeof(one));
}

void WakeUp::clear() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(descriptor_, &count, sizeof(count));
}

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace syncline
