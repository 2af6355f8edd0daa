// Outboxes: frames on their way from any thread to the network thread, bounded in bytes for each
// connection and in total.
//
// A connection's frames count against its bound from push() until sent(): also while the network
// thread holds them. Threads: push() from any; the rest from the network thread.
#pragma once

#include <deque>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "node/machine.h"

namespace syncline {

struct ConnectionIdHash {
  size_t operator()(ConnectionId id) const { return std::hash<uint64_t>()(id.value); }
};

class Outboxes {
 public:
  // An empty outbox takes one frame of any size, and even beyond the total up to twice that: peers
  // that do not read cannot starve the others.
  Outboxes(size_t each_bytes_max, size_t total_bytes_max)
      : each_bytes_max_(each_bytes_max), total_bytes_max_(total_bytes_max) {}

  void open(ConnectionId connection);
  void close(ConnectionId connection);

  enum class Push : uint8_t {
    refused,       // full, or not open
    queued,        // the network thread knows that there is work
    queued_first,  // it does not: wake it
  };
  Push push(ConnectionId connection, Bytes frame);

  // Connections with frames pushed since the last call, in the order of their first push.
  std::vector<ConnectionId> take_ready();
  // Moves the connection's new frames to the end of `to`.
  void take(ConnectionId connection, std::deque<Bytes>* to);
  // The frame of so many bytes has left. Appends to `room` the connections that were refused and
  // have room now.
  void sent(ConnectionId connection, size_t bytes, std::vector<ConnectionId>* room);
  size_t bytes() const;

 private:
  struct Outbox {
    std::deque<Bytes> frames;
    size_t bytes = 0;
    bool ready = false;    // listed in ready_
    bool refused = false;  // a push was refused since there was room
  };
  bool takes(const Outbox& outbox, size_t size) const {
    if (outbox.bytes == 0) return total_bytes_ + size <= 2 * total_bytes_max_;
    return outbox.bytes + size <= each_bytes_max_ && total_bytes_ + size <= total_bytes_max_;
  }
  bool has_room(const Outbox& outbox) const {
    if (outbox.bytes == 0) return total_bytes_ <= total_bytes_max_;
    return outbox.bytes <= each_bytes_max_ / 2 && total_bytes_ <= total_bytes_max_ / 2;
  }

  const size_t each_bytes_max_;
  const size_t total_bytes_max_;
  mutable std::mutex mutex_;
  std::unordered_map<ConnectionId, Outbox, ConnectionIdHash> outboxes_;
  std::vector<ConnectionId> ready_;
  std::vector<ConnectionId> refused_;  // those with `refused`, in the order of the refusals
  size_t total_bytes_ = 0;
};

}  // namespace syncline
