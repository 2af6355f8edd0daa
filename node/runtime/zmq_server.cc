#include "node/runtime/zmq_server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <zmq.h>

#include <cerrno>

#include "node/runtime/self_test.h"
#include "proto/check.h"
#include "proto/limits.h"

namespace syncline {
namespace {

constexpr int kZapEnforceDomain =
    93;  // ZMQ_ZAP_ENFORCE_DOMAIN: in Debian's library, behind its header's draft switch
constexpr int kBacklog =
    1024;  // connections on their way in; libzmq's 100 is little for a fleet after a power cut
constexpr std::chrono::milliseconds kSelfTestMax{10'000};
constexpr std::chrono::milliseconds kWatchInterval{500};
constexpr int kBeatsMissedMax =
    8;  // on the network thread's own count, so a frozen process does not trip it

bool is_assigned_by_router(const Bytes& routing_id) {
  return routing_id.size() == 5 && routing_id.front() == '\0';
}

int port_of(const std::string& endpoint) {
  const size_t colon = endpoint.rfind(':');
  return colon == std::string::npos ? 0 : std::atoi(endpoint.c_str() + colon + 1);
}

// Only if it is a connection to our port: should the descriptor have been closed and used again in
// this instant, then at worst another node has to connect again.
void shut_down(int descriptor, int port) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) return;
  int bound = 0;
  if (address.ss_family == AF_INET)
    bound = ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
  if (address.ss_family == AF_INET6)
    bound = ntohs(reinterpret_cast<sockaddr_in6*>(&address)->sin6_port);
  if (bound == port) ::shutdown(descriptor, SHUT_RDWR);
}

Status listen_on(const ZmqSocket& socket, const std::string& endpoint) {
  if (zmq_bind(socket.get(), endpoint.c_str()) == 0) return {};
  if (errno == EADDRINUSE) {
    return fail(ErrorCode::kPortInUse,
                fmt::format("cannot listen on {}: the address is taken; stop the program that "
                            "holds it, or choose another port",
                            endpoint));
  }
  return fail(
      ErrorCode::kUsage,
      fmt::format(
          "cannot listen on {}: {}; expected tcp://HOST:PORT with an address of this machine",
          endpoint, zmq_strerror(errno)));
}

}  // namespace

Status ZmqServer::start(ServerOptions options, ServerEvents events) {
  CHECK(!thread_.joinable(), "the server is started already");
  CHECK(events.on_frame && events.on_closed);
  if (!options.endpoint.starts_with("tcp://")) {
    return fail(ErrorCode::kUsage,
                fmt::format("cannot listen on '{}': expected tcp://HOST:PORT", options.endpoint));
  }
  events_ = std::move(events);
  outboxes_ = std::make_unique<Outboxes>(options.outbox_bytes_max, options.outbox_total_bytes_max);
  if (const Status opened = open(options); !opened) {
    monitor_.close();
    socket_.close();
    zap_.reset();
    context_.reset();
    return opened;
  }
  stopping_ = false;
  next_watch_ = Clock::now() + kWatchInterval;
  thread_ = std::thread([this] { run(); });
  return {};
}

Status ZmqServer::open(const ServerOptions& options) {
  context_ = std::make_unique<ZmqContext>();
  // Before any bind: a handshake that finds no handler would be let in.
  zap_ = std::make_unique<ZapHandler>(*context_, &table_);
  socket_ = ZmqSocket(*context_, ZMQ_ROUTER);
  set_link_options(&socket_);
  socket_.set(ZMQ_CURVE_SERVER, 1);
  socket_.set_bytes(ZMQ_CURVE_SECRETKEY, options.keys.secret_key.bytes());
  socket_.set_text(ZMQ_ZAP_DOMAIN, kZapDomain);
  socket_.set(kZapEnforceDomain, 1);
  socket_.set(ZMQ_ROUTER_MANDATORY, 1);
  socket_.set(ZMQ_ROUTER_HANDOVER, 0);
  socket_.set(ZMQ_HANDSHAKE_IVL, static_cast<int>(options.handshake_max.count()));
  socket_.set(ZMQ_BACKLOG, kBacklog);
  monitor_ = ZmqMonitor(*context_, socket_,
                        ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                            ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                            ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);

  // Tested where nobody else can reach it, then opened where it was asked for.
  SYNCLINE_TRY(listen_on(socket_, "tcp://127.0.0.1:*"));
  const std::string trial = socket_.last_endpoint();
  SYNCLINE_TRY(check_rejects_strangers(trial, options.keys.public_key, kSelfTestMax));
  zmq_unbind(socket_.get(), trial.c_str());
  SYNCLINE_TRY(listen_on(socket_, options.endpoint));
  endpoint_ = socket_.last_endpoint();
  return {};
}

