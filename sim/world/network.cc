#include "sim/world/network.h"

namespace syncline::sim {
namespace {

constexpr int64_t kReconnectMinUs = 50'000;
constexpr int64_t kReconnectMaxUs = 2'000'000;

}  // namespace

void Network::add_device(NodeId node, DeviceSide device, LinkQuality quality) {
  devices_[node].side = std::move(device);
  devices_[node].quality = quality;
}

void Network::try_connect(NodeId node) {
  Device& device = devices_.at(node);
  if (device.connecting || device.connection || !device.up || device.cut || !server_up_) return;
  device.connecting = true;
  clock_->post_in_us(random_.between(kReconnectMinUs, kReconnectMaxUs), [this, node] {
    Device& d = devices_.at(node);
    d.connecting = false;
    if (d.connection || !d.up || d.cut || !server_up_) return;
    d.connection = ConnectionId(next_connection_++);
    owners_[*d.connection] = node;
    d.last_up_us = d.last_down_us = 0;
    if (++d.connections > 1) ++reconnects;
    d.side.on_connected();
  });
}

void Network::lose(NodeId node) {
  Device& device = devices_.at(node);
  if (!device.connection) return;
  const ConnectionId connection = *device.connection;
  owners_.erase(connection);
  device.connection.reset();
  ++losses;
  if (device.up) device.side.on_disconnected();
  if (server_up_) server_.on_closed(connection);
  try_connect(node);
}

void Network::set_device_up(NodeId node, bool up) {
  Device& device = devices_.at(node);
  if (device.up == up) return;
  device.up = up;
  if (up) {
    try_connect(node);
  } else {
    lose(node);
  }
}

void Network::set_server_up(bool up) {
  server_up_ = up;
  for (auto& [node, device] : devices_) {
    if (up) {
      try_connect(node);
    } else {
      lose(node);
    }
  }
}

void Network::set_cut(NodeId node, bool cut) {
  devices_.at(node).cut = cut;
  if (cut) {
    lose(node);
  } else {
    try_connect(node);
  }
}

void Network::heal() {
  for (auto& [node, device] : devices_) {
    device.quality.drop_percent = 0;
    set_cut(node, false);
  }
}

int64_t Network::arrival_in_us(Device* device, int64_t* last_us, size_t bytes) {
  const int64_t now_us = clock_->now_us();
  const int64_t latency_us =
      random_.between(device->quality.latency_us_min, device->quality.latency_us_max);
  *last_us = std::max(now_us + latency_us, *last_us + 1);
  if (const int64_t rate = device->quality.bytes_per_second; rate > 0)
    *last_us += static_cast<int64_t>(bytes) * 1'000'000 / rate;
  return *last_us - now_us;
}

void Network::send_to_server(NodeId node, Bytes frame) {
  Device& device = devices_.at(node);
  if (!device.connection) return;
  ++frames;
  bytes += frame.size();
  ++device.use.messages_up;
  device.use.bytes_up += frame.size();
  if (random_.chance(device.quality.drop_percent)) {
    clock_->post_in_us(0, [this, node] { lose(node); });
    return;
  }
  const int64_t in_us = arrival_in_us(&device, &device.last_up_us, frame.size());
  clock_->post_in_us(
      in_us, [this, node, connection = *device.connection, frame = std::move(frame)]() mutable {
        if (owners_.contains(connection) && server_up_)
          server_.on_frame(connection, node, std::move(frame));
      });
}

void Network::send_to_device(ConnectionId to, Bytes frame) {
  auto owner = owners_.find(to);
  if (owner == owners_.end()) return;
  const NodeId node = owner->second;
  Device& device = devices_.at(node);
  ++frames;
  bytes += frame.size();
  ++device.use.messages_down;
  device.use.bytes_down += frame.size();
  if (random_.chance(device.quality.drop_percent)) {
    clock_->post_in_us(0, [this, node] { lose(node); });
    return;
  }
  const int64_t in_us = arrival_in_us(&device, &device.last_down_us, frame.size());
  clock_->post_in_us(in_us, [this, node, to, frame = std::move(frame)]() mutable {
    if (owners_.contains(to)) devices_.at(node).side.on_frame(std::move(frame));
  });
}

void Network::close(ConnectionId connection) {
  auto owner = owners_.find(connection);
  if (owner != owners_.end()) clock_->post_in_us(0, [this, node = owner->second] { lose(node); });
}

}  // namespace syncline::sim
