// ServerConnections: which connections the ROUTER has, and who is at the other end of each. Used by
// zmq_server.
//
// A routing id and a user id together name a connection. libzmq tells of accepted and lost
// connections by descriptor (its monitor) and of frames by routing id and descriptor. Descriptors
// are used again, so the caller reads all monitor events before it opens a connection here.
//
// A lost connection is leaving first: frames that came before the loss may still wait in the
// ROUTER. It is over once the ROUTER was read dry.
//
// Threads: the network thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "node/runtime/node_table.h"
#include "node/runtime/outbox.h"

namespace syncline {

struct ServerConnection {
  ConnectionId id;
  NodeTable::Grant grant;
  Bytes routing_id;
  Bytes user_id;
  int descriptor = -1;         // -1: it is leaving
  uint64_t table_version = 0;  // at which the grant was last found to hold
  std::deque<Bytes> frames;    // taken from the outbox, not sent yet
  bool stuck = false;          // libzmq has no room for its next frame
};

class ServerConnections {
 public:
  void on_accepted(int descriptor) { live_.insert(descriptor); }
  void on_disconnected(int descriptor);
  void leave(ServerConnection* connection);
  // After reading; dry: there was nothing more to read. Returns the connections that are over now.
  std::vector<ConnectionId> take_over(bool dry);

  ServerConnection* find(ConnectionId id);
  ServerConnection* find(const Bytes& routing_id);
  ServerConnection* find_by_descriptor(int descriptor);
  // Frames may still come after the connection was closed: they are nobody's.
  bool is_closed(const Bytes& routing_id) const { return closed_.contains(routing_id); }
  // Requires: neither the routing id nor the descriptor has a connection.
  ServerConnection* open(Bytes routing_id, Bytes user_id, NodeTable::Grant grant, int descriptor);
  void close(ConnectionId id);

  std::vector<ConnectionId> ids() const;  // in the order of their opening
  bool any_stuck() const { return stuck_ > 0; }
  void set_stuck(ServerConnection* connection, bool stuck);
  std::vector<ConnectionId> stuck() const;

 private:
  std::unordered_map<ConnectionId, std::unique_ptr<ServerConnection>, ConnectionIdHash> by_id_;
  std::unordered_map<Bytes, ServerConnection*> by_routing_id_;
  std::unordered_map<int, ServerConnection*> by_descriptor_;
  std::unordered_set<int> live_;
  struct Leaving {
    ConnectionId id;
    int turns = 0;
  };
  std::vector<Leaving> leaving_;
  std::unordered_set<Bytes> closed_;  // routing ids
  std::deque<Bytes> closed_order_;
  size_t stuck_ = 0;
};

// Drawn from one counter for the whole process, so that none is used twice.
ConnectionId next_connection_id();

}  // namespace syncline
