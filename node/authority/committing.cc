// What follows a commit: the layer goes into the store, then its entries are told, its credit given
// back, its directory changes followed.
#include <fmt/format.h>

#include "node/authority/authority_impl.h"

namespace syncline {
namespace {

constexpr int64_t kAppendRetryMs = 100;

}  // namespace

void Authority::Impl::on_commit_answered(AppendAnswer answer) {
  if (!in_flight || !append) return;
  switch (answer) {
    case AppendAnswer::committed:
    case AppendAnswer::exists:
      // The layer stays in flight until the driver has written it: until then neither admission nor
      // feeder may read.
      out.state.append(layers.pop_lowest());
      out.applied = true;
      append.reset();
      return;
    case AppendAnswer::unknown:
      // Nothing is told and nothing renumbered: the same bytes at the same index again.
      if (append_tries++ == 0)
        event("append_unknown", options.id,
              "the log did not say whether it took an append; trying again");
      out.timers.push_back({"append", now.monotonic_ms + kAppendRetryMs});
      return;
    case AppendAnswer::fenced:
      event("fenced", options.id, "another authority holds the log");
      out.fenced = true;
      return;
  }
}

void Authority::Impl::on_layer_applied() {
  if (!in_flight || append) return;
  Layer layer = std::move(*in_flight);
  in_flight.reset();
  const LogSeq horizon = committed.horizon;
  committed = layer.applied;
  committed.horizon = std::max(horizon, committed.horizon);
  for (std::shared_ptr<RecentEntry>& entry : layer.entries) recent.add(std::move(entry));
  feeder.set_head(committed.cursor(), committed.horizon);
  out.local.insert(out.local.end(), layer.local.begin(), layer.local.end());
  for (const auto& [connection, bytes] : layer.upload_bytes) {
    auto it = sessions.find(connection);
    if (it == sessions.end() || bytes == 0) continue;
    Session& session = it->second;
    session.granted_bytes += bytes;
    send(session.connection, UploadCredit{session.nonce, session.epoch, session.received_number,
                                          session.granted_bytes});
  }
  follow_directory(layer.directory_objects);
}

void Authority::Impl::follow_directory(const std::vector<ObjectName>& objects) {
  for (const ObjectName& name : objects) {
    if (!directory.concerns(name)) continue;
    Result<Directory::Change> change = directory.refresh(*store, name);
    if (!change) {
      // Whoever is let in or told of what by an old directory is wrong.
      event("state_unreadable", options.id, change.error().message);
      out.unreadable = change.error();
      return;
    }
    std::vector<ConnectionId> ending;
    for (auto& [connection, session] : sessions) {
      if (change->app || (change->user && session.user == *change->user))
        ending.push_back(session.connection);
    }
    for (ConnectionId connection : ending)
      say_goodbye(
          connection,
          {ErrorCode::kClosed, "the rules that hold for this user have changed: greet again"},
          true);
    if (!change->node) continue;
    auto connection = connection_of.find(*change->node);
    if (name.type == system_type::kNode) {
      refresh_identities();
      out.directory_changed = true;
      const KnownNode* node = directory.node(*change->node);
      if (connection != connection_of.end() && (node == nullptr || node->removed))
        say_goodbye(ConnectionId(connection->second),
                    {ErrorCode::kUnknownNode, "the node was removed from the fleet"}, false);
    } else if (connection != connection_of.end()) {
      feeder.set_view(&sessions.at(connection->second), directory.view_of(*change->node));
    }
  }
}

}  // namespace syncline
