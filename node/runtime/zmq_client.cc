#include "node/runtime/zmq_client.h"

#include <fmt/format.h>
#include <poll.h>
#include <sodium.h>
#include <zmq.h>

#include <algorithm>

#include "node/runtime/address.h"
#include "proto/check.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// The one connection, as the outboxes number it.
constexpr ConnectionId kPeer{1};
constexpr int kIdleMs = 1'000;

}  // namespace

Status ZmqClient::start(ClientOptions options, ClientEvents events) {
  CHECK(!thread_.joinable(), "the client is started already");
  CHECK(events.on_connected && events.on_disconnected && events.on_frame);
  SYNCLINE_TRY(check_authority_address(options.endpoint));
  options_ = std::move(options);
  events_ = std::move(events);
  {
    std::lock_guard lock(outbox_mutex_);
    outbox_ = std::make_unique<Outboxes>(options_.outbox_bytes_max, options_.outbox_bytes_max);
  }
  stopping_ = resume_ = false;
  paused_ = up_ = stuck_ = false;
  failures_ = 0;
  closed_in_a_row_ = 0;
  told_.reset();
  next_attempt_ = Clock::now();
  thread_ = std::thread([this] { run(); });
  return {};
}

void ZmqClient::stop(std::chrono::milliseconds drain) {
  if (!thread_.joinable()) return;
  CHECK(thread_.get_id() != std::this_thread::get_id(), "stop() within an event");
  drain_ms_ = drain.count();
  stopping_ = true;
  wake_.wake();
  thread_.join();
  events_ = {};
}

bool ZmqClient::send(Bytes frame) {
  CHECK(!frame.empty() && frame.size() <= limits::kMessageBytesMax);
  std::lock_guard lock(outbox_mutex_);
  if (!outbox_) return false;
  const Outboxes::Push push = outbox_->push(kPeer, std::move(frame));
  if (push == Outboxes::Push::queued_first) wake_.wake();
  return push != Outboxes::Push::refused;
}

void ZmqClient::resume_reading() {
  resume_ = true;
  wake_.wake();
}

// ---- the network thread ----

void ZmqClient::run() {
  block_signals();
  name_thread("link");
  context_.emplace();
  while (!stopping_) {
    if (!turn()) wait();
  }
  const auto deadline = Clock::now() + std::chrono::milliseconds(drain_ms_);
  while (up_ && outbox_->bytes() > 0 && Clock::now() < deadline) {
    if (!flush()) wait();
  }
  outbox_->close(kPeer);
  if (socket_.is_open()) socket_.set(ZMQ_LINGER, up_ ? static_cast<int>(drain_ms_) : 0);
  monitor_.close();
  socket_.close();
  frames_.clear();
  held_.clear();
  context_.reset();
}

bool ZmqClient::turn() {
  if (!socket_.is_open()) {
    if (Clock::now() < next_attempt_) return false;
    begin_attempt();
  }
  read_monitor();
  if (!up_) {
    if (socket_.is_open() && Clock::now() >= attempt_ends_) {
      on_down(Error(ErrorCode::kUnreachable,
                    fmt::format("no answer from the authority at {}: is its name known here, and "
                                "is it running?",
                                options_.endpoint)));
    }
    return false;
  }
  if (resume_.exchange(false) && paused_) {
    paused_ = false;
    if (!held_.empty()) deliver(std::exchange(held_, {}));
  }
  const bool sent = flush();
  return read_frames() || sent;
}

void ZmqClient::wait() {
  pollfd items[] = {{wake_.descriptor(), POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}};
  int timeout = kIdleMs;
  const auto until = [&](Clock::time_point when) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - Clock::now()).count();
    timeout = static_cast<int>(std::clamp<int64_t>(left, 0, kIdleMs));
  };
  if (socket_.is_open()) {
    // Asking for the events is what arms the edge-triggered descriptor, so it comes last.
    if ((socket_.get_int(ZMQ_EVENTS) & ZMQ_POLLIN) != 0 && up_ && !paused_ && !stopping_) return;
    items[1].fd = socket_.descriptor();
    items[2].fd = monitor_.descriptor();
    if (!up_) until(attempt_ends_);
    if (stuck_) timeout = kStuckRetryMs;
  } else {
    until(next_attempt_);
  }
  ::poll(items, 3, timeout);
  wake_.clear();
}

