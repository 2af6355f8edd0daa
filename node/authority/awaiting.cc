// After a restore: edits of objects whose create was lost with the newer log wait a while for it to
// come again from the node that wrote it. What their writer offers meanwhile waits behind them, for
// a node's changesets are decided in its order. What waits is dropped with its session, for its
// node offers it again; how long it waits is counted from the first time.
#include <iterator>

#include "node/authority/authority_impl.h"

namespace syncline {

// True: the offer was taken to wait.
Result<bool> Authority::Impl::wait_for_create(QueuedOffer* queued) {
  if (!queued->connection || decided.forks.empty()) return false;
  const NodeId origin = queued->offer.changeset.name.origin;
  auto behind = awaiting.find(origin);
  if (behind != awaiting.end()) {
    behind->second.push_back(std::move(*queued));
    return true;
  }
  Offered& offered = queued->offer.changeset;
  if (offered.in_parts) decode_payload(&offered);
  SYNCLINE_ASSIGN(const bool misses, admission.misses_create(queued->offer, decided_head()));
  if (!misses) return false;
  const auto [due, first] =
      create_due.try_emplace(origin, now.monotonic_ms + options.create_wait_ms);
  if (due->second <= now.monotonic_ms) return false;
  if (first) {
    out.timers.push_back({"create " + to_string(origin), due->second});
    event(
        "awaits_create", origin,
        "edits an object that was created after the backup: it waits for the node that created it");
  }
  if (offered.in_parts) offered.changeset.reset();
  awaiting[origin].push_back(std::move(*queued));
  return true;
}

// Back into the queue with those whose object has come, or who have waited long enough.
void Authority::Impl::wake_awaiting() {
  for (auto it = awaiting.begin(); it != awaiting.end();) {
    if (!born && create_due[it->first] > now.monotonic_ms) {
      ++it;
      continue;
    }
    // Before what came later.
    queue.insert(queue.begin(), std::make_move_iterator(it->second.begin()),
                 std::make_move_iterator(it->second.end()));
    it = awaiting.erase(it);
  }
  born = false;
}

void Authority::Impl::drop_awaiting(const Session& session) {
  auto it = awaiting.find(session.node);
  if (it == awaiting.end()) return;
  const auto of_session = [&](const QueuedOffer& queued) {
    return queued.connection && queued.connection->value == session.connection.value;
  };
  const auto drop = [&](const QueuedOffer& queued) {
    if (queued.offer.changeset.in_parts)
      queued_in_parts_bytes -= queued.offer.changeset.payload.size();
    return true;
  };
  for (const QueuedOffer& queued : it->second) drop(queued);
  awaiting.erase(it);
  // What came behind it must not be decided before it is offered again.
  std::erase_if(queue,
                [&](const QueuedOffer& queued) { return of_session(queued) && drop(queued); });
}

}  // namespace syncline
