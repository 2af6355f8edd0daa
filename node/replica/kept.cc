#include "node/replica/kept.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/replica/journal.h"
#include "node/replica/reading.h"
#include "proto/limits.h"
#include "proto/planted.h"

namespace syncline {
namespace {

// Let go of in one step, and at most a run more: bounds it.
constexpr uint64_t kLetGoAtOnce = 1024;

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

void note_let_go(KeptMark* kept, const LogPosition& decided) {
  if (decided.incarnation != kept->let_go.incarnation || decided.seq > kept->let_go.seq)
    kept->let_go = decided;
}

void erase_put(Batch* batch, Bytes key, bool rewritten) {
  if (rewritten) {
    batch->erase(std::move(key));
  } else {
    batch->single_erase(std::move(key));
  }
}

// The changeset as it was written.
void erase_written(Batch* batch, uint64_t order, uint64_t bytes, bool rewritten) {
  erase_put(batch, node_keys::written(order), rewritten);
  if (stands_apart(bytes)) batch->single_erase(node_keys::payload(order));
}

void let_go(ReplicaStep* step, const KeptRun& run) {
  Batch& batch = step->out.batch;
  for (size_t i = 0; i < run.changesets.size(); ++i)
    erase_written(&batch, run.first + i, run.changesets[i].bytes, run.rewritten);
  erase_put(&batch, node_keys::kept(run.first), run.rewritten);
  KeptMark& kept = step->state.kept;
  kept.count -= run.changesets.size();
  kept.bytes -= run.bytes;
  note_let_go(&kept, run.last());
}

// What is safe, and what is beyond the limits, from the oldest on.
Status let_go_of_oldest(ReplicaStep* step) {
  ReplicaState& state = step->state;
  KeptMark& kept = state.kept;
  auto walk = state.store->scan(node_keys::kept(state.kept_from),
                                prefix_end(node_keys::all(Keyspace::node_kept)));
  for (uint64_t gone = 0; walk->valid() && gone < kLetGoAtOnce; walk->next()) {
    SYNCLINE_ASSIGN(const KeptRun run, decode_kept_run(walk->key(), walk->value()));
    state.kept_from = run.first;
    state.kept_first_seq = run.last().seq;
    if (run.last().seq > kept.safe && !is_full(kept)) break;
    let_go(step, run);
    gone += run.changesets.size();
    state.kept_from = run.end();
    state.kept_first_seq = LogSeq(0);
  }
  return walk->status();
}

// Pending again: as it was before its decision.
Result<TakenBack> take_back(ReplicaStep* step, uint64_t order, const LogPosition& decided) {
  ReplicaState& state = step->state;
  SYNCLINE_ASSIGN(const std::optional<Bytes> bytes, state.store->get(node_keys::written(order)));
  if (!bytes)
    return fail(ErrorCode::kStoreDamaged,
                fmt::format("the node's store lacks changeset {}, which it keeps", order));
  SYNCLINE_ASSIGN(const WrittenView written, decode_written(*bytes));
  SYNCLINE_ASSIGN(const Bytes payload, payload_of(*state.store, order, written));
  SYNCLINE_ASSIGN(Changeset changeset, decode_stored_changeset(payload));
  SYNCLINE_ASSIGN(std::vector<ObjectName> objects, objects_of(written));
  WrittenRecord record = written.record;
  if (SYNCLINE_PLANTED(reoffer_renumbered)) record.name.number += 1;
  record.formers.push_back(decided);
  if (record.formers.size() > limits::kFormersMax) record.formers.erase(record.formers.begin());
  // A payload that stands apart is there still.
  step->out.batch.put(node_keys::written(order), encode_written(record, objects, payload));
  state.pending += 1;
  state.pending_bytes += record.bytes;
  step->out.receipts.push_back({written.record.name, ReceiptState::durable, {}, {}});
  SYNCLINE_TRY(withdraw_journal(step, written.record.name));
  return TakenBack{order, std::make_shared<const Changeset>(std::move(changeset)),
                   std::move(objects)};
}

// The run without what does not stand: as one run or several, or none.
void keep_standing(ReplicaStep* step, const KeptRun& run, const std::vector<uint64_t>& fallen) {
  Batch& batch = step->out.batch;
  if (fallen.front() == run.first) erase_put(&batch, node_keys::kept(run.first), run.rewritten);
  KeptRun part;
  const auto write_part = [&] {
    if (!part.changesets.empty()) batch.put(node_keys::kept(part.first), encode(part));
  };
  auto next_fallen = fallen.begin();
  for (size_t i = 0; i < run.changesets.size(); ++i) {
    const uint64_t order = run.first + i;
    if (next_fallen != fallen.end() && *next_fallen == order) {
      ++next_fallen;
      step->state.kept.count -= 1;
      step->state.kept.bytes -= run.changesets[i].bytes;
      continue;
    }
    if (part.changesets.empty() || part.end() != order) {
      write_part();
      part = KeptRun{order, run.incarnation, true, {}};
    }
    part.add(run.changesets[i]);
  }
  write_part();
}

// Says so if the log lacks what was let go of.
template <class Stands>
void tell_if_lost(ReplicaStep* step, const Stands& stands) {
  ReplicaState& state = step->state;
  KeptMark& kept = state.kept;
  if (kept.let_go == LogPosition() || stands(kept.let_go)) return;
  const Incarnation log = state.session.incarnation;
  const LogSeq shared = shared_up_to(state.session.forks, kept.let_go, log).value_or(LogSeq(0));
  step->tell_trouble(Error(
      ErrorCode::kFork,
      fmt::format("the authority was restored from a backup that ends at entry {}, and this node "
                  "keeps what it wrote only from after entry {} on: what it wrote between was "
                  "decided and is lost, unless it is in a newer backup of the authority",
                  shared.value, kept.let_go.seq.value)));
  kept.let_go = {log, shared};
}

}  // namespace

bool NewKept::keep(ReplicaStep* step, uint64_t order, const WrittenView& written, bool rewritten,
                   const Decision& decision) {
  KeptMark& mark = step->state.kept;
  const bool in_journal = is_in_journal_whole(decision);
  const bool safe = decision.seq <= mark.safe;
  if (in_journal || safe) {
    if (!in_journal) note_let_go(&mark, {step->state.session.incarnation, decision.seq});
    erase_written(&step->out.batch, order, written.record.bytes, rewritten);
    return false;
  }
  kept_.push_back({order, {decision.seq, written.record.bytes}, rewritten});
  mark.count += 1;
  mark.bytes += written.record.bytes;
  return true;
}

void NewKept::write(ReplicaStep* step) {
  ReplicaState& state = step->state;
  std::sort(kept_.begin(), kept_.end(),
            [](const One& a, const One& b) { return a.order < b.order; });
  KeptRun run;
  const auto write_run = [&] {
    if (run.changesets.empty()) return;
    step->out.batch.put(node_keys::kept(run.first), encode(run));
    state.kept_end = std::max(state.kept_end, run.end());
    step->first_kept = std::min(step->first_kept, run.first);
  };
  for (const One& one : kept_) {
    if (run.changesets.empty() || one.rewritten != run.rewritten ||
        !run.takes(one.order, one.changeset)) {
      write_run();
      run = KeptRun{one.order, state.session.incarnation, one.rewritten, {}};
    }
    run.add(one.changeset);
  }
  write_run();
  kept_.clear();
}

Status let_go_of_kept(ReplicaStep* step, LogSeq safe) {
  ReplicaState& state = step->state;
  KeptMark& kept = state.kept;
  kept.safe = std::max(kept.safe, safe);
  if (!step->took_back && kept.count > 0 && (state.kept_first_seq <= kept.safe || is_full(kept)))
    SYNCLINE_TRY(let_go_of_oldest(step));
  // Mostly what is newly kept is the latest; what waited since a restore may not be.
  if (step->first_kept < state.kept_from) {
    state.kept_from = step->first_kept;
    state.kept_first_seq = LogSeq(0);
  }
  write_mark(step);
  return {};
}

Result<std::vector<TakenBack>> take_back_kept(ReplicaStep* step) {
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
    SYNCLINE_ASSIGN(const KeptRun run, decode_kept_run(walk->key(), walk->value()));
    std::vector<uint64_t> fallen;
    for (size_t i = 0; i < run.changesets.size(); ++i) {
      const LogPosition decided{run.incarnation, run.changesets[i].seq};
      if (stands(decided)) continue;
      const uint64_t order = run.first + i;
      fallen.push_back(order);
      if (SYNCLINE_PLANTED(reoffer_skipped)) {
        erase_written(&step->out.batch, order, run.changesets[i].bytes, run.rewritten);
        continue;
      }
      SYNCLINE_ASSIGN(TakenBack one, take_back(step, order, decided));
      taken.push_back(std::move(one));
    }
    if (!fallen.empty()) keep_standing(step, run, fallen);
  }
  SYNCLINE_TRY(walk->status());
  tell_if_lost(step, stands);
  // What was called safe above the fork is not.
  state.kept.safe = state.session.safe;
  state.kept_from = 0;
  state.kept_first_seq = LogSeq(0);
  return taken;
}

}  // namespace syncline
