#include "syncline/node.h"

#include "node/model/schema_comparison.h"
#include "node/runtime/node_impl.h"
#include "node/runtime/zmq_client.h"
#include "proto/check.h"
#include "proto/uses.h"
#include "storage/rocks_store.h"

namespace syncline {

Result<Node> Node::open(const std::string& path, NodeOptions options) {
  NodeParts parts;
  SYNCLINE_ASSIGN(parts.directory, open_store_directory(path));
  const StoreConfig& config = parts.directory.config;
  if (config.role != StoreRole::node)
    return fail(ErrorCode::kBadData,
                path + " is the store of an authority; a node has a store of its own");
  const std::string objects = parts.directory.objects_path();
  RocksOptions rocks;
  rocks.profile = options.small || config.small ? RocksProfile::tiny : RocksProfile::std;
  Result<std::unique_ptr<RocksStore>> store = RocksStore::open(objects, rocks);
  // What was pending is lost with it: a node that began anew would not say so.
  if (!store && store.error().code == ErrorCode::kNotFound)
    return std::unexpected(lost_part(parts.directory, objects));
  SYNCLINE_ASSIGN(parts.store, std::move(store));
  parts.transport = std::make_unique<ZmqClient>();
  return open_node(std::move(parts), options);
}

Result<Node> open_node(NodeParts parts, NodeOptions options) {
  return NodeInside::open(std::move(parts), options);
}

Result<Node> NodeInside::open(NodeParts parts, NodeOptions options) {
  if (options.models) SYNCLINE_TRY(check_declared(*options.models));
  auto impl = std::make_unique<Node::Impl>();
  impl->directory = std::move(parts.directory);
  impl->store = std::move(parts.store);
  impl->transport = std::move(parts.transport);
  impl->options = options;
  if (!impl->options.group_sync)
    impl->options.group_sync = std::chrono::milliseconds(impl->directory.config.group_sync_ms);

  SYNCLINE_ASSIGN(auto machine, Replica::open(impl->identity(), impl->store.get()));

  impl->receipts->store = impl->store.get();
  impl->teller = std::make_unique<JobThread>("teller");
  impl->driver =
      std::make_unique<ReplicaDriver>(std::move(machine), impl->store.get(), impl->world());
  SYNCLINE_TRY(impl->input(replica_input::Opened{random_bytes()}));
  {
    std::lock_guard lock(impl->machine_mutex);
    SYNCLINE_TRY(impl->declare_own_indexes());
    impl->check_models();
    if (impl->options.models)
      SYNCLINE_TRY(impl->step(replica_input::DeclareTypes{*impl->options.models}));
  }
  impl->keeper = std::thread([raw = impl.get()] { raw->keep(); });
  Node::Impl* raw = impl.get();
  raw->home->node = raw;
  Node node(std::move(impl));
  SYNCLINE_TRY(raw->begin_initial_subscriptions());
  if (options.connect) SYNCLINE_TRY(raw->connect());
  return node;
}

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Node::Node(Node&&) noexcept = default;

Node& Node::operator=(Node&& other) noexcept {
  Node old(std::move(*this));
  impl_ = std::move(other.impl_);
  return *this;
}

Node::~Node() {
  if (impl_ == nullptr) return;
  const Status closed = impl_->close();
  CHECK(closed.has_value(), "a node that ends inside its own callback or transaction");
}

Status Node::close() { return impl_->close(); }

Status Node::Impl::close() {
  SYNCLINE_TRY(not_in_write("close()"));
  if (teller->runs_here())
    return fail(ErrorCode::kUsage,
                "close() in an observer's callback would wait for itself; close on another thread");
  std::lock_guard closing_one(close_mutex);
  if (closed) return {};
  gate.shut();
  wake();
  disconnect(std::chrono::milliseconds(100));
  gate.wait_until_empty();
  {
    std::lock_guard lock(keeper_mutex);
    closing = true;
    keeper_woken.notify_all();
  }
  if (keeper.joinable()) keeper.join();
  Status synced = store->sync();
  {
    std::lock_guard lock(receipts->mutex);
    receipts->store = nullptr;
  }
  wake();
  teller->stop();
  home->end_leases();
  std::lock_guard lock(machine_mutex);
  driver.reset();
  store.reset();
  closed = true;
  return synced;
}

Status Node::Impl::connect() {
  std::lock_guard lock(link_mutex);
  if (linked) return {};
  ClientOptions client;
  client.endpoint = directory.config.authority;
  client.server_key = *directory.config.server_key;
  client.keys = directory.keys.link;
  ClientEvents events;
  events.on_connected = [this] {
    std::lock_guard lock(machine_mutex);
    connected = true;
    (void)step(replica_input::Connected{});
  };
  events.on_disconnected = [this](const Error& why) {
    std::lock_guard lock(machine_mutex);
    connected = false;
    (void)step(replica_input::Disconnected{why});
  };
  events.on_frame = [this](Bytes& frame) {
    (void)input(replica_input::Frame{std::move(frame)});
    return true;
  };
  events.on_room = [] {};
  SYNCLINE_TRY(transport->start(std::move(client), std::move(events)));
  linked = true;
  return {};
}

void Node::Impl::disconnect(std::chrono::milliseconds drain) {
  std::lock_guard lock(link_mutex);
  if (!linked) return;
  transport->stop(drain);
  linked = false;
}

ReplicaWorld Node::Impl::world() {
  ReplicaWorld world;
  // A frame that the transport does not take is lost with its connection: the session greets again.
  world.send = [this](Bytes frame) { (void)transport->send(std::move(frame)); };
  world.arm = [this](const Timer& timer) { timers.arm(timer); };
  world.sync_soon = [this](uint64_t write_number) {
    std::lock_guard lock(keeper_mutex);
    sync_up_to = std::max(sync_up_to, write_number);
    if (!sync_due) sync_due = std::chrono::steady_clock::now() + *options.group_sync;
    keeper_woken.notify_all();
  };
  world.tell = [this](ReplicaOutput& out) { tell(out); };
  return world;
}

Result<std::optional<Result<ChangesetName>>> Node::Impl::step(ReplicaInput input) {
  if (ended) return std::unexpected(*ended);
  auto stepped = driver->step(instant_now(), std::move(input));
  if (!stepped) fail_store(stepped.error());
  std::lock_guard lock(keeper_mutex);
  next_timer.reset();
  if (std::optional<int64_t> at = timers.next()) next_timer = steady_at(*at);
  keeper_woken.notify_all();
  return stepped;
}

Status Node::Impl::input(ReplicaInput input) {
  std::lock_guard lock(machine_mutex);
  auto stepped = step(std::move(input));
  if (!stepped) return std::unexpected(stepped.error());
  return {};
}

// Syncs for writes that asked for it soon, and fires timers.
void Node::Impl::keep() {
  name_thread("keeper");
  std::unique_lock lock(keeper_mutex);
  while (!closing) {
    std::optional<std::chrono::steady_clock::time_point> until = next_timer;
    if (sync_due && (!until || *sync_due < *until)) until = sync_due;
    if (room_due && (!until || *room_due < *until)) until = room_due;
    if (until) {
      keeper_woken.wait_until(lock, *until);
    } else {
      keeper_woken.wait(lock);
    }
    const auto now = std::chrono::steady_clock::now();
    if (!closing && sync_due && *sync_due <= now) sync_now(&lock);
    if (!closing && room_due && *room_due <= now) look_for_room(&lock);
    if (!closing && next_timer && *next_timer <= now) fire_timers(&lock);
  }
}

void Node::Impl::sync_now(std::unique_lock<std::mutex>* keeper_lock) {
  const uint64_t up_to = sync_up_to;
  const uint64_t machine_then = machines;
  sync_due.reset();
  keeper_lock->unlock();
  Status synced = store->sync();
  {
    std::lock_guard machine(machine_mutex);
    if (!synced) {
      fail_store(synced.error());
    } else if (machine_then == machines) {
      (void)step(replica_input::Synced{up_to});
    }
  }
  keeper_lock->lock();
}

void Node::Impl::look_for_room(std::unique_lock<std::mutex>* keeper_lock) {
  room_due.reset();
  keeper_lock->unlock();
  {
    std::lock_guard machine(machine_mutex);
    (void)go_on();
  }
  keeper_lock->lock();
}

void Node::Impl::fire_timers(std::unique_lock<std::mutex>* keeper_lock) {
  next_timer.reset();
  keeper_lock->unlock();
  {
    std::lock_guard machine(machine_mutex);
    for (std::string& name : timers.take_due(instant_now().monotonic_ms))
      (void)step(replica_input::TimerFired{std::move(name)});
    std::lock_guard again(keeper_mutex);
    next_timer.reset();
    if (std::optional<int64_t> at = timers.next()) next_timer = steady_at(*at);
  }
  keeper_lock->lock();
}

Status Node::pause() {
  SYNCLINE_TRY(impl_->not_in_write("pause()"));
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  impl_->disconnect(std::chrono::milliseconds(0));
  {
    std::lock_guard lock(impl_->machine_mutex);
    impl_->connected = false;
  }
  SYNCLINE_TRY(impl_->input(replica_input::Disconnected{}));
  return impl_->input(replica_input::Pause{});
}

Status Node::resume() {
  SYNCLINE_TRY(impl_->not_in_write("resume()"));
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  SYNCLINE_TRY(impl_->input(replica_input::Resume{}));
  return impl_->connect();
}

}  // namespace syncline
