#include "node/replica/kept.h"

#include <fmt/format.h>

#include "node/replica/byte_reader.h"
#include "node/replica/journal.h"
#include "node/replica/reading.h"
#include "proto/limits.h"
#include "proto/planted.h"

namespace syncline {
namespace {

// Let go of in one step: bounds it.
constexpr int kLetGoAtOnce = 1024;

struct KeptRecord {
  LogPosition decided;
  StoredPending pending;  // within the bytes that were decoded
};

Bytes encode_kept(const LogPosition& decided, const StoredPending& pending) {
  Bytes out;
  put_u64_big_endian(&out, decided.incarnation.value);
  put_u64_big_endian(&out, decided.seq.value);
  out += pending.stored;
  return out;
}

Result<KeptRecord> decode_kept(BytesView bytes) {
  ByteReader reader(bytes);
  KeptRecord record;
  record.decided.incarnation = Incarnation(reader.u64());
  record.decided.seq = LogSeq(reader.u64());
  SYNCLINE_ASSIGN(record.pending, decode_pending(reader.rest()));
  return record;
}

// Once a step, however much it keeps.
void write_mark(ReplicaStep* step) {
  ReplicaState& state = step->state;
  if (state.kept == state.kept_written) return;
  state.kept_written = state.kept;
  step->out.batch.put(node_keys::meta::kept(), encode(state.kept));
}

// All of it is in the journal: whoever wrote it decides what becomes of it.
bool is_in_journal_whole(const Decision& decision) {
  if (decision.state == DecisionState::committed) return false;
  if (decision.state == DecisionState::refused) return true;
  for (const Outcome& outcome : decision.outcomes)
    if (!outcome.by_reset) return false;
  return true;
}

bool is_full(const KeptMark& kept) {
  return kept.count > limits::kKeptChangesetsMax || kept.bytes > limits::kKeptBytesMax;
}

void forget(ReplicaStep* step, uint64_t order, const KeptRecord& record) {
  step->out.batch.single_erase(node_keys::kept(order));
  step->state.kept.count -= 1;
  step->state.kept.bytes -= record.pending.record.bytes;
}

void note_let_go(KeptMark* kept, const LogPosition& decided) {
  if (decided.incarnation != kept->let_go.incarnation || decided.seq > kept->let_go.seq)
    kept->let_go = decided;
}

// What is safe, and what is beyond the limits, from the oldest on.
Status let_go_of_oldest(ReplicaStep* step) {
  ReplicaState& state = step->state;
  KeptMark& kept = state.kept;
  auto walk = state.store->scan(node_keys::kept(state.kept_from),
                                prefix_end(node_keys::all(Keyspace::node_kept)));
  for (int let_go = 0; walk->valid() && let_go < kLetGoAtOnce; walk->next(), ++let_go) {
    SYNCLINE_ASSIGN(KeptRecord record, decode_kept(walk->value()));
    SYNCLINE_ASSIGN(const uint64_t order, node_keys::order_of(walk->key()));
    state.kept_from = order;
    state.kept_first_seq = record.decided.seq;
    if (record.decided.seq > kept.safe && !is_full(kept)) break;
    forget(step, order, record);
    if (record.pending.apart()) step->out.batch.single_erase(node_keys::payload(order));
    note_let_go(&kept, record.decided);
    state.kept_from = order + 1;
    state.kept_first_seq = LogSeq(0);
  }
  return walk->status();
}

// Pending again: as it was before its decision.
Result<TakenBack> take_back(ReplicaStep* step, uint64_t order, const KeptRecord& record,
                            Batch* batch) {
  ReplicaState& state = step->state;
  SYNCLINE_ASSIGN(const Bytes payload, payload_of(*state.store, order, record.pending));
  SYNCLINE_ASSIGN(Changeset changeset, decode_stored_changeset(payload));
  SYNCLINE_ASSIGN(std::vector<ObjectName> objects, objects_of(record.pending));
  PendingRecord pending = record.pending.record;
  if (SYNCLINE_PLANTED(reoffer_renumbered)) pending.name.number += 1;
  pending.formers.push_back(record.decided);
  if (pending.formers.size() > limits::kFormersMax) pending.formers.erase(pending.formers.begin());
  // A payload that is kept apart is there still.
  batch->put(node_keys::pending(order), encode_pending(pending, objects, payload));
  state.pending += 1;
  state.pending_bytes += pending.bytes;
  step->out.receipts.push_back({record.pending.record.name, ReceiptState::durable, {}, {}});
  SYNCLINE_TRY(withdraw_journal(step, record.pending.record.name));
  return TakenBack{order, std::make_shared<const Changeset>(std::move(changeset)),
                   std::move(objects)};
}

}  // namespace

bool keep(ReplicaStep* step, uint64_t order, const StoredPending& pending,
          const Decision& decision) {
  if (is_in_journal_whole(decision)) return false;
  KeptMark& kept = step->state.kept;
  const LogPosition decided{step->state.session.incarnation, decision.seq};
  const bool safe = decision.seq <= kept.safe;
  if (safe) {
    note_let_go(&kept, decided);
  } else {
    step->out.batch.put(node_keys::kept(order), encode_kept(decided, pending));
    kept.count += 1;
    kept.bytes += pending.record.bytes;
  }
  return !safe;
}

Status let_go_of_kept(ReplicaStep* step, LogSeq safe) {
  ReplicaState& state = step->state;
  KeptMark& kept = state.kept;
  kept.safe = std::max(kept.safe, safe);
  if (!step->took_back && kept.count > 0 && (state.kept_first_seq <= kept.safe || is_full(kept)))
    SYNCLINE_TRY(let_go_of_oldest(step));
  write_mark(step);
  return {};
}

Result<std::vector<TakenBack>> take_back_kept(ReplicaStep* step, Batch* batch) {
  ReplicaState& state = step->state;
  const Incarnation log = state.session.incarnation;
  const auto stands = [&](const LogPosition& decided) {
    const auto shared = shared_up_to(state.session.forks, decided, log);
    if (SYNCLINE_PLANTED(fork_off_by_one) && shared && decided.seq.value == shared->value + 1)
      return true;
    return shared == decided.seq;
  };
  std::vector<TakenBack> taken;
  step->took_back = true;
  const Bytes from = node_keys::all(Keyspace::node_kept);
  auto walk = state.store->scan(from, prefix_end(from));
  for (; walk->valid(); walk->next()) {
    SYNCLINE_ASSIGN(KeptRecord record, decode_kept(walk->value()));
    if (stands(record.decided)) continue;
    SYNCLINE_ASSIGN(uint64_t order, node_keys::order_of(walk->key()));
    forget(step, order, record);
    if (SYNCLINE_PLANTED(reoffer_skipped)) continue;
    SYNCLINE_ASSIGN(TakenBack one, take_back(step, order, record, batch));
    taken.push_back(std::move(one));
  }
  SYNCLINE_TRY(walk->status());
  KeptMark& kept = state.kept;
  if (kept.let_go != LogPosition() && !stands(kept.let_go)) {
    const LogSeq shared = shared_up_to(state.session.forks, kept.let_go, log).value_or(LogSeq(0));
    step->tell_trouble(Error(
        ErrorCode::kFork,
        fmt::format("the authority was restored from a backup that ends at entry {}, and this node "
                    "keeps what it wrote only from after entry {} on: what it wrote between was "
                    "decided and is lost, unless it is in a newer backup of the authority",
                    shared.value, kept.let_go.seq.value)));
    kept.let_go = {log, shared};
  }
  // What was called safe above the fork is not.
  kept.safe = state.session.safe;
  state.kept_from = 0;
  state.kept_first_seq = LogSeq(0);
  return taken;
}

}  // namespace syncline
