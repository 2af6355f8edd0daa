#include "node/replica/receipts.h"

#include "node/replica/byte_reader.h"
#include "node/replica/pending.h"
#include "node/replica/reading.h"

namespace syncline {
namespace {

// Old ones go many at once: a range deletion for each step would cost readers more than the
// receipts.
constexpr uint64_t kDroppedAtOnce = 8 * kReceiptsInRun;

// Most were applied as a whole, and need no more than the entry's seq.
enum class Form : uint8_t { applied = 0, whole = 1 };

// Receipts of consecutive orders and numbers, from `first` on.
struct ReceiptRun {
  uint64_t first = 0;
  std::vector<ReceiptRecord> receipts;
  uint64_t end() const { return first + receipts.size(); }
};

Bytes encode_whole(const ReceiptRecord& receipt) {
  Decision decision;
  decision.name = receipt.name;
  decision.seq = receipt.seq;
  decision.state = receipt.state == ReceiptState::committed ? DecisionState::committed
                   : receipt.state == ReceiptState::refused ? DecisionState::refused
                                                            : DecisionState::superseded;
  decision.outcomes = receipt.outcomes;
  return encode_decision(decision);
}

Result<ReceiptRecord> decode_whole(BytesView bytes) {
  SYNCLINE_ASSIGN(Decision decision, decode_decision(bytes));
  ReceiptRecord receipt{decision.name, ReceiptState::superseded, std::move(decision.outcomes),
                        decision.seq};
  if (decision.state == DecisionState::committed) receipt.state = ReceiptState::committed;
  if (decision.state == DecisionState::refused) receipt.state = ReceiptState::refused;
  return receipt;
}

Bytes encode_run(const ReceiptRun& run) {
  Bytes out;
  put_name(&out, run.receipts.front().name);
  for (const ReceiptRecord& receipt : run.receipts) {
    if (receipt.state == ReceiptState::committed && receipt.outcomes.empty()) {
      out.push_back(static_cast<char>(Form::applied));
      put_u64_big_endian(&out, receipt.seq.value);
    } else {
      out.push_back(static_cast<char>(Form::whole));
      put_sized(&out, encode_whole(receipt));
    }
  }
  return out;
}

Result<ReceiptRun> decode_run(uint64_t first, BytesView bytes) {
  ReceiptRun run{first, {}};
  ByteReader reader(bytes);
  ChangesetName name = reader.name();
  for (; reader.ok() && !reader.done(); ++name.number) {
    const auto form = static_cast<Form>(reader.u8());
    if (form == Form::applied) {
      run.receipts.push_back({name, ReceiptState::committed, {}, LogSeq(reader.u64())});
      continue;
    }
    Result<ReceiptRecord> whole = decode_whole(reader.sized());
    if (form != Form::whole || !whole || whole->name != name) break;
    run.receipts.push_back(std::move(*whole));
  }
  if (!reader.done() || run.receipts.empty() || run.receipts.size() > kReceiptsInRun)
    return fail(ErrorCode::kStoreDamaged, "receipts in the node's store do not read back");
  return run;
}

// Runs that begin within this one are of decisions that were taken back: what they have beyond it
// is kept as a run of its own.
Status cut_runs_within(ReplicaStep* step, const ReceiptRun& run) {
  auto walk =
      step->state.store->scan(node_keys::receipt(run.first + 1), node_keys::receipt(run.end()));
  for (; walk->valid(); walk->next()) {
    SYNCLINE_ASSIGN(uint64_t first, node_keys::order_of(walk->key()));
    SYNCLINE_ASSIGN(ReceiptRun old, decode_run(first, walk->value()));
    step->out.batch.erase(Bytes(walk->key()));
    if (old.end() <= run.end()) continue;
    old.receipts.erase(old.receipts.begin(),
                       old.receipts.begin() + static_cast<ptrdiff_t>(run.end() - first));
    old.first = run.end();
    step->out.batch.put(node_keys::receipt(old.first), encode_run(old));
  }
  return walk->status();
}

// A run that is written again, for changesets that were decided anew, keeps what it had beyond
// those.
Status write_run(ReplicaStep* step, ReceiptRun run) {
  const Bytes key = node_keys::receipt(run.first);
  if (run.first < step->state.highest_decided) SYNCLINE_TRY(cut_runs_within(step, run));
  SYNCLINE_ASSIGN(std::optional<Bytes> before, step->state.store->get(key));
  if (before) {
    SYNCLINE_ASSIGN(ReceiptRun old, decode_run(run.first, *before));
    for (uint64_t order = run.end(); order < old.end(); ++order)
      run.receipts.push_back(std::move(old.receipts[order - old.first]));
  }
  step->out.batch.put(key, encode_run(run));
  return {};
}

void drop_old(ReplicaStep* step) {
  ReplicaState& state = step->state;
  // A run is dropped whole, so its last receipt must be old enough.
  constexpr uint64_t kKept = kReceiptsKept + kReceiptsInRun;
  if (state.highest_decided < kKept) return;
  const uint64_t from = state.highest_decided - kKept + 1;
  if (from < state.receipts_from + kDroppedAtOnce) return;
  step->out.batch.erase_range(node_keys::receipt(state.receipts_from), node_keys::receipt(from));
  step->out.batch.put(node_keys::meta::receipts_from(), encode_u64(from));
  state.receipts_from = from;
}

bool goes_on(const ReceiptRun& run, uint64_t order, const ChangesetName& name) {
  const ChangesetName& last = run.receipts.back().name;
  return order == run.end() && name.epoch == last.epoch && name.number == last.number + 1 &&
         run.receipts.size() < kReceiptsInRun;
}

}  // namespace

Status NewReceipts::write(ReplicaStep* step) {
  if (receipts_.empty()) return {};
  ReceiptRun run;
  for (auto& [order, receipt] : receipts_) {
    if (!run.receipts.empty() && !goes_on(run, order, receipt.name)) {
      SYNCLINE_TRY(write_run(step, std::move(run)));
      run = {};
    }
    if (run.receipts.empty()) run.first = order;
    run.receipts.push_back(receipt);
    step->out.receipts.push_back(std::move(receipt));
  }
  SYNCLINE_TRY(write_run(step, std::move(run)));
  step->state.highest_decided = std::max(step->state.highest_decided, receipts_.rbegin()->first);
  drop_old(step);
  receipts_.clear();
  return {};
}

Result<uint64_t> last_receipt_order(const Reader& reader) {
  const Bytes from = node_keys::all(Keyspace::node_receipt);
  auto walk = reader.scan_back(from, prefix_end(from));
  SYNCLINE_TRY(walk->status());
  if (!walk->valid()) return uint64_t{0};
  SYNCLINE_ASSIGN(uint64_t first, node_keys::order_of(walk->key()));
  SYNCLINE_ASSIGN(ReceiptRun run, decode_run(first, walk->value()));
  return run.end() - 1;
}

Result<std::optional<ReceiptRecord>> read_receipt(const Reader& reader, const ChangesetName& name) {
  using Answer = std::optional<ReceiptRecord>;
  SYNCLINE_ASSIGN(std::optional<uint64_t> order, order_of_name(reader, name));
  if (!order) return Answer();
  // Pending first: on a store that moves on, what leaves it has its receipt by then.
  SYNCLINE_ASSIGN(std::optional<Bytes> pending, find_pending(reader, *order));
  if (pending) {
    SYNCLINE_ASSIGN(WrittenView written, decode_written(*pending));
    if (written.record.name != name) return Answer();
    SYNCLINE_ASSIGN(std::optional<Bytes> synced, reader.get(node_keys::meta::synced()));
    uint64_t up_to = 0;
    if (synced) {
      SYNCLINE_ASSIGN(up_to, decode_u64(*synced));
    }
    return Answer(ReceiptRecord{
        name, *order <= up_to ? ReceiptState::durable : ReceiptState::queued, {}, {}});
  }
  // The nearest run that has it; a later one begins later where they overlap.
  const uint64_t lowest = *order - std::min(*order, kReceiptsInRun - 1);
  auto walk = reader.scan_back(node_keys::receipt(lowest), node_keys::receipt(*order + 1));
  for (; walk->valid(); walk->next()) {
    SYNCLINE_ASSIGN(uint64_t first, node_keys::order_of(walk->key()));
    SYNCLINE_ASSIGN(ReceiptRun run, decode_run(first, walk->value()));
    if (*order >= run.end()) continue;
    ReceiptRecord& receipt = run.receipts[*order - first];
    // Orders go on across epochs: a number beyond its epoch's last is another epoch's.
    return receipt.name == name ? Answer(std::move(receipt)) : Answer();
  }
  SYNCLINE_TRY(walk->status());
  return Answer();
}

}  // namespace syncline
