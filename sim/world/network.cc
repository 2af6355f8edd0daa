#include "sim/world/network.h"

namespace syncline::sim {
namespace {

constexpr int64_t kReconnectMinUs = 50'000;
constexpr int64_t kReconnectMaxUs = 2'000'000;
constexpr int64_t kHurryMaxUs = 5'000;
// As shipped: the heartbeats of node/runtime/zmq_socket.cc, a timeout and at most an interval more.
constexpr int64_t kHeartbeatMinUs = 15'000'000;
constexpr int64_t kHeartbeatMaxUs = 20'000'000;

}  // namespace

void Network::add_device(DeviceId id, DeviceSide device, LinkQuality quality) {
  devices_[id].side = std::move(device);
  devices_[id].quality = quality;
}

int64_t Network::patience_us() { return random_.between(kHeartbeatMinUs, kHeartbeatMaxUs); }

bool Network::can_connect(const Device& device) const {
  return !device.connection && device.up && !device.cut && !device.blocked_up &&
         !device.blocked_down && !device.still && server_up_ && !server_still_;
}

void Network::try_connect(DeviceId id) {
  Device& device = devices_.at(id);
  if (device.connecting || !can_connect(device)) return;
  device.connecting = true;
  const int64_t in_us = device.hurry ? random_.between(1, kHurryMaxUs)
                                     : random_.between(kReconnectMinUs, kReconnectMaxUs);
  device.hurry = false;
  clock_->post_in_us(in_us, [this, id] {
    Device& d = devices_.at(id);
    d.connecting = false;
    if (!can_connect(d)) return;
    d.connection = ConnectionId(next_connection_++);
    connections_.emplace(*d.connection, Connection{id, &d});
    if (++d.connections > 1) ++reconnects;
    d.side.on_connected();
  });
}

void Network::forget_if_over(ConnectionId id) {
  auto it = connections_.find(id);
  if (it != connections_.end() && !it->second.device_end && !it->second.server_end)
    connections_.erase(it);
}

void Network::end_device_side(ConnectionId id) {
  auto it = connections_.find(id);
  if (it == connections_.end() || !it->second.device_end) return;
  it->second.device_end = false;
  it->second.held_down.clear();
  const DeviceId device_id = it->second.device;
  forget_if_over(id);
  Device& device = devices_.at(device_id);
  device.connection.reset();
  ++losses;
  if (device.up) device.side.on_disconnected();
  try_connect(device_id);
}

void Network::end_server_side(ConnectionId id) {
  auto it = connections_.find(id);
  if (it == connections_.end() || !it->second.server_end) return;
  it->second.server_end = false;
  it->second.held_up.clear();
  forget_if_over(id);
  if (server_up_) server_.on_closed(id);
}

void Network::lose(ConnectionId id) {
  end_device_side(id);
  end_server_side(id);
}

// The device's end is gone; the authority's hears of it in its way.
void Network::lose_device_end(DeviceId id, Loss how) {
  Device& device = devices_.at(id);
  if (!device.connection) return;
  const ConnectionId connection = *device.connection;
  if (how == Loss::abrupt) {
    lose(connection);
    return;
  }
  Connection& lost = connections_.at(connection);
  const int64_t in_us =
      how == Loss::silent ? patience_us() : arrival_in_us(&device, &lost.last_up_us, 0, 0);
  if (how == Loss::silent) {
    clock_->post_in_us(in_us, [this, connection] { end_server_side(connection); });
  } else {
    clock_->post_in_us(in_us, [this, connection] {
      arrive_up(connection, [this, connection] { end_server_side(connection); });
    });
  }
  end_device_side(connection);
}

void Network::set_device_up(DeviceId id, bool up, Loss how) {
  Device& device = devices_.at(id);
  if (device.up == up) return;
  device.up = up;
  if (up) {
    try_connect(id);
  } else {
    lose_device_end(id, how);
  }
}

void Network::set_server_up(bool up, Loss how) {
  server_up_ = up;
  if (up) {
    for (auto& [id, device] : devices_) try_connect(id);
    return;
  }
  std::vector<ConnectionId> open;
  for (auto& [id, connection] : connections_)
    if (connection.server_end) open.push_back(id);
  for (ConnectionId id : open) {
    Connection& connection = connections_.at(id);
    Device& device = devices_.at(connection.device);
    const int64_t in_us = how == Loss::abrupt ? 0
                          : how == Loss::silent
                              ? patience_us()
                              : arrival_in_us(&device, &connection.last_down_us, 0, 0);
    if (how == Loss::silent) {
      clock_->post_in_us(in_us, [this, id] { end_device_side(id); });
    } else {
      clock_->post_in_us(in_us,
                         [this, id] { arrive_down(id, [this, id] { end_device_side(id); }); });
    }
    end_server_side(id);
  }
}

void Network::set_cut(DeviceId id, bool cut) {
  Device& device = devices_.at(id);
  device.cut = cut;
  if (cut) {
    lose_device_end(id, Loss::abrupt);
  } else {
    try_connect(id);
  }
}

void Network::break_device_end(DeviceId id) {
  devices_.at(id).hurry = true;
  lose_device_end(id, Loss::silent);
}

void Network::storm() {
  for (auto& [id, device] : devices_) {
    device.hurry = true;
    lose_device_end(id, Loss::abrupt);
  }
}

// Both ends miss the other's heartbeats, each by its own clock.
void Network::await_heartbeat(DeviceId id) {
  Device& device = devices_.at(id);
  if (!device.connection) return;
  const ConnectionId connection = *device.connection;
  const auto expired = [this, id, which = device.partition] {
    Device& d = devices_.at(id);
    if (d.partition != which) return false;
    ++d.counts.timeouts;
    return true;
  };
  clock_->post_in_us(patience_us(), [this, connection, expired] {
    if (expired()) end_server_side(connection);
  });
  if (device.still) return;  // it learns of it when it moves again
  clock_->post_in_us(patience_us(), [this, connection, expired] {
    if (expired()) end_device_side(connection);
  });
}

void Network::release(Device* device) {
  ++device->partition;
  // In order of the connections: an old one's frames left first.
  std::vector<std::function<void()>> frames;
  for (auto& [id, connection] : connections_) {
    if (&devices_.at(connection.device) != device) continue;
    if (!device->blocked_up)
      for (auto& frame : std::exchange(connection.held_up, {})) frames.push_back(std::move(frame));
    if (!device->blocked_down)
      for (auto& frame : std::exchange(connection.held_down, {}))
        frames.push_back(std::move(frame));
  }
  for (auto& frame : frames) frame();
}

void Network::set_blocked(DeviceId id, bool up, bool down) {
  Device& device = devices_.at(id);
  device.blocked_up = up;
  device.blocked_down = down;
  release(&device);
  if (up || down) {
    await_heartbeat(id);
  } else {
    try_connect(id);
  }
}

void Network::set_still(DeviceId id, bool still) {
  Device& device = devices_.at(id);
  device.still = still;
  release(&device);
  if (still) {
    await_heartbeat(id);
    return;
  }
  if (device.blocked_up || device.blocked_down) await_heartbeat(id);
  if (device.connection && !connections_.at(*device.connection).server_end) {
    const ConnectionId connection = *device.connection;
    clock_->post_in_us(0, [this, connection] { end_device_side(connection); });
  }
  try_connect(id);
}

void Network::set_server_still(bool still) {
  server_still_ = still;
  ++server_stillness_;
  std::vector<ConnectionId> open;
  for (auto& [id, connection] : connections_) open.push_back(id);
  for (ConnectionId id : open) {
    if (still) {
      clock_->post_in_us(patience_us(), [this, id, which = server_stillness_] {
        auto it = connections_.find(id);
        if (which != server_stillness_ || it == connections_.end()) return;
        ++devices_.at(it->second.device).counts.timeouts;
        end_device_side(id);
      });
    } else if (!connections_.at(id).device_end) {
      clock_->post_in_us(0, [this, id] { end_server_side(id); });
    }
  }
  if (!still)
    for (auto& [id, device] : devices_) try_connect(id);
}

void Network::set_drop_percent(DeviceId id, uint32_t percent) {
  devices_.at(id).quality.drop_percent = percent;
}

void Network::set_extra_latency(DeviceId id, int64_t up_to_us) {
  devices_.at(id).extra_latency_us = up_to_us;
}

void Network::set_slow_reader(DeviceId id, int64_t us_per_frame, size_t outbox_bytes_max) {
  devices_.at(id).read_us = us_per_frame;
  devices_.at(id).outbox_bytes_max = us_per_frame == 0 ? kOutboxBytesMax : outbox_bytes_max;
}

Network::Counts Network::counts() const {
  Counts all;
  for (const auto& [id, device] : devices_) {
    all.dropped += device.counts.dropped;
    all.held += device.counts.held;
    all.timeouts += device.counts.timeouts;
    all.slowed += device.counts.slowed;
    all.overflows += device.counts.overflows;
    all.late += device.counts.late;
  }
  return all;
}

void Network::heal() {
  for (auto& [id, device] : devices_) {
    device.quality.drop_percent = 0;
    device.extra_latency_us = 0;
    set_slow_reader(id, 0, 0);
    if (device.blocked_up || device.blocked_down) set_blocked(id, false, false);
    set_cut(id, false);
  }
}

int64_t Network::arrival_in_us(Device* device, int64_t* last_us, size_t bytes, int64_t read_us) {
  const int64_t now_us = clock_->now_us();
  int64_t latency_us =
      random_.between(device->quality.latency_us_min, device->quality.latency_us_max);
  if (device->extra_latency_us > 0) {
    latency_us += random_.between(0, device->extra_latency_us);
    ++device->counts.slowed;
  }
  if (read_us > 0) ++device->counts.slowed;
  *last_us = std::max(now_us + latency_us, *last_us + 1) + read_us;
  if (const int64_t rate = device->quality.bytes_per_second; rate > 0)
    *last_us += static_cast<int64_t>(bytes) * 1'000'000 / rate;
  return *last_us - now_us;
}

void Network::arrive_up(ConnectionId id, std::function<void()> deliver) {
  auto it = connections_.find(id);
  if (it == connections_.end() || !server_up_) return;
  if (!it->second.server_end) {
    // Nobody knows this connection there, and says so.
    if (it->second.device_end) arrive_down(id, [this, id] { end_device_side(id); });
    return;
  }
  Device& device = *it->second.home;
  if (device.blocked_up) {
    ++device.counts.held;
    it->second.held_up.push_back(std::move(deliver));
    return;
  }
  if (device.connection && *device.connection != id) ++device.counts.late;
  deliver();
}

void Network::arrive_down(ConnectionId id, std::function<void()> deliver) {
  auto it = connections_.find(id);
  if (it == connections_.end() || !it->second.device_end) return;
  Device& device = *it->second.home;
  if (device.blocked_down) {
    ++device.counts.held;
    it->second.held_down.push_back(std::move(deliver));
    return;
  }
  deliver();
}

void Network::send_to_server(DeviceId id, Bytes frame) {
  Device& device = devices_.at(id);
  if (!device.connection) return;
  const ConnectionId connection = *device.connection;
  ++frames;
  bytes += frame.size();
  ++device.use.messages_up;
  device.use.bytes_up += frame.size();
  if (on_sent) on_sent(id, true, frame);
  if (random_.chance(device.quality.drop_percent)) {
    ++device.counts.dropped;
    clock_->post_in_us(0, [this, connection] { lose(connection); });
    return;
  }
  Connection& open = connections_.at(connection);
  const int64_t in_us = arrival_in_us(&device, &open.last_up_us, frame.size(), 0);
  clock_->post_in_us(in_us, [this, connection, node = id.node, frame = std::move(frame)]() mutable {
    arrive_up(connection, [this, connection, node, frame = std::move(frame)]() mutable {
      auto it = connections_.find(connection);
      if (it == connections_.end() || !it->second.server_end || !server_up_) return;
      server_.on_frame(connection, node, std::move(frame));
    });
  });
}

void Network::send_to_device(ConnectionId to, Bytes frame) {
  auto it = connections_.find(to);
  if (it == connections_.end() || !it->second.server_end) return;
  Connection& open = it->second;
  Device& device = *open.home;
  ++frames;
  bytes += frame.size();
  ++device.use.messages_down;
  device.use.bytes_down += frame.size();
  if (on_sent) on_sent(open.device, false, frame);
  if (random_.chance(device.quality.drop_percent)) {
    ++device.counts.dropped;
    clock_->post_in_us(0, [this, to] { lose(to); });
    return;
  }
  const size_t size = frame.size();
  if (open.outbox_bytes > 0 && open.outbox_bytes + size > device.outbox_bytes_max) {
    ++device.counts.overflows;
    close(to);
    return;
  }
  open.outbox_bytes += size;
  clock_->post_in_us(arrival_in_us(&device, &open.last_down_us, size, device.read_us),
                     [this, to, size, frame = std::move(frame)]() mutable {
                       if (auto at = connections_.find(to); at != connections_.end())
                         at->second.outbox_bytes -= size;
                       arrive_down(to, [this, to, frame = std::move(frame)]() mutable {
                         auto at = connections_.find(to);
                         if (at == connections_.end() || !at->second.device_end) return;
                         at->second.home->side.on_frame(std::move(frame));
                       });
                     });
}

void Network::close(ConnectionId connection) {
  if (connections_.contains(connection))
    clock_->post_in_us(0, [this, connection] { lose(connection); });
}

}  // namespace syncline::sim
