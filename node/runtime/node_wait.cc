// Node: its status, and waiting for what it does.
#include <fmt/format.h>

#include "node/replica/pending.h"
#include "node/runtime/node_impl.h"

namespace syncline {

NodeSeen Node::Impl::seen() const {
  std::lock_guard lock(seen_mutex);
  return seen_;
}

NodeStatus node_status_of(NodeId node, const NodeSeen& seen) {
  const ReplicaStatus& status = seen.status;
  NodeStatus out;
  out.node = node;
  out.user = status.user;
  out.state = status.state;
  out.cursor = status.cursor.seq;
  out.head = status.head;
  out.pending = status.pending;
  out.pending_bytes = status.pending_bytes;
  out.not_received = status.not_received;
  out.journal = status.journal;
  out.transfer_done = status.transfer_done;
  out.transfer_total = status.transfer_total;
  out.transfer_done_bytes = status.transfer_done_bytes;
  out.transfer_total_bytes = status.transfer_total_bytes;
  out.trouble = seen.ended       ? seen.ended
                : status.trouble ? status.trouble
                : seen.initial   ? seen.initial
                                 : seen.indexes;
  if (seen.differences != nullptr) out.schema_differences = *seen.differences;
  return out;
}

NodeStatus Node::Impl::status() const {
  NodeStatus status = node_status_of(directory.keys.id, seen());
  if (gate.is_shut()) {
    status.state = SyncState::stopped;
    status.trouble = Error(ErrorCode::kClosed, "the node is closed: open it again");
  }
  return status;
}

NodeStatus Node::status() const {
  NodeStatus status = impl_->status();
  const Result<Gate::Pass> pass = impl_->gate.enter();
  if (!pass) return status;
  const std::unique_ptr<Reader> snapshot = impl_->store->snapshot();
  if (const auto schema = impl_->seen().schema)
    for (const TypeDef& type : schema->types)
      if (!type.embedded && !is_system(type.number))
        (void)visit_objects(*snapshot, type.number, true,
                            [&](const ObjectKey&, const Row&) { return ++status.objects, true; });
  return status;
}

void Node::Impl::wake() {
  std::lock_guard lock(receipts->mutex);
  ++receipts->tellings;
  receipts->told.notify_all();
}

Status Node::Impl::wait_until(std::chrono::milliseconds timeout,
                              const std::function<bool()>& holds) const {
  const auto until = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    uint64_t seen_tellings = 0;
    {
      std::lock_guard lock(receipts->mutex);
      seen_tellings = receipts->tellings;
    }
    if (gate.is_shut()) return fail(ErrorCode::kClosed, "the node was closed meanwhile");
    // A full disk may have room again.
    if (const std::optional<Error> error = seen().ended;
        error && error->code != ErrorCode::kStoreFull)
      return std::unexpected(*error);
    if (holds()) return {};
    std::unique_lock lock(receipts->mutex);
    if (!receipts->told.wait_until(lock, until,
                                   [&] { return receipts->tellings != seen_tellings; })) {
      lock.unlock();
      const NodeStatus now = status();
      std::string why =
          now.trouble ? now.trouble->message : fmt::format("{} changesets pending", now.pending);
      return fail(ErrorCode::kTimedOut, fmt::format("the time ran out; the node is {}, {}",
                                                    syncline::name_of(now.state), why));
    }
  }
}

Status Node::wait_for_upload(std::chrono::milliseconds timeout) {
  SYNCLINE_TRY(impl_->not_in_write("wait_for_upload()"));
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  const uint64_t last = impl_->seen().status.last_order;
  return impl_->wait_until(timeout, [&] {
    // Uploads go in order: those that wait are the latest, and some of them may be later than the
    // call.
    const ReplicaStatus now = impl_->seen().status;
    return now.not_received <= now.last_order - last;
  });
}

Status Node::wait_for_decided(std::chrono::milliseconds timeout) {
  SYNCLINE_TRY(impl_->not_in_write("wait_for_decided()"));
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  const ReplicaStatus now = impl_->seen().status;
  if (now.pending == 0) return {};
  Status read;
  SYNCLINE_TRY(impl_->wait_until(timeout, [&] {
    if (impl_->seen().status.pending == 0) return true;
    // The last is cheap to look at, and mostly the last that is decided; not always.
    auto last = read_receipt(*impl_->store, now.last_written);
    if (last && *last && (*last)->state < ReceiptState::committed) return false;
    auto first = first_pending_order(*impl_->store, UINT64_MAX);
    if (!last || !first) read = std::unexpected(!last ? last.error() : first.error());
    return !read || *first > now.last_order;
  }));
  return read;
}

Status Node::Impl::wait_for_download(std::chrono::milliseconds timeout) {
  SYNCLINE_TRY(not_in_write("wait_for_download()"));
  SYNCLINE_ASSIGN(const Gate::Pass pass, gate.enter());
  uint64_t mark = 0;
  {
    std::lock_guard lock(machine_mutex);
    SYNCLINE_TRY(step(replica_input::AskMark{}));
    mark = driver->machine().status().marks_asked;
  }
  return wait_until(timeout, [&] { return seen().status.marks_reached >= mark; });
}

Status Node::wait_for_download(std::chrono::milliseconds timeout) {
  return impl_->wait_for_download(timeout);
}

}  // namespace syncline
