#include "node/runtime/server_connections.h"

#include <algorithm>
#include <atomic>

#include "proto/check.h"

namespace syncline {
namespace {

// Frames of a closed connection come at once or never; a routing id that was forgotten and still
// speaks is taken for a new connection and ends with its descriptor.
constexpr size_t kClosedRoutingIdsMax = 4096;
// A ROUTER that is never dry is read fairly; after so many turns of reading, what a lost connection
// left is read.
constexpr int kTurnsMax = 64;

}  // namespace

void ServerConnections::on_disconnected(int descriptor) {
  live_.erase(descriptor);
  if (ServerConnection* connection = find_by_descriptor(descriptor)) leave(connection);
}

void ServerConnections::leave(ServerConnection* connection) {
  const int descriptor = std::exchange(connection->descriptor, -1);
  if (descriptor == -1) return;
  if (find_by_descriptor(descriptor) == connection) by_descriptor_.erase(descriptor);
  leaving_.push_back({connection->id});
}

std::vector<ConnectionId> ServerConnections::take_over(bool dry) {
  std::vector<ConnectionId> over;
  std::erase_if(leaving_, [&](Leaving& leaving) {
    if (!dry && ++leaving.turns < kTurnsMax) return false;
    over.push_back(leaving.id);
    return true;
  });
  return over;
}

ServerConnection* ServerConnections::find(ConnectionId id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second.get();
}

ServerConnection* ServerConnections::find(const Bytes& routing_id) {
  const auto found = by_routing_id_.find(routing_id);
  return found == by_routing_id_.end() ? nullptr : found->second;
}

ServerConnection* ServerConnections::find_by_descriptor(int descriptor) {
  const auto found = by_descriptor_.find(descriptor);
  return found == by_descriptor_.end() ? nullptr : found->second;
}

ServerConnection* ServerConnections::open(Bytes routing_id, Bytes user_id, NodeTable::Grant grant,
                                          int descriptor) {
  auto made = std::make_unique<ServerConnection>();
  ServerConnection* connection = made.get();
  connection->id = next_connection_id();
  connection->grant = grant;
  connection->routing_id = std::move(routing_id);
  connection->user_id = std::move(user_id);
  connection->descriptor = descriptor;
  CHECK(by_routing_id_.emplace(connection->routing_id, connection).second);
  CHECK(by_descriptor_.emplace(descriptor, connection).second);
  by_id_.emplace(connection->id, std::move(made));
  if (!live_.contains(descriptor)) leave(connection);
  return connection;
}

void ServerConnections::close(ConnectionId id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  ServerConnection* connection = found->second.get();
  set_stuck(connection, false);
  by_routing_id_.erase(connection->routing_id);
  if (find_by_descriptor(connection->descriptor) == connection)
    by_descriptor_.erase(connection->descriptor);
  std::erase_if(leaving_, [&](const Leaving& leaving) { return leaving.id == id; });
  if (closed_.insert(connection->routing_id).second)
    closed_order_.push_back(connection->routing_id);
  if (closed_order_.size() > kClosedRoutingIdsMax) {
    closed_.erase(closed_order_.front());
    closed_order_.pop_front();
  }
  by_id_.erase(found);
}

std::vector<ConnectionId> ServerConnections::ids() const {
  std::vector<ConnectionId> ids;
  for (const auto& [id, connection] : by_id_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

void ServerConnections::set_stuck(ServerConnection* connection, bool stuck) {
  if (connection->stuck == stuck) return;
  connection->stuck = stuck;
  stuck ? ++stuck_ : --stuck_;
}

std::vector<ConnectionId> ServerConnections::stuck() const {
  std::vector<ConnectionId> ids;
  if (stuck_ == 0) return ids;
  for (const auto& [id, connection] : by_id_) {
    if (connection->stuck) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

ConnectionId next_connection_id() {
  static std::atomic<uint64_t> last{0};
  return ConnectionId(++last);
}

}  // namespace syncline