void ZmqClient::begin_attempt() {
  socket_ = ZmqSocket(*context_, ZMQ_DEALER);
  set_link_options(&socket_);
  // A name may have addresses of both families, of which libzmq tries one.
  if (failures_ % 2 == 1 && has_host_name(options_.endpoint)) socket_.set(ZMQ_IPV6, 0);
  socket_.set(ZMQ_IMMEDIATE, 1);
  socket_.set(ZMQ_RECONNECT_IVL, -1);
  socket_.set(ZMQ_CONNECT_TIMEOUT, static_cast<int>(options_.attempt_max.count()));
  socket_.set(ZMQ_HANDSHAKE_IVL, static_cast<int>(options_.attempt_max.count()));
  socket_.set_bytes(ZMQ_CURVE_SERVERKEY, options_.server_key.value);
  socket_.set_bytes(ZMQ_CURVE_PUBLICKEY, options_.keys.public_key.value);
  socket_.set_bytes(ZMQ_CURVE_SECRETKEY, options_.keys.secret_key.bytes());
  monitor_ =
      ZmqMonitor(*context_, socket_,
                 ZMQ_EVENT_CONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED |
                     ZMQ_EVENT_CLOSED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                     ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL);
  answered_ = false;
  attempt_ends_ = Clock::now() + options_.attempt_max;
  if (zmq_connect(socket_.get(), options_.endpoint.c_str()) != 0) {
    on_down(Error(ErrorCode::kUnreachable,
                  fmt::format("cannot connect to {}: {}", options_.endpoint, zmq_strerror(errno))));
  }
}

void ZmqClient::read_monitor() {
  while (const auto event = monitor_.next()) {
    switch (event->kind) {
      case ZMQ_EVENT_CONNECTED:
        answered_ = true;
        break;
      case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        on_up();
        break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        return on_down(Error(
            ErrorCode::kUnknownNode,
            fmt::format(
                "the authority at {} refuses this node's key; add the node there (`syncline node "
                "add`), or find out why it was removed",
                options_.endpoint)));
      default:
        return on_down(lost());
    }
  }
}

Error ZmqClient::lost() {
  const std::string& at = options_.endpoint;
  if (up_)
    return Error(ErrorCode::kUnreachable,
                 fmt::format("the connection to the authority at {} is lost", at));
  // One that stops or starts is cut off before it says who it is, too; but not twice in a row.
  if (answered_ && closed_in_a_row_++ == 0)
    return Error(ErrorCode::kUnreachable,
                 fmt::format("what answers at {} closed the connection before it said who it is; "
                             "trying again",
                             at));
  if (answered_)
    return Error(ErrorCode::kUnreachable,
                 fmt::format("what answers at {} has another key than the one pinned here "
                             "(server_key in syncline.toml), or is no authority: `syncline init "
                             "--authority` printed the key",
                             at));
  closed_in_a_row_ = 0;
  return Error(ErrorCode::kUnreachable,
               fmt::format("the authority at {} cannot be reached: is it running, and is this its "
                           "address (authority in syncline.toml)?",
                           at));
}

void ZmqClient::on_up() {
  up_ = true;
  failures_ = 0;
  closed_in_a_row_ = 0;
  told_.reset();
  outbox_->open(kPeer);
  events_.on_connected();
}

void ZmqClient::on_down(const Error& why) {
  // Frames that came before the loss count still; reading them could find no room, and then they
  // are lost with the rest.
  if (up_) read_frames();
  const bool was_up = std::exchange(up_, false);
  outbox_->close(kPeer);
  frames_.clear();
  held_.clear();
  stuck_ = paused_ = false;
  monitor_.close();
  socket_.close();
  next_attempt_ = Clock::now() + next_delay();
  // Every attempt fails in its turn: only what is new is told.
  if (was_up || told_ != why) events_.on_disconnected(why);
  told_ = why;
}

// Doubles with each failure, and is shortened by chance.
std::chrono::milliseconds ZmqClient::next_delay() {
  const int64_t doubled = options_.retry_min.count() << std::min(failures_, 20);
  ++failures_;
  const int64_t full = std::clamp<int64_t>(doubled, 1, options_.retry_max.count());
  const auto less = randombytes_uniform(static_cast<uint32_t>(full / 2 + 1));
  return std::chrono::milliseconds(full - less);
}

bool ZmqClient::read_frames() {
  for (int i = 0; i < kFramesPerTurn && !paused_; ++i) {
    std::optional<ReceivedFrame> received = receive_frame(socket_, false);
    if (!received) return false;
    // What the session above would call malformed; an authority with the pinned key sends none of
    // these.
    if (received->more || received->frame.empty() ||
        received->frame.size() > limits::kMessageBytesMax)
      continue;
    deliver(std::move(received->frame));
  }
  return !paused_;
}

void ZmqClient::deliver(Bytes frame) {
  if (events_.on_frame(frame)) return;
  paused_ = true;
  held_ = std::move(frame);
}

bool ZmqClient::flush() {
  if (!outbox_->take_ready().empty()) outbox_->take(kPeer, &frames_);
  std::vector<ConnectionId> room;
  bool any = false;
  stuck_ = false;
  while (!frames_.empty() && !stuck_) {
    const size_t size = frames_.front().size();
    stuck_ = send_frame(socket_, frames_.front()) != FrameSent::sent;
    if (stuck_) break;
    frames_.pop_front();
    outbox_->sent(kPeer, size, &room);
    any = true;
  }
  if (!room.empty() && events_.on_room) events_.on_room();
  return any;
}

}  // namespace syncline
