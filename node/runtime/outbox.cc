#include "node/runtime/outbox.h"

#include <algorithm>
#include <iterator>

namespace syncline {

void Outboxes::open(ConnectionId connection) {
  std::lock_guard lock(mutex_);
  outboxes_.try_emplace(connection);
}

void Outboxes::close(ConnectionId connection) {
  std::lock_guard lock(mutex_);
  const auto found = outboxes_.find(connection);
  if (found == outboxes_.end()) return;
  total_bytes_ -= found->second.bytes;
  if (found->second.ready) std::erase(ready_, connection);
  if (found->second.refused) std::erase(refused_, connection);
  outboxes_.erase(found);
}

Outboxes::Push Outboxes::push(ConnectionId connection, Bytes frame) {
  std::lock_guard lock(mutex_);
  const auto found = outboxes_.find(connection);
  if (found == outboxes_.end()) return Push::refused;
  Outbox& outbox = found->second;
  const size_t size = frame.size();
  if (!takes(outbox, size)) {
    if (!outbox.refused) refused_.push_back(connection);
    outbox.refused = true;
    return Push::refused;
  }
  outbox.bytes += size;
  total_bytes_ += size;
  outbox.frames.push_back(std::move(frame));
  if (outbox.ready) return Push::queued;
  outbox.ready = true;
  ready_.push_back(connection);
  return ready_.size() == 1 ? Push::queued_first : Push::queued;
}

std::vector<ConnectionId> Outboxes::take_ready() {
  std::lock_guard lock(mutex_);
  for (ConnectionId connection : ready_) outboxes_.at(connection).ready = false;
  return std::exchange(ready_, {});
}

void Outboxes::take(ConnectionId connection, std::deque<Bytes>* to) {
  std::lock_guard lock(mutex_);
  const auto found = outboxes_.find(connection);
  if (found == outboxes_.end()) return;
  std::deque<Bytes>& frames = found->second.frames;
  if (to->empty()) {
    to->swap(frames);
  } else {
    std::move(frames.begin(), frames.end(), std::back_inserter(*to));
    frames.clear();
  }
}

void Outboxes::sent(ConnectionId connection, size_t bytes, std::vector<ConnectionId>* room) {
  std::lock_guard lock(mutex_);
  const auto found = outboxes_.find(connection);
  if (found == outboxes_.end()) return;
  found->second.bytes -= bytes;
  total_bytes_ -= bytes;
  if (refused_.empty()) return;
  // Any of those refused may have been waiting for the total.
  std::erase_if(refused_, [&](ConnectionId waiting) {
    Outbox& outbox = outboxes_.at(waiting);
    if (!has_room(outbox)) return false;
    outbox.refused = false;
    room->push_back(waiting);
    return true;
  });
}

size_t Outboxes::bytes() const {
  std::lock_guard lock(mutex_);
  return total_bytes_;
}

}  // namespace syncline
