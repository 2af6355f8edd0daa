// Whose turn it is to be told: sessions that an entry concerns, that were behind, or whose node has
// taken what it was sent.
#include <functional>

#include <fmt/format.h>

#include "node/authority/authority_impl.h"
#include "node/authority/state_keys.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// Bytes of deltas produced in one step, for all sessions: a step that takes longer keeps uploads
// waiting.
constexpr size_t kFedBytesPerStep = 4u << 20;
constexpr size_t kViewsPerNode = 4;
constexpr int64_t kSecondMs = 1'000;

}  // namespace

bool is_of_state(const Error& error) {
  return error.code == ErrorCode::kIo || error.code == ErrorCode::kStoreDamaged;
}

void Authority::Impl::set_view(Session* session, std::shared_ptr<const View> view) {
  if (view->token() == session->token) return;
  wake(session);
  router.leave(session->connection.value);
  indexes.want(*view, decided.seq, &out.state);
  feeder.set_view(session, std::move(view));
}

// Beside the rest of the work, a few objects a step.
void Authority::Impl::build_indexes() {
  // By what objects hold in their fields: what is by name yet is not found there.
  if (is_adopting()) return;
  if (out.applied || applying || draining || !indexes.can_build(committed.seq)) return;
  const Result<std::optional<uint32_t>> ready = indexes.build(*store, committed.seq, &out.state);
  if (!ready) {
    event("state_unreadable", options.id, ready.error().message);
    out.unreadable = ready.error();
    return;
  }
  if (*ready) event("indexed", options.id, fmt::format("index {} is ready", **ready));
  out.more = out.more || indexes.can_build(committed.seq);
}

// Each change of a view begins a catch-up anew, which reads much for little that is sent: a node
// that floods the authority with them waits.
void Authority::Impl::throttle(Session* session) {
  if (now.monotonic_ms - session->view_changes_since_ms >= kSecondMs) {
    session->view_changes_since_ms = now.monotonic_ms;
    session->view_changes = 0;
  }
  if (++session->view_changes != limits::kViewChangesPerSecondMax) return;
  session->throttled_until_ms = session->view_changes_since_ms + kSecondMs;
  event("throttled", session->node, "its view changes too often: told nothing for a moment");
  out.timers.push_back({"throttled", session->throttled_until_ms});
}

void Authority::Impl::wake_throttled() {
  for (auto& [connection, session] : sessions)
    if (session.throttled_until_ms > 0 && session.throttled_until_ms <= now.monotonic_ms) {
      session.throttled_until_ms = 0;
      wake(&session);
    }
}

void Authority::Impl::wake(Session* session) {
  if (std::exchange(session->parked, false)) {
    session->passed = routed;
    router.wake(session->connection.value);
  }
  active.insert(session->connection.value);
}

// Sessions that nothing concerned are told now and then where the log is: their nodes' cursors are
// what retention goes by, and what their next changesets are based on.
void Authority::Impl::wake_all_behind() {
  for (auto& [connection, session] : sessions)
    if (session.parked && session.sent.seq < committed.seq) wake(&session);
}

// Wakes whom the entry concerns: by view, as its author, or as the owner of a subscription.
void Authority::Impl::route(const RecentEntry& entry) {
  Result<std::vector<uint64_t>> concerned = router.concerned(entry);
  if (!concerned) {
    event("state_unreadable", options.id, concerned.error().message);
    out.unreadable = concerned.error();
    return;
  }
  const auto add = [&](NodeId node) {
    if (auto it = connection_of.find(node); it != connection_of.end())
      concerned->push_back(it->second);
  };
  add(entry.origin);
  for (const RecentEntry::Object& object : entry.objects())
    if (object.name.type == system_type::kSubscription)
      if (std::optional<NodeId> owner = owner_of_subscription(object.name.key)) add(*owner);
  for (uint64_t connection : *concerned)
    if (Session& session = sessions.at(connection); session.parked) wake(&session);
  routed = entry.cursor;
}

// So that the node's next hello with this token is understood. A hint: without it the node gets a
// bootstrap.
void Authority::Impl::remember_view(const Session& session) {
  const Bytes prefix = state_keys::views_of(session.node);
  size_t kept = 0;
  for (auto at = store->scan(prefix, prefix_end(prefix)); at->valid(); at->next())
    if (++kept >= kViewsPerNode) out.state.erase(Bytes(at->key()));
  out.state.put(state_keys::view(session.node, session.held_token),
                encode_view(*session.held_view));
}

void Authority::Impl::feed() {
  // A layer that is being written: what is committed is not yet readable.
  if (out.applied || active.empty()) return;
  size_t budget = kFedBytesPerStep;
  std::vector<std::pair<uint64_t, Error>> failed;
  // Everybody gets a turn before anybody gets a second one, beginning where the last step ended.
  std::vector<uint64_t> turn(active.lower_bound(next_fed), active.end());
  turn.insert(turn.end(), active.begin(), active.lower_bound(next_fed));
  const std::function<uint64_t()> draw_salt = [this] { return draw(); };
  while (!turn.empty() && budget > 0) {
    std::vector<uint64_t> again;
    for (uint64_t connection : turn) {
      if (budget == 0) {
        again.push_back(connection);
        continue;
      }
      next_fed = connection + 1;
      Session& session = sessions.at(connection);
      if (session.throttled_until_ms > now.monotonic_ms) {
        active.erase(connection);
        continue;
      }
      const size_t before = out.sends.size();
      const Hash held = session.held_token;
      auto fed = feeder.feed(&session, limits::kDeltaBytesAim, draw_salt, &out.sends);
      for (size_t i = before; i < out.sends.size(); ++i)
        budget -= std::min(budget, out.sends[i].frame.size());
      if (!fed) {
        failed.emplace_back(connection, fed.error());
        continue;
      }
      if (session.held_token != held) remember_view(session);
      answer_mark(&session);
      if (*fed == Feeder::Fed::more) {
        again.push_back(connection);
        continue;
      }
      active.erase(connection);
      if (!feeder.has_told(session, committed.seq)) continue;  // it waits for the node
      session.parked = true;
      router.park(connection, session.token, session.view);
    }
    turn = std::move(again);
  }
  out.more = out.more || !turn.empty();
  for (auto& [connection, error] : failed) {
    event("feeding_failed", sessions.at(connection).node, error.message);
    if (is_of_state(error)) {
      out.unreadable = std::move(error);
      return;
    }
    say_goodbye(ConnectionId(connection), std::move(error), true);
  }
}

}  // namespace syncline