void ZmqServer::stop(std::chrono::milliseconds drain) {
  if (!thread_.joinable()) return;
  CHECK(thread_.get_id() != std::this_thread::get_id(), "stop() within an event");
  drain_ms_ = drain.count();
  stopping_ = true;
  wake_.wake();
  thread_.join();
  for (ConnectionId id : connections_.ids()) outboxes_->close(id);
  connections_ = ServerConnections();
  socket_.set(ZMQ_LINGER, static_cast<int>(drain.count()));
  monitor_.close();
  socket_.close();
  zap_.reset();
  context_.reset();
  events_ = {};
  endpoint_.clear();
  paused_ = false;
  held_.clear();
  requests_ = {};
}

bool ZmqServer::send(ConnectionId to, Bytes frame) {
  CHECK(!frame.empty() && frame.size() <= limits::kMessageBytesMax);
  const Outboxes::Push push = outboxes_->push(to, std::move(frame));
  if (push == Outboxes::Push::queued_first) wake_.wake();
  return push != Outboxes::Push::refused;
}

void ZmqServer::request(const std::function<void(Requests*)>& change) {
  {
    std::lock_guard lock(requests_mutex_);
    change(&requests_);
  }
  wake_.wake();
}

void ZmqServer::remove(NodeId node) {
  table_.remove(node);
  request([](Requests* requests) { requests->recheck = true; });
}

void ZmqServer::close(ConnectionId connection) {
  request([&](Requests* requests) { requests->close.push_back(connection); });
}

void ZmqServer::resume_reading() {
  request([](Requests* requests) { requests->resume = true; });
}

ServerCounters ZmqServer::counters() const {
  return {.frames_in = frames_in_,
          .bytes_in = bytes_in_,
          .frames_out = frames_out_,
          .bytes_out = bytes_out_,
          .refused_handshakes = refused_handshakes_,
          .refused_frames = refused_frames_,
          .bans = bans_};
}

// ---- the network thread ----

void ZmqServer::run() {
  block_signals();
  name_thread("links");
  while (!stopping_) {
    if (!turn()) wait();
  }
  const auto deadline = Clock::now() + std::chrono::milliseconds(drain_ms_);
  while (outboxes_->bytes() > 0 && Clock::now() < deadline) {
    drain_monitor();
    if (!flush_all()) wait();
  }
}

// True: there may be more to do at once.
bool ZmqServer::turn() {
  do_requests();
  drain_monitor();
  watch_zap();
  const bool sent = flush_all();
  return read_frames() || sent;
}

void ZmqServer::wait() {
  // Asking for the events is what arms the edge-triggered descriptor, so it comes last.
  if ((socket_.get_int(ZMQ_EVENTS) & ZMQ_POLLIN) != 0 && !paused_ && !stopping_) return;
  pollfd items[] = {{wake_.descriptor(), POLLIN, 0},
                    {socket_.descriptor(), POLLIN, 0},
                    {monitor_.descriptor(), POLLIN, 0}};
  const int timeout =
      connections_.any_stuck() ? kStuckRetryMs : static_cast<int>(kWatchInterval.count());
  ::poll(items, 3, timeout);
  wake_.clear();
}

void ZmqServer::do_requests() {
  Requests requests;
  {
    std::lock_guard lock(requests_mutex_);
    std::swap(requests, requests_);
  }
  for (ConnectionId id : requests.close) disconnect(id);
  if (requests.recheck) {
    for (ConnectionId id : connections_.ids()) {
      ServerConnection* connection = connections_.find(id);
      if (connection != nullptr && !is_admitted(connection)) disconnect(id);
    }
  }
  if (requests.resume && paused_) {
    paused_ = false;
    offer_held();
  }
}

void ZmqServer::drain_monitor() {
  while (const auto event = monitor_.next()) {
    if (event->kind == ZMQ_EVENT_ACCEPTED) {
      connections_.on_accepted(event->value);
    } else if (event->kind == ZMQ_EVENT_DISCONNECTED) {
      connections_.on_disconnected(event->value);
    } else {
      ++refused_handshakes_;
    }
  }
}

bool ZmqServer::read_frames() {
  bool dry = false;
  for (int i = 0; i < kFramesPerTurn && !paused_ && !dry; ++i) {
    std::optional<ReceivedFrame> received = receive_frame(socket_, true);
    dry = !received;
    if (received) on_received(std::move(*received));
  }
  if (paused_) return false;
  for (ConnectionId id : connections_.take_over(dry)) forget(id);
  return !dry;
}

void ZmqServer::on_received(ReceivedFrame received) {
  ServerConnection* connection = connection_of(received);
  if (connection == nullptr) {
    ++refused_frames_;
    return;
  }
  if (!is_admitted(connection)) {
    ++refused_frames_;
    disconnect(connection->id);
    return;
  }
  if (!is_assigned_by_router(received.routing_id)) {
    return on_broken_framing(connection, "it chose a routing id");
  }
  if (received.more) return on_broken_framing(connection, "it sent a message of several frames");
  if (received.frame.empty()) return on_broken_framing(connection, "it sent an empty frame");
  if (received.frame.size() > limits::kMessageBytesMax) {
    return on_broken_framing(connection, "it sent a frame beyond the limit");
  }
  deliver(*connection, std::move(received.frame));
}

