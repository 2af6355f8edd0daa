#include "node/replica/receipts.h"

#include "node/replica/byte_reader.h"
#include "node/replica/reading.h"

namespace syncline {
namespace {

// Old ones go in runs: a range deletion for each changeset would cost readers more than the
// receipts.
constexpr uint64_t kDroppedAtOnce = 1024;

Bytes encode_receipt(const ReceiptRecord& receipt) {
  Decision decision;
  decision.name = receipt.name;
  decision.seq = receipt.seq;
  decision.state = receipt.state == ReceiptState::committed ? DecisionState::committed
                   : receipt.state == ReceiptState::refused ? DecisionState::refused
                                                            : DecisionState::superseded;
  decision.outcomes = receipt.outcomes;
  return encode_decision(decision);
}

Result<ReceiptRecord> decode_receipt(BytesView bytes) {
  Result<Decision> decision = decode_decision(bytes);
  if (!decision)
    return fail(ErrorCode::kStoreDamaged, "a receipt in the node's store does not read back");
  ReceiptRecord receipt{decision->name, ReceiptState::superseded, std::move(decision->outcomes),
                        decision->seq};
  if (decision->state == DecisionState::committed) receipt.state = ReceiptState::committed;
  if (decision->state == DecisionState::refused) receipt.state = ReceiptState::refused;
  return receipt;
}

Result<uint64_t> first_order_in(const Reader& reader, Keyspace keyspace, uint64_t none) {
  const Bytes from = node_keys::all(keyspace);
  auto walk = reader.scan(from, prefix_end(from));
  SYNCLINE_TRY(walk->status());
  if (!walk->valid()) return none;
  return node_keys::order_of(walk->key());
}

}  // namespace

void write_receipt(ReplicaStep* step, uint64_t order, ReceiptRecord receipt) {
  ReplicaState& state = step->state;
  step->out.batch.put(node_keys::receipt(order), encode_receipt(receipt));
  step->out.receipts.push_back(std::move(receipt));
  state.highest_decided = std::max(state.highest_decided, order);
  if (state.highest_decided < kReceiptsKept) return;
  const uint64_t from = state.highest_decided - kReceiptsKept + 1;
  if (from < state.receipts_from + kDroppedAtOnce) return;
  step->out.batch.erase_range(node_keys::receipt(state.receipts_from), node_keys::receipt(from));
  step->out.batch.put(node_keys::meta::receipts_from(), encode_u64(from));
  state.receipts_from = from;
}

Result<uint64_t> first_pending_order(const Reader& reader, uint64_t none) {
  return first_order_in(reader, Keyspace::node_pending, none);
}

Result<uint64_t> first_kept_order(const Reader& reader, uint64_t none) {
  return first_order_in(reader, Keyspace::node_kept, none);
}

Result<std::optional<ReceiptRecord>> read_receipt(const Reader& reader, const ChangesetName& name) {
  using Answer = std::optional<ReceiptRecord>;
  SYNCLINE_ASSIGN(std::optional<uint64_t> order, order_of_name(reader, name));
  if (!order) return Answer();
  // Pending first: on a store that moves on, what leaves it has its receipt by then.
  SYNCLINE_ASSIGN(std::optional<Bytes> pending, reader.get(node_keys::pending(*order)));
  if (pending) {
    SYNCLINE_ASSIGN(PendingRecord record, decode_pending(*pending));
    if (record.name != name) return Answer();
    SYNCLINE_ASSIGN(std::optional<Bytes> synced, reader.get(node_keys::meta::synced()));
    uint64_t up_to = 0;
    if (synced) {
      SYNCLINE_ASSIGN(up_to, decode_u64(*synced));
    }
    return Answer(ReceiptRecord{
        name, *order <= up_to ? ReceiptState::durable : ReceiptState::queued, {}, {}});
  }
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, reader.get(node_keys::receipt(*order)));
  if (!bytes) return Answer();
  SYNCLINE_ASSIGN(ReceiptRecord receipt, decode_receipt(*bytes));
  // Orders go on across epochs: a number beyond its epoch's last is another epoch's.
  if (receipt.name != name) return Answer();
  return Answer(std::move(receipt));
}

}  // namespace syncline
