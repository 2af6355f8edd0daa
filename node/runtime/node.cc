#include "syncline/node.h"

#include "node/runtime/node_impl.h"
#include "node/runtime/zmq_client.h"
#include "proto/uses.h"

namespace syncline {

Result<Node> Node::open(const std::string& path, NodeOptions options) {
  SYNCLINE_ASSIGN(StoreDirectory directory, open_store_directory(path));
  if (directory.config.role != StoreRole::node)
    return fail(ErrorCode::kBadData,
                path + " is the store of an authority; a node has a store of its own");
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  RocksOptions rocks;
  rocks.create_if_missing = true;
  rocks.profile = options.small || directory.config.small ? RocksProfile::tiny : RocksProfile::std;
  SYNCLINE_ASSIGN(impl->store, RocksStore::open(directory.objects_path(), rocks));

  impl->directory = std::move(directory);
  SYNCLINE_ASSIGN(auto machine, Replica::open(impl->identity(), impl->store.get()));

  impl->receipts->store = impl->store.get();
  impl->teller = std::make_unique<JobThread>("teller");
  impl->transport = std::make_unique<ZmqClient>();
  impl->driver =
      std::make_unique<ReplicaDriver>(std::move(machine), impl->store.get(), impl->world());
  impl->input(replica_input::Opened{random_bytes()});
  impl->keeper = std::thread([raw = impl.get()] { raw->keep(); });
  Node node(std::move(impl));
  if (options.connect) SYNCLINE_TRY(node.impl_->connect());
  return node;
}

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(Node&&) noexcept = default;

Node::~Node() {
  if (impl_ == nullptr) return;
  if (impl_->transport) impl_->transport->stop(std::chrono::milliseconds(100));
  {
    std::lock_guard lock(impl_->keeper_mutex);
    impl_->closing = true;
    impl_->keeper_woken.notify_all();
  }
  if (impl_->keeper.joinable()) impl_->keeper.join();
  (void)impl_->store->sync();
  {
    std::lock_guard lock(impl_->receipts->mutex);
    impl_->receipts->store = nullptr;
    ++impl_->receipts->tellings;
    impl_->receipts->told.notify_all();
  }
  if (impl_->teller) impl_->teller->stop();
  std::lock_guard lock(impl_->machine_mutex);
  impl_->driver.reset();
}

Status Node::Impl::connect() {
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
    input(replica_input::Frame{std::move(frame)});
    return true;
  };
  events.on_room = [] {};
  return transport->start(std::move(client), std::move(events));
}

ReplicaWorld Node::Impl::world() {
  ReplicaWorld world;
  // A frame that the transport does not take is lost with its connection: the session greets again.
  world.send = [this](Bytes frame) { (void)transport->send(std::move(frame)); };
  world.arm = [this](const Timer& timer) { timers.arm(timer); };
  world.sync_soon = [this](uint64_t write_number) {
    std::lock_guard lock(keeper_mutex);
    sync_up_to = std::max(sync_up_to, write_number);
    if (!sync_due) sync_due = std::chrono::steady_clock::now() + options.group_sync;
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

void Node::Impl::input(ReplicaInput input) {
  std::lock_guard lock(machine_mutex);
  (void)step(std::move(input));
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
    if (closing) return;
    const auto now = std::chrono::steady_clock::now();
    if (sync_due && *sync_due <= now) {
      const uint64_t up_to = sync_up_to;
      const uint64_t machine_then = machines;
      sync_due.reset();
      lock.unlock();
      Status synced = store->sync();
      {
        std::lock_guard machine(machine_mutex);
        if (!synced) {
          fail_store(synced.error());
        } else if (machine_then == machines) {
          (void)step(replica_input::Synced{up_to});
        }
      }
      lock.lock();
    }
    if (room_due && *room_due <= now) {
      room_due.reset();
      lock.unlock();
      {
        std::lock_guard machine(machine_mutex);
        (void)go_on();
      }
      lock.lock();
    }
    if (next_timer && *next_timer <= now) {
      next_timer.reset();
      lock.unlock();
      {
        std::lock_guard machine(machine_mutex);
        for (std::string& name : timers.take_due(instant_now().monotonic_ms))
          (void)step(replica_input::TimerFired{std::move(name)});
        std::lock_guard again(keeper_mutex);
        next_timer.reset();
        if (std::optional<int64_t> at = timers.next()) next_timer = steady_at(*at);
      }
      lock.lock();
    }
  }
}

Status Node::pause() {
  impl_->transport->stop(std::chrono::milliseconds(0));
  {
    std::lock_guard lock(impl_->machine_mutex);
    impl_->connected = false;
  }
  impl_->input(replica_input::Disconnected{});
  impl_->input(replica_input::Pause{});
  return {};
}

Status Node::resume() {
  impl_->input(replica_input::Resume{});
  Status connected = impl_->connect();
  return connected;
}

}  // namespace syncline
