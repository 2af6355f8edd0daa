// Integration: the last part of a staged delta, or a bootstrap.
#include "node/replica/integration.h"
#include "node/replica/reading.h"
#include "proto/planted.h"

namespace syncline {

Status Integration::take_staged() {
  ReplicaState& state = step_->state;
  SYNCLINE_TRY(open_overlaid());
  SYNCLINE_TRY(open_subscriptions());
  const bool ingest =
      view_.staged() && state.staging &&
      (state.staging->rows > kBatchRowsMax || state.staging->bytes > kBatchBytesMax);
  if (view_.staged()) {
    const Bytes from = node_keys::staging_decisions();
    auto walk = state.store->scan(from, prefix_end(from));
    for (; walk->valid(); walk->next()) {
      SYNCLINE_ASSIGN(Decision decision, decode_decision(walk->value()));
      SYNCLINE_TRY(decide(decision));
    }
    SYNCLINE_TRY(walk->status());
    SYNCLINE_TRY(move_staged_rows(ingest));
    SYNCLINE_TRY(remove_staged_gone());
  }
  if (view_.bootstrap()) SYNCLINE_TRY(remove_not_staged());
  return {};
}

// Objects with own pending changes: their overlay is computed anew against what is staged.
Status Integration::open_overlaid() {
  const Bytes from = node_keys::all(Keyspace::node_overlay);
  auto walk = step_->state.store->scan(from, prefix_end(from));
  for (; walk->valid(); walk->next()) {
    SYNCLINE_ASSIGN(ObjectName name, node_keys::object_of(walk->key()));
    SYNCLINE_ASSIGN(Work * work, open(name));
    (void)work;
  }
  return walk->status();
}

// The node's own subscriptions, few as they are: sets go by what becomes of them.
Status Integration::open_subscriptions() {
  for (const Bytes& from : {node_keys::rows_of(system_type::kSubscription),
                            node_keys::staging_rows_of(system_type::kSubscription)}) {
    auto walk = step_->state.store->scan(from, prefix_end(from));
    for (; walk->valid(); walk->next()) {
      SYNCLINE_ASSIGN(ObjectName name, node_keys::object_of(walk->key()));
      SYNCLINE_ASSIGN(Work * work, open(name));
      (void)work;
    }
    SYNCLINE_TRY(walk->status());
  }
  return {};
}

Status Integration::move_staged_rows(bool ingest) {
  const Bytes from = node_keys::all(Keyspace::node_staging_row);
  if (ingest) {
    step_->out.ingest = ReplicaOutput::Ingest{{{from, node_keys::all(Keyspace::node_row)}}};
    if (!listing()) return {};
  }
  auto walk = step_->state.store->scan(from, prefix_end(from));
  for (; walk->valid() && (!ingest || listing()); walk->next()) {
    SYNCLINE_ASSIGN(ObjectName name, node_keys::object_of(walk->key()));
    if (work_.contains(name)) continue;
    if (!ingest) step_->out.batch.put(node_keys::row(name), Bytes(walk->value()));
    if (!listing()) continue;
    SYNCLINE_ASSIGN(std::optional<Row> before, read_confirmed(*step_->state.store, name));
    SYNCLINE_ASSIGN(Row after, decode_stored_row(walk->value()));
    list_if_changed(name, std::move(before), std::move(after));
  }
  return walk->status();
}

Status Integration::remove_staged_gone() {
  const Bytes from = node_keys::all(Keyspace::node_staging_gone);
  auto walk = step_->state.store->scan(from, prefix_end(from));
  for (; walk->valid(); walk->next()) {
    SYNCLINE_ASSIGN(ObjectName name, node_keys::object_of(walk->key()));
    if (!work_.contains(name)) SYNCLINE_TRY(remove_confirmed(name));
  }
  return walk->status();
}

// What is held and not in a bootstrap is gone.
Status Integration::remove_not_staged() {
  const Bytes from = node_keys::all(Keyspace::node_row);
  const Bytes staged_from = node_keys::all(Keyspace::node_staging_row);
  auto held = step_->state.store->scan(from, prefix_end(from));
  auto staged = step_->state.store->scan(staged_from, prefix_end(staged_from));
  for (; held->valid(); held->next()) {
    const BytesView key = held->key().substr(1);
    while (view_.staged() && staged->valid() && staged->key().substr(1) < key) staged->next();
    if (view_.staged() && staged->valid() && staged->key().substr(1) == key) continue;
    SYNCLINE_ASSIGN(ObjectName name, node_keys::object_of(held->key()));
    if (SYNCLINE_PLANTED(keep_unstaged)) continue;
    if (!work_.contains(name)) SYNCLINE_TRY(remove_confirmed(name));
  }
  SYNCLINE_TRY(held->status());
  return staged->status();
}

Status Integration::remove_confirmed(const ObjectName& name) {
  step_->out.batch.erase(node_keys::row(name));
  if (!listing()) return {};
  SYNCLINE_ASSIGN(std::optional<Row> before, read_confirmed(*step_->state.store, name));
  list_if_changed(name, std::move(before), std::nullopt);
  return {};
}

}  // namespace syncline
