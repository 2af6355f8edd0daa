#include "node/runtime/loopback.h"

#include <fmt/format.h>

#include "node/runtime/server_connections.h"
#include "proto/check.h"
#include "proto/limits.h"

namespace syncline {

// ---- the two transports: thin, for the network holds the state and the lock ----

class LoopbackServer final : public ServerTransport {
 public:
  explicit LoopbackServer(LoopbackNetwork* network) : network_(network) {}
  ~LoopbackServer() override { stop(std::chrono::milliseconds(0)); }

  using ServerTransport::stop;
  Status start(ServerOptions options, ServerEvents events) override;
  void stop(std::chrono::milliseconds drain) override;
  std::string endpoint() const override;
  void allow(const LinkKey& key, NodeId node) override;
  void remove(NodeId node) override;
  bool send(ConnectionId to, Bytes frame) override;
  void close(ConnectionId connection) override;
  void resume_reading() override;
  ServerCounters counters() const override;

 private:
  friend class LoopbackNetwork;
  LoopbackNetwork* network_;
  // All below: under the network's lock.
  NodeTable table_;
  bool started_ = false;
  bool paused_ = false;
  uint64_t resumes_ = 0;  // calls of resume_reading(): one may come while on_frame says no
  ServerOptions options_;
  ServerEvents events_;
  ServerCounters counters_;
  size_t queued_bytes_ = 0;  // towards all clients
};

class LoopbackClient final : public ClientTransport {
 public:
  explicit LoopbackClient(LoopbackNetwork* network) : network_(network) {}
  ~LoopbackClient() override { stop(std::chrono::milliseconds(0)); }

  using ClientTransport::stop;
  Status start(ClientOptions options, ClientEvents events) override;
  void stop(std::chrono::milliseconds drain) override;
  bool send(Bytes frame) override;
  void resume_reading() override;

