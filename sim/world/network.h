// The virtual network: connections between devices and the authority, with latency, loss of
// connection, partitions.
//
// As the real transport (node/runtime/transport.h) it keeps the frames of one connection in order,
// each once, until the connection is lost; then whatever was on its way is lost with it. A frame
// arrives with its sender's proven identity.
#pragma once

#include <functional>
#include <map>

#include "sim/world/clock.h"
#include "sim/world/random.h"

namespace syncline::sim {

struct LinkQuality {
  int64_t latency_us_min = 200;
  int64_t latency_us_max = 5'000;
  uint32_t drop_percent = 0;  // chance that a frame takes its connection down instead of arriving
  int64_t bytes_per_second = 0;  // each way; 0: as fast as may be
};

// What went over one device's link, sent by either side.
struct LinkUse {
  uint64_t messages_up = 0;
  uint64_t messages_down = 0;
  uint64_t bytes_up = 0;
  uint64_t bytes_down = 0;
};

class Network {
 public:
  Network(Clock* clock, Random random) : clock_(clock), random_(random) {}

  struct ServerSide {
    std::function<void(ConnectionId, NodeId, Bytes)> on_frame;
    std::function<void(ConnectionId)> on_closed;
  };
  struct DeviceSide {
    std::function<void()> on_connected;
    std::function<void()> on_disconnected;
    std::function<void(Bytes)> on_frame;
  };
  void set_server(ServerSide server) { server_ = std::move(server); }
  void add_device(NodeId node, DeviceSide device, LinkQuality quality);
  void set_quality(NodeId node, LinkQuality quality) { devices_.at(node).quality = quality; }

  // The device's radio, the authority's process: a connection needs both, and that nobody cut the
  // link.
  void set_device_up(NodeId node, bool up);
  void set_server_up(bool up);
  void set_cut(NodeId node, bool cut);
  bool connected(NodeId node) const { return devices_.at(node).connection.has_value(); }

  const LinkUse& use_of(NodeId node) const { return devices_.at(node).use; }

  void send_to_server(NodeId node, Bytes frame);
  void send_to_device(ConnectionId to, Bytes frame);
  void close(ConnectionId connection);
  void heal();  // no more chance losses, no cuts

  uint64_t frames = 0;
  uint64_t bytes = 0;
  uint64_t losses = 0;  // connections lost with frames on their way
  uint64_t reconnects = 0;

 private:
  struct Device {
    DeviceSide side;
    LinkQuality quality;
    bool up = false;
    bool cut = false;
    std::optional<ConnectionId> connection;
    bool connecting = false;
    int64_t last_up_us = 0;  // arrival of the last frame each way: keeps order
    int64_t last_down_us = 0;
    uint64_t connections = 0;
    LinkUse use;
  };
  void try_connect(NodeId node);
  void lose(NodeId node);
  int64_t arrival_in_us(Device* device, int64_t* last_us, size_t bytes);

  Clock* clock_;
  Random random_;
  ServerSide server_;
  bool server_up_ = false;
  std::map<NodeId, Device> devices_;
  std::map<ConnectionId, NodeId> owners_;
  uint64_t next_connection_ = 1;
};

}  // namespace syncline::sim
