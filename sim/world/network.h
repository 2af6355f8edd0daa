// The virtual network: connections between devices and the authority, with latency, losses and
// partitions.
//
// As the real transport (node/runtime/transport.h) it keeps the frames of one connection in order,
// each once, until the connection is lost; a frame arrives with its sender's proven identity. A
// connection has two ends, and each learns by itself that the other is gone: by a close that
// arrives behind the last frame, or, if nothing says so, by heartbeats that stay away. So a device
// may have a new connection while the authority still holds its old one and takes late frames of
// it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>

#include "sim/world/clock.h"
#include "sim/world/random.h"

namespace syncline::sim {

struct LinkQuality {
  int64_t latency_us_min = 200;
  int64_t latency_us_max = 5'000;
  uint32_t drop_percent = 0;  // chance that a frame takes its connection down instead of arriving
  int64_t bytes_per_second = 0;  // each way; 0: as fast as may be
};

// A device by its node, and which of them if the device was cloned: 0 is the first.
struct DeviceId {
  DeviceId(NodeId node, uint32_t copy = 0) : node(node), copy(copy) {}
  NodeId node;
  uint32_t copy;
  auto operator<=>(const DeviceId&) const = default;
};

// How a connection ends.
enum class Loss : uint8_t {
  abrupt,  // both ends at once, with all that is on its way
  closed,  // one end now; what is on its way arrives, then the other end hears of it
  silent,  // one end now; what is on its way arrives, and the other misses the heartbeats
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
  void add_device(DeviceId id, DeviceSide device, LinkQuality quality);
  void set_quality(DeviceId id, LinkQuality quality) { devices_.at(id).quality = quality; }

  // The device's radio, the authority's process: a connection needs both, and that nobody cut the
  // link. A process that ends closes its connections; a power loss leaves the other end in silence.
  void set_device_up(DeviceId id, bool up, Loss how = Loss::closed);
  void set_server_up(bool up, Loss how = Loss::closed);
  void set_cut(DeviceId id, bool cut);
  bool connected(DeviceId id) const { return devices_.at(id).connection.has_value(); }
  // Whose connection it is; nullopt: both ends know that it is over.
  std::optional<DeviceId> device_of(ConnectionId connection) const {
    auto it = connections_.find(connection);
    return it == connections_.end() ? std::nullopt : std::optional(it->second.device);
  }

  const LinkUse& use_of(DeviceId id) const { return devices_.at(id).use; }

  // A partition that nobody is told of: frames that way are held, and go on in order when it ends.
  // Longer than the heartbeats' patience, it costs the connection.
  void set_blocked(DeviceId id, bool up, bool down);
  // A process that stands still: its frames wait, and nobody answers its heartbeats. The process
  // keeps what arrives meanwhile.
  void set_still(DeviceId id, bool still);
  void set_server_still(bool still);
  // The device's end is gone (its address changed, say), and it connects again; the authority's end
  // is not told.
  void break_device_end(DeviceId id);
  // Every connection is lost at once, and every device is back within some milliseconds.
  void storm();
  void set_drop_percent(DeviceId id, uint32_t percent);
  // Up to so much later than the link's latency.
  void set_extra_latency(DeviceId id, int64_t up_to_us);
  // The device takes a frame every so many microseconds, and the authority's outbox for it holds so
  // many bytes: beyond, the authority ends the connection.
  void set_slow_reader(DeviceId id, int64_t us_per_frame, size_t outbox_bytes_max);

  void send_to_server(DeviceId id, Bytes frame);
  void send_to_device(ConnectionId to, Bytes frame);
  void close(ConnectionId connection);
  void heal();  // no more chance losses, cuts, partitions, slowness

  // Each frame as it is sent, whatever becomes of it: for reports.
  std::function<void(DeviceId, bool up, BytesView frame)> on_sent;

  uint64_t frames = 0;
  uint64_t bytes = 0;
  uint64_t losses = 0;  // connections lost with frames on their way
  uint64_t reconnects = 0;

  // What the faults did to a device's link, since the beginning.
  struct Counts {
    uint64_t dropped = 0;    // frames that took their connection down
    uint64_t held = 0;       // frames that waited for the end of a partition
    uint64_t timeouts = 0;   // ends of connections that missed their heartbeats
    uint64_t slowed = 0;     // frames that took longer than their link's latency
    uint64_t overflows = 0;  // connections ended because the outbox was full
    uint64_t late = 0;       // frames of an older connection than the device's present one
  };
  const Counts& counts(DeviceId id) const { return devices_.at(id).counts; }
  Counts counts() const;  // of all devices together

 private:
  struct Device;
  struct Connection {
    DeviceId device;
    Device* home = nullptr;  // of that device
    bool device_end = true;
    bool server_end = true;
    int64_t last_up_us = 0;  // arrival of the last frame each way: keeps order
    int64_t last_down_us = 0;
    size_t outbox_bytes = 0;                     // on their way to the device
    std::vector<std::function<void()>> held_up;  // of a partition, in order
    std::vector<std::function<void()>> held_down;
  };
  struct Device {
    DeviceSide side;
    LinkQuality quality;
    bool up = false;
    bool cut = false;
    bool blocked_up = false;
    bool blocked_down = false;
    bool still = false;
    uint64_t partition = 0;  // which one: those that ended wait for no heartbeat
    int64_t extra_latency_us = 0;
    int64_t read_us = 0;  // per frame
    size_t outbox_bytes_max = kOutboxBytesMax;
    bool hurry = false;  // the next attempt to connect comes at once
    std::optional<ConnectionId> connection;
    bool connecting = false;
    uint64_t connections = 0;
    Counts counts;
    LinkUse use;
  };
  // As shipped: ServerOptions::outbox_bytes_max.
  static constexpr size_t kOutboxBytesMax = 8u << 20;

  bool can_connect(const Device& device) const;
  void try_connect(DeviceId id);
  // The device's, the authority's end of it.
  void end_device_side(ConnectionId id);
  void end_server_side(ConnectionId id);
  void forget_if_over(ConnectionId id);
  void lose(ConnectionId id);
  void lose_device_end(DeviceId id, Loss how);
  void release(Device* device);
  void await_heartbeat(DeviceId id);
  void arrive_up(ConnectionId id, std::function<void()> deliver);
  void arrive_down(ConnectionId id, std::function<void()> deliver);
  int64_t arrival_in_us(Device* device, int64_t* last_us, size_t bytes, int64_t read_us);
  int64_t patience_us();

  Clock* clock_;
  Random random_;
  ServerSide server_;
  bool server_up_ = false;
  bool server_still_ = false;
  uint64_t server_stillness_ = 0;
  std::map<DeviceId, Device> devices_;
  std::map<ConnectionId, Connection> connections_;
  uint64_t next_connection_ = 1;
};

}  // namespace syncline::sim