 private:
  friend class LoopbackNetwork;
  LoopbackNetwork* network_;
  // All below: under the network's lock.
  bool started_ = false;
  bool paused_ = false;
  uint64_t resumes_ = 0;  // calls of resume_reading(): one may come while on_frame says no
  bool refused_ = false;  // it was told so; told again only after another attempt could differ
  ClientOptions options_;
  ClientEvents events_;
  ConnectionId link_;  // 0: not connected
};

namespace {

// As zmq_server's outboxes decide, for one lane.
bool fits(size_t queued, size_t size, size_t bytes_max) {
  return queued == 0 || queued + size <= bytes_max;
}

}  // namespace

Status LoopbackServer::start(ServerOptions options, ServerEvents events) {
  CHECK(events.on_frame && events.on_closed);
  std::lock_guard lock(network_->mutex_);
  CHECK(!started_, "the server is started already");
  if (options.endpoint.empty())
    return fail(ErrorCode::kUsage, "cannot listen on '': expected a name");
  if (!network_->servers_.emplace(options.endpoint, this).second) {
    return fail(ErrorCode::kPortInUse,
                fmt::format("cannot listen on {}: the address is taken; stop the program that "
                            "holds it, or choose another",
                            options.endpoint));
  }
  options_ = std::move(options);
  events_ = std::move(events);
  counters_ = {};
  started_ = true;
  paused_ = false;
  network_->try_connect_all();
  return {};
}

void LoopbackServer::stop(std::chrono::milliseconds drain) {
  std::unique_lock lock(network_->mutex_);
  if (!started_) return;
  if (network_->thread_.joinable()) {
    network_->changed_.wait_for(lock, drain, [&] { return queued_bytes_ == 0; });
  }
  started_ = false;
  network_->servers_.erase(options_.endpoint);
  network_->end_links_of(this);
  network_->forget_tasks(&lock, this);
  events_ = {};
}

std::string LoopbackServer::endpoint() const {
  std::lock_guard lock(network_->mutex_);
  return started_ ? options_.endpoint : std::string();
}

void LoopbackServer::allow(const LinkKey& key, NodeId node) {
  std::lock_guard lock(network_->mutex_);
  table_.allow(key, node);
  if (started_) network_->try_connect_all();
}

void LoopbackServer::remove(NodeId node) {
  std::lock_guard lock(network_->mutex_);
  table_.remove(node);
  std::vector<ConnectionId> over;
  for (const auto& [id, link] : network_->links_) {
    if (link.server == this && !table_.holds(link.grant)) over.push_back(id);
  }
  const Error lost(ErrorCode::kUnreachable, "the connection to the authority is lost");
  for (ConnectionId id : over) network_->end_link(id, &lost, true);
}

bool LoopbackServer::send(ConnectionId to, Bytes frame) {
  CHECK(!frame.empty() && frame.size() <= limits::kMessageBytesMax);
  std::lock_guard lock(network_->mutex_);
  const auto found = network_->links_.find(to);
  if (!started_ || found == network_->links_.end() || found->second.server != this) return false;
  LoopbackNetwork::Lane& lane = found->second.to_client;
  if (!fits(lane.bytes, frame.size(), options_.outbox_bytes_max) ||
      (lane.bytes > 0 && queued_bytes_ + frame.size() > options_.outbox_total_bytes_max)) {
    lane.refused = true;
    return false;
  }
  lane.bytes += frame.size();
  queued_bytes_ += frame.size();
  lane.frames.push_back(std::move(frame));
  network_->schedule_to_client(to);
  return true;
}

void LoopbackServer::close(ConnectionId connection) {
  std::lock_guard lock(network_->mutex_);
  const auto found = network_->links_.find(connection);
  if (found == network_->links_.end() || found->second.server != this) return;
  const Error lost(ErrorCode::kUnreachable, "the connection to the authority is lost");
  network_->end_link(connection, &lost, true);
}

void LoopbackServer::resume_reading() {
  std::lock_guard lock(network_->mutex_);
  ++resumes_;
  if (!std::exchange(paused_, false)) return;
  for (auto& [id, link] : network_->links_) {
    if (link.server == this) network_->schedule_to_server(id);
  }
}

ServerCounters LoopbackServer::counters() const {
  std::lock_guard lock(network_->mutex_);
  return counters_;
}

Status LoopbackClient::start(ClientOptions options, ClientEvents events) {
  CHECK(events.on_connected && events.on_disconnected && events.on_frame);
  std::lock_guard lock(network_->mutex_);
  CHECK(!started_, "the client is started already");
  if (options.endpoint.empty())
    return fail(ErrorCode::kUsage, "'' is not an authority's address: expected a name");
  options_ = std::move(options);
  events_ = std::move(events);
  started_ = true;
  paused_ = refused_ = false;
  network_->clients_.push_back(this);
  network_->try_connect(this);
  return {};
}

void LoopbackClient::stop(std::chrono::milliseconds drain) {
  std::unique_lock lock(network_->mutex_);
  if (!started_) return;
  if (network_->thread_.joinable()) {
    network_->changed_.wait_for(lock, drain, [&] {
      const auto found = network_->links_.find(link_);
      return found == network_->links_.end() || found->second.to_server.frames.empty();
    });
  }
  started_ = false;
  std::erase(network_->clients_, this);
  network_->end_link(link_, nullptr, true);
  network_->forget_tasks(&lock, this);
  events_ = {};
}

bool LoopbackClient::send(Bytes frame) {
  CHECK(!frame.empty() && frame.size() <= limits::kMessageBytesMax);
  std::lock_guard lock(network_->mutex_);
  const auto found = network_->links_.find(link_);
  if (!started_ || found == network_->links_.end()) return false;
  LoopbackNetwork::Lane& lane = found->second.to_server;
  if (!fits(lane.bytes, frame.size(), options_.outbox_bytes_max)) {
    lane.refused = true;
    return false;
  }
  lane.bytes += frame.size();
  lane.frames.push_back(std::move(frame));
  network_->schedule_to_server(link_);
  return true;
}

void LoopbackClient::resume_reading() {
  std::lock_guard lock(network_->mutex_);
  ++resumes_;
  if (std::exchange(paused_, false)) network_->schedule_to_client(link_);
}

// ---- the network ----

LoopbackNetwork::LoopbackNetwork(Mode mode) {
  if (mode == Mode::pumped) return;
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (!run_one(&lock)) changed_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
    }
  });
}

