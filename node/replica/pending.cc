#include "node/replica/pending.h"

#include <algorithm>

namespace syncline {

Result<std::optional<PendingChangeset>> PendingWalk::next() {
  if (at_ == nullptr) {
    // What is kept is looked up first: see KeptOrders.
    SYNCLINE_ASSIGN(const uint64_t from, beyond_kept(from_));
    go_to(from);
  } else if (at_->valid()) {
    at_->next();
  }
  while (at_->valid()) {
    SYNCLINE_ASSIGN(const uint64_t order, node_keys::order_of(at_->key()));
    SYNCLINE_ASSIGN(const uint64_t open, beyond_kept(order));
    if (open == order) {
      SYNCLINE_ASSIGN(WrittenView written, decode_written(at_->value()));
      return PendingChangeset{order, std::move(written)};
    }
    go_to(open);
  }
  SYNCLINE_TRY(at_->status());
  return std::nullopt;
}

Result<uint64_t> PendingWalk::beyond_kept(uint64_t order) {
  for (;;) {
    SYNCLINE_ASSIGN(const std::optional<uint64_t> end, kept_.end_of_run(order));
    if (!end) return order;
    order = *end;
  }
}

void PendingWalk::go_to(uint64_t order) {
  at_ = reader_->scan(node_keys::written(std::min(order, to_)), node_keys::written(to_));
}

Result<std::optional<Bytes>> find_pending(const Reader& reader, uint64_t order) {
  SYNCLINE_ASSIGN(const std::optional<uint64_t> kept, KeptOrders(&reader).end_of_run(order));
  if (kept) return std::optional<Bytes>();
  return reader.get(node_keys::written(order));
}

Result<uint64_t> first_pending_order(const Reader& reader, uint64_t none) {
  SYNCLINE_ASSIGN(const std::optional<PendingChangeset> first, PendingWalk(&reader).next());
  return first ? first->order : none;
}

Result<uint64_t> first_written_order(const Reader& reader, uint64_t none) {
  const Bytes from = node_keys::all(Keyspace::node_written);
  auto walk = reader.scan(from, prefix_end(from));
  SYNCLINE_TRY(walk->status());
  if (!walk->valid()) return none;
  return node_keys::order_of(walk->key());
}

}  // namespace syncline
