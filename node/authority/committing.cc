// From layers to what is told: the oldest layer goes to the log; once it is committed its batch
// goes into the store, and the next to the log; then its entries are told, its credit given back,
// its directory changes followed.
#include <fmt/format.h>

#include "node/authority/authority_impl.h"
#include "proto/planted.h"

namespace syncline {
namespace {

constexpr int64_t kAppendRetryMs = 100;

}  // namespace

void Authority::Impl::start_append() {
  if (appending || in_flight.empty()) return;
  appending = true;
  append_tries = 0;
  out.append = in_flight.front().append;
}

void Authority::Impl::on_commit_answered(AppendAnswer answer) {
  if (!appending) return;
  if (SYNCLINE_PLANTED(trust_unknown) && answer == AppendAnswer::unknown)
    answer = AppendAnswer::committed;
  switch (answer) {
    case AppendAnswer::committed:
    case AppendAnswer::exists: {
      Batch batch = layers.pop_lowest();
      if (SYNCLINE_PLANTED(lose_layer) && in_flight.size() > 1) batch.clear();
      out.state.append(std::move(batch));
      out.applied = true;
      applying = std::move(in_flight.front());
      in_flight.pop_front();
      appending = false;
      return;
    }
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
  if (!applying) return;
  const Layer layer = std::move(*applying);
  applying.reset();
  const LogSeq horizon = committed.horizon;
  committed = layer.applied;
  committed.horizon = std::max(horizon, committed.horizon);
  for (const std::shared_ptr<RecentEntry>& entry : layer.entries) {
    recent.add(entry);
    route(*entry);
  }
  feeder.set_head(committed.cursor(), committed.horizon);
  out.local.insert(out.local.end(), layer.local.begin(), layer.local.end());
  for (const auto& [connection, bytes] : layer.upload_bytes) give_credit(connection, bytes);
  follow_directory(layer.directory_objects);
}

void Authority::Impl::give_credit(uint64_t connection, uint64_t bytes) {
  auto it = sessions.find(connection);
  if (it == sessions.end() || bytes == 0) return;
  Session& session = it->second;
  session.granted_bytes += bytes;
  send(session.connection,
       UploadCredit{session.nonce, session.epoch, session.received_number, session.granted_bytes});
}

// Its user's role, or the user, may be another now.
void Authority::Impl::follow_rules(Session* session) {
  set_view(session, directory.view_of(session->node));
  throttle(session);
  tell_rights(session);
}

// A node is told of types and fields when it greets. What it has stands: the next session goes on
// from its cursor.
void Authority::Impl::greet_all_again() {
  while (!sessions.empty()) {
    const Session& session = sessions.begin()->second;
    send(session.connection, HelloAgain{session.nonce});
    end_session(session.connection.value);
  }
}

// The node's own record is another: whose it is, and of which schema version its program.
void Authority::Impl::follow_node(NodeId id) {
  const std::optional<WaitingHello> waiting = take_waiting(id);  // an ended session takes it along
  const auto connection = connection_of.find(id);
  const KnownNode* node = directory.node(id);
  if (connection != connection_of.end()) {
    Session* session = &sessions.at(connection->second);
    if (node == nullptr || node->removed) {
      say_goodbye(session->connection,
                  {ErrorCode::kUnknownNode, "the node was removed from the fleet"}, false);
    } else if (session->version != node->version) {
      // Its names are another version's now.
      send(session->connection, HelloAgain{session->nonce});
      end_session(session->connection.value);
    } else if (session->user != node->user) {
      session->user = node->user;
      follow_rules(session);
    }
  }
  if (waiting) on_hello(waiting->first, waiting->second);
}

void Authority::Impl::follow_directory(const std::vector<ObjectName>& objects) {
  bool nodes_changed = false;
  for (const ObjectName& name : objects) {
    if (!directory.concerns(name)) continue;
    Result<Directory::Change> change = directory.refresh(*store, name);
    if (!change) {
      // Whoever is let in or told of what by an old directory is wrong.
      event("state_unreadable", options.id, change.error().message);
      out.unreadable = change.error();
      return;
    }
    if (change->files && directory.development())
      event(kAppChangedEvent, options.id,
            fmt::format("schema revision {}", directory.deployed()->schema().revision));
    if (change->schema) greet_all_again();
    if (change->app) end_sessions_of_ended_versions();
    for (auto& [connection, session] : sessions)
      if ((change->app || change->concerns_user(session.user)) && !SYNCLINE_PLANTED(keep_old_view))
        follow_rules(&session);
    if (!change->node) continue;
    if (name.type == system_type::kNode) {
      nodes_changed = true;
      follow_node(*change->node);
      continue;
    }
    const auto connection = connection_of.find(*change->node);
    if (connection == connection_of.end() || SYNCLINE_PLANTED(forget_subscription)) continue;
    Session* session = &sessions.at(connection->second);
    set_view(session, directory.view_of(*change->node));
    throttle(session);
  }
  if (!nodes_changed) return;
  refresh_identities();
  out.directory_changed = true;
}

}  // namespace syncline