LoopbackNetwork::~LoopbackNetwork() {
  {
    std::lock_guard lock(mutex_);
    CHECK(servers_.empty() && clients_.empty(), "a network goes after its transports");
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::unique_ptr<ServerTransport> LoopbackNetwork::make_server() {
  return std::make_unique<LoopbackServer>(this);
}

std::unique_ptr<ClientTransport> LoopbackNetwork::make_client() {
  return std::make_unique<LoopbackClient>(this);
}

size_t LoopbackNetwork::pump(size_t events_max) {
  CHECK(!thread_.joinable(), "a threaded network pumps itself");
  std::unique_lock lock(mutex_);
  size_t count = 0;
  while (count < events_max && run_one(&lock)) ++count;
  return count;
}

void LoopbackNetwork::set_connected(const LinkKey& client, bool connected) {
  std::lock_guard lock(mutex_);
  if (connected) {
    cut_.erase(client);
    return try_connect_all();
  }
  cut_.insert(client);
  const Error lost(ErrorCode::kUnreachable, "the connection to the authority is lost");
  for (LoopbackClient* each : clients_) {
    if (each->options_.keys.public_key == client) end_link(each->link_, &lost, true);
  }
}

void LoopbackNetwork::post(const void* owner, std::function<void()> run) {
  tasks_.push_back({owner, std::move(run)});
  changed_.notify_all();
}

// Runs one task without the lock.
bool LoopbackNetwork::run_one(std::unique_lock<std::mutex>* lock) {
  if (tasks_.empty()) return false;
  Task task = std::move(tasks_.front());
  tasks_.pop_front();
  running_ = task.owner;
  running_on_ = std::this_thread::get_id();
  lock->unlock();
  task.run();
  lock->lock();
  running_ = nullptr;
  changed_.notify_all();
  return true;
}

// After this no event of the owner runs, nor will.
void LoopbackNetwork::forget_tasks(std::unique_lock<std::mutex>* lock, const void* owner) {
  std::erase_if(tasks_, [&](const Task& task) { return task.owner == owner; });
  CHECK(running_ != owner || running_on_ != std::this_thread::get_id(), "stop() within an event");
  changed_.wait(*lock, [&] { return running_ != owner; });
  std::erase_if(tasks_, [&](const Task& task) { return task.owner == owner; });
}

void LoopbackNetwork::try_connect_all() {
  for (LoopbackClient* client : clients_) try_connect(client);
}

void LoopbackNetwork::try_connect(LoopbackClient* client) {
  if (client->link_ != ConnectionId() || cut_.contains(client->options_.keys.public_key)) return;
  const auto found = servers_.find(client->options_.endpoint);
  if (found == servers_.end()) return;
  LoopbackServer* server = found->second;
  // A client that pinned another key gets no answer; one with the key but not its secret is not
  // made here.
  if (server->options_.keys.public_key != client->options_.server_key) return;
  const auto grant = server->table_.find(client->options_.keys.public_key);
  if (!grant) {
    ++server->counters_.refused_handshakes;
    if (std::exchange(client->refused_, true)) return;
    const Error refused(ErrorCode::kUnknownNode,
                        fmt::format("the authority at {} refuses this node's key; add the node "
                                    "there (`syncline node add`), "
                                    "or find out why it was removed",
                                    client->options_.endpoint));
    return post(client, [client, refused] { client->events_.on_disconnected(refused); });
  }
  client->refused_ = false;
  client->paused_ = false;
  client->link_ = next_connection_id();
  links_.emplace(client->link_, Link{server, client, *grant});
  post(client, [client] { client->events_.on_connected(); });
}

// `tell_client` null: it is the client that ends it. Frames under way are lost.
void LoopbackNetwork::end_link(ConnectionId id, const Error* tell_client, bool tell_server) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  const Link link = std::move(found->second);
  links_.erase(found);
  link.server->queued_bytes_ -= link.to_client.bytes;
  link.client->link_ = ConnectionId();
  link.client->paused_ = false;
  if (tell_server && link.named) {
    post(link.server, [server = link.server, id] { server->events_.on_closed(id); });
  }
  if (tell_client == nullptr) return;
  post(link.client,
       [client = link.client, error = *tell_client] { client->events_.on_disconnected(error); });
  try_connect(link.client);
}

void LoopbackNetwork::end_links_of(const LoopbackServer* server) {
  std::vector<ConnectionId> ids;
  for (const auto& [id, link] : links_) {
    if (link.server == server) ids.push_back(id);
  }
  const Error lost(ErrorCode::kUnreachable, "the connection to the authority is lost");
  for (ConnectionId id : ids) end_link(id, &lost, false);
}

void LoopbackNetwork::schedule_to_server(ConnectionId id) {
  const auto found = links_.find(id);
  if (found == links_.end() || found->second.server->paused_) return;
  Lane& lane = found->second.to_server;
  if (lane.frames.empty() || std::exchange(lane.scheduled, true)) return;
  post(found->second.server, [this, id] { deliver_to_server(id); });
}

void LoopbackNetwork::schedule_to_client(ConnectionId id) {
  const auto found = links_.find(id);
  if (found == links_.end() || found->second.client->paused_) return;
  Lane& lane = found->second.to_client;
  if (lane.frames.empty() || std::exchange(lane.scheduled, true)) return;
  post(found->second.client, [this, id] { deliver_to_client(id); });
}

// Without the lock; one frame, then the others have their turn.
void LoopbackNetwork::deliver_to_server(ConnectionId id) {
  std::unique_lock lock(mutex_);
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  Link* link = &found->second;
  LoopbackServer* server = link->server;
  link->to_server.scheduled = false;
  if (server->paused_ || link->to_server.frames.empty()) return;
  Bytes frame = std::move(link->to_server.frames.front());
  link->to_server.frames.pop_front();
  const size_t size = frame.size();
  const NodeId node = link->grant.node;
  link->named = true;
  const uint64_t resumes = server->resumes_;
  lock.unlock();
  const bool taken = server->events_.on_frame(id, node, frame);
  lock.lock();

  const auto still = links_.find(id);
  if (taken) {
    ++server->counters_.frames_in;
    server->counters_.bytes_in += size;
  } else {
    server->paused_ = server->resumes_ == resumes;
  }
  if (still == links_.end()) return;  // ended meanwhile
  Lane& lane = still->second.to_server;
  if (!taken) {
    lane.frames.push_front(std::move(frame));
    return schedule_to_server(id);
  }
  lane.bytes -= size;
  LoopbackClient* client = still->second.client;
  if (lane.refused && lane.bytes <= client->options_.outbox_bytes_max / 2) {
    lane.refused = false;
    if (client->events_.on_room) post(client, [client] { client->events_.on_room(); });
  }
  schedule_to_server(id);
}

void LoopbackNetwork::deliver_to_client(ConnectionId id) {
  std::unique_lock lock(mutex_);
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  Link* link = &found->second;
  LoopbackClient* client = link->client;
  link->to_client.scheduled = false;
  if (client->paused_ || link->to_client.frames.empty()) return;
  Bytes frame = std::move(link->to_client.frames.front());
  link->to_client.frames.pop_front();
  const size_t size = frame.size();
  const uint64_t resumes = client->resumes_;
  lock.unlock();
  const bool taken = client->events_.on_frame(frame);
  lock.lock();

  const auto still = links_.find(id);
  if (still == links_.end()) return;
  Lane& lane = still->second.to_client;
  if (!taken) {
    client->paused_ = client->resumes_ == resumes;
    lane.frames.push_front(std::move(frame));
    return schedule_to_client(id);
  }
  LoopbackServer* server = still->second.server;
  lane.bytes -= size;
  server->queued_bytes_ -= size;
  ++server->counters_.frames_out;
  server->counters_.bytes_out += size;
  if (lane.refused && lane.bytes <= server->options_.outbox_bytes_max / 2 &&
      server->queued_bytes_ <= server->options_.outbox_total_bytes_max / 2) {
    lane.refused = false;
    if (server->events_.on_room) post(server, [server, id] { server->events_.on_room(id); });
  }
  schedule_to_client(id);
}

}  // namespace syncline