// Null: a frame that is nobody's.
ServerConnection* ZmqServer::connection_of(const ReceivedFrame& received) {
  if (ServerConnection* known = connections_.find(received.routing_id)) {
    return known->user_id == received.user_id ? known : nullptr;
  }
  drain_monitor();  // so that a descriptor that was closed before the frame came is known to be
  const auto grant = parse_user_id(received.user_id);
  if (!grant || connections_.is_closed(received.routing_id)) return nullptr;
  if (ServerConnection* other = connections_.find_by_descriptor(received.descriptor)) {
    // One of the two had the descriptor before it was used again, and which is not known. Neither
    // is trusted: what the descriptor is now is shut down, and the node comes back.
    disconnect(other->id);
  }
  ServerConnection* opened =
      connections_.open(received.routing_id, received.user_id, *grant, received.descriptor);
  outboxes_->open(opened->id);
  return opened;
}

bool ZmqServer::is_admitted(ServerConnection* connection) {
  const uint64_t version = table_.version();
  if (connection->table_version == version) return true;
  if (!table_.holds(connection->grant)) return false;
  connection->table_version = version;
  return true;
}

void ZmqServer::deliver(const ServerConnection& connection, Bytes frame) {
  const size_t size = frame.size();
  ++frames_in_;
  bytes_in_ += size;
  if (events_.on_frame(connection.id, connection.grant.node, frame)) return;
  --frames_in_;
  bytes_in_ -= size;
  paused_ = true;
  held_from_ = connection.id;
  held_ = std::move(frame);
}

void ZmqServer::offer_held() {
  if (held_.empty()) return;
  Bytes frame = std::exchange(held_, {});
  ServerConnection* connection = connections_.find(held_from_);
  if (connection == nullptr) return;  // it ended meanwhile
  if (is_admitted(connection)) {
    deliver(*connection, std::move(frame));
  } else {
    ++refused_frames_;
    disconnect(held_from_);
  }
}

bool ZmqServer::flush_all() {
  std::vector<ConnectionId> room;
  bool any = false;
  for (ConnectionId id : connections_.stuck()) any |= flush(id, &room);
  for (ConnectionId id : outboxes_->take_ready()) {
    ServerConnection* connection = connections_.find(id);
    if (connection == nullptr) continue;
    outboxes_->take(id, &connection->frames);
    any |= flush(id, &room);
  }
  if (events_.on_room) {
    for (ConnectionId id : room) events_.on_room(id);
  }
  return any;
}

// True: some frame was sent.
bool ZmqServer::flush(ConnectionId id, std::vector<ConnectionId>* room) {
  bool any = false;
  ServerConnection* connection = connections_.find(id);
  if (connection == nullptr) return false;
  while (!connection->frames.empty()) {
    const size_t size = connection->frames.front().size();
    const FrameSent sent = send_frame(socket_, connection->routing_id, connection->frames.front());
    if (sent == FrameSent::gone) {
      connections_.set_stuck(connection, false);
      connection->frames.clear();
      outboxes_->close(id);
      connections_.leave(connection);
      return any;
    }
    connections_.set_stuck(connection, sent == FrameSent::full);
    if (sent == FrameSent::full) return any;
    connection->frames.pop_front();
    outboxes_->sent(id, size, room);
    ++frames_out_;
    bytes_out_ += size;
    any = true;
  }
  connections_.set_stuck(connection, false);
  return any;
}

void ZmqServer::on_broken_framing(ServerConnection* connection, std::string_view what) {
  ++refused_frames_;
  const NodeTable::Grant grant = connection->grant;
  if (table_.ban(grant)) {
    ++bans_;
    if (events_.on_banned) {
      events_.on_banned(
          grant.node,
          Error(
              ErrorCode::kMalformed,
              fmt::format(
                  "node {} broke the framing: {}; its key is refused until the node is removed and "
                  "added again",
                  to_string(grant.node), what)));
    }
  }
  // All of its connections, this one too.
  for (ConnectionId id : connections_.ids()) {
    ServerConnection* other = connections_.find(id);
    if (other != nullptr && other->grant == grant) disconnect(id);
  }
}

void ZmqServer::disconnect(ConnectionId id) {
  drain_monitor();
  ServerConnection* connection = connections_.find(id);
  if (connection == nullptr) return;
  if (connection->descriptor != -1) shut_down(connection->descriptor, port_of(endpoint_));
  forget(id);
}

void ZmqServer::forget(ConnectionId id) {
  connections_.close(id);
  outboxes_->close(id);
  events_.on_closed(id);
}

void ZmqServer::watch_zap() {
  const Clock::time_point now = Clock::now();
  if (now < next_watch_) return;
  next_watch_ = now + kWatchInterval;
  const uint64_t beats = zap_->beats();
  beats_missed_ = beats == std::exchange(beats_seen_, beats) ? beats_missed_ + 1 : 0;
  if (beats_missed_ == kBeatsMissedMax && events_.on_failed) {
    events_.on_failed(Error(ErrorCode::kInternal,
                            "the thread that answers handshakes stands still: nobody new can "
                            "connect; restart the authority"));
  }
}

}  // namespace syncline
