#include "node/replica/commit.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/replica/guard_check.h"
#include "node/replica/overlay_store.h"
#include "node/replica/pending.h"
#include "node/replica/reading.h"
#include "node/replica/shown.h"
#include "node/replica/subscription_sets.h"
#include "proto/codec.h"
#include "proto/limits.h"
#include "proto/uses.h"

namespace syncline {
namespace {

// Of an asymmetric type: nothing of it is shown, before or after its outcome.
bool is_inserted(const Draft::Impl& draft, const DraftObject& object) {
  const TypeDef* type = draft.schema->type(object.group.object.type);
  return type != nullptr && draft.inserts_only(*type);
}

// The objects' images on today's state, where the draft was begun on another.
Status compute_images_again(const ReplicaState& state, Draft::Impl* draft) {
  for (DraftObject& object : draft->objects) {
    if (is_inserted(*draft, object)) continue;
    SYNCLINE_ASSIGN(ShownAndHeld found, read_shown_and_held(*state.store, object.group.object));
    object.touches = std::move(found.touches);
    object.image = lay_over(found.shown, {&object.group});
    object.before = std::move(found.shown);
  }
  draft->generation = state.generation;
  return {};
}

// A default does not act where something was removed on purpose, and of what is pending only the
// operations tell that: the image that people see does not.
Status compute_defaults(const ReplicaState& state, Draft::Impl* draft) {
  PendingCache cache(state.store);
  for (DraftObject& object : draft->objects) {
    const auto& operations = object.group.operations;
    if (std::none_of(operations.begin(), operations.end(), [](const Operation& operation) {
          return operation.kind == OperationKind::set_default;
        }))
      continue;
    const ObjectName& name = object.group.object;
    SYNCLINE_ASSIGN(std::optional<Row> confirmed, read_confirmed(*state.store, name));
    SYNCLINE_ASSIGN(object.image, overlay_of(*state.store, name, confirmed, object.touches, {},
                                             &cache, &object.group));
  }
  return {};
}

struct Written {
  Batch batch;
  std::vector<ObjectChange> changes;
  std::vector<ObjectName> objects;  // that are shown otherwise: with the changeset's outcome again
};

// What the batch says of the draft's objects; moves their groups into the changeset.
Status write_objects(Draft::Impl* draft, uint64_t order, Changeset* changeset, Written* written) {
  for (DraftObject& object : draft->objects) {
    if (object.group.operations.empty()) continue;
    const ObjectName& name = object.group.object;
    std::optional<Bytes> row;
    if (object.image) {
      row = encode_row(*object.image);
      if (row->size() > limits::kObjectBytesMax)
        return fail(ErrorCode::kTooLarge,
                    fmt::format("an object would have {} bytes; at most {} are allowed",
                                row->size(), limits::kObjectBytesMax));
    }
    if (is_inserted(*draft, object)) {
      changeset->groups.push_back(std::move(object.group));
      continue;
    }
    const auto place = static_cast<uint32_t>(changeset->groups.size());
    if (object.touches.lists_next()) {
      object.touches.listed.push_back({order, place});
    } else {
      ++object.touches.more;
      written->batch.put(node_keys::touched_by(name, order), encode_u64(place));
    }
    written->batch.put(node_keys::overlay(name),
                       encode_overlay(object.touches, row ? &*row : nullptr));
    written->objects.push_back(name);
    if (!same_shown(object.before, object.image))
      written->changes.push_back({name, std::move(object.before), std::move(object.image)});
    changeset->groups.push_back(std::move(object.group));
  }
  return {};
}

// Epochs of which no changeset is pending or kept, and their receipts dropped, need not be known by
// name any more.
Status drop_forgotten_epochs(const ReplicaState& state, uint64_t new_first_order, Batch* batch) {
  std::map<uint64_t, Epoch> by_order;
  const Bytes from = node_keys::all(Keyspace::node_epoch);
  auto walk = state.store->scan(from, prefix_end(from));
  for (; walk->valid(); walk->next()) {
    SYNCLINE_ASSIGN(EpochMark mark, decode_epoch_mark(walk->value()));
    SYNCLINE_ASSIGN(uint64_t epoch, node_keys::order_of(walk->key()));
    by_order[mark.first_order] = Epoch(epoch);
  }
  SYNCLINE_TRY(walk->status());
  SYNCLINE_ASSIGN(uint64_t first_written, first_written_order(*state.store, new_first_order));
  const uint64_t floor = std::min(first_written, state.receipts_from);
  for (auto at = by_order.begin(); at != by_order.end(); ++at) {
    const auto next = std::next(at);
    const uint64_t end = next == by_order.end() ? new_first_order : next->first;
    if (end <= floor) batch->erase(node_keys::epoch(at->second));
  }
  return {};
}

}  // namespace

Result<ChangesetName> commit_draft(ReplicaStep* step, Draft::Impl* draft, Durability durability) {
  ReplicaState& state = step->state;
  if (draft->name != state.next_name())
    return fail(ErrorCode::kUsage,
                "another transaction was committed since this one began; begin it again");
  if (draft->next_ordinal > limits::kOperationsPerChangesetMax)
    return fail(ErrorCode::kTooLarge,
                fmt::format("a transaction of {} operations; at most {} are allowed",
                            draft->next_ordinal, limits::kOperationsPerChangesetMax));
  if (draft->generation != state.generation) SYNCLINE_TRY(compute_images_again(state, draft));
  SYNCLINE_TRY(check_guards(*state.store, *draft));
  SYNCLINE_TRY(compute_defaults(state, draft));

  const uint64_t order = state.writer.next_order;
  const bool first = !state.epoch_begun;
  Changeset changeset;
  changeset.base = draft->base;
  changeset.written = step->now.clock();
  changeset.all_or_nothing = draft->all_or_nothing || !draft->guards.empty();
  changeset.guards = std::move(draft->guards);
  changeset.schema_mark = draft->schema->mark();
  if (first && state.writer.number != 0)
    changeset.parent = {state.writer.epoch, state.writer.number};
  SYNCLINE_ASSIGN(std::optional<SubscriptionSetRecord> set, next_set(*step, *draft));
  // The next set is there as a whole or not at all.
  if (set && set->edits.size() > 1) changeset.all_or_nothing = true;
  Written written;
  SYNCLINE_TRY(write_objects(draft, order, &changeset, &written));

  ReplicaStep::InFlight flight;
  flight.order = order;
  flight.payload = encode_changeset(changeset);
  if (flight.payload.size() > limits::kChangesetBytesMax)
    return fail(ErrorCode::kTooLarge,
                fmt::format("a transaction of {} bytes; at most {} are allowed",
                            flight.payload.size(), limits::kChangesetBytesMax));
  // So many values that the authority, or this node when it reads its pending, would not decode it.
  if (flight.payload.size() / limits::kValueBytesMin > limits::kValuesPerChangesetMax)
    if (Result<Changeset> decoded = decode_changeset(flight.payload); !decoded)
      return std::unexpected(decoded.error().within("a transaction that is too large"));
  flight.record = {draft->name, payload_hash(flight.payload), first ? Hash() : state.writer.hash,
                   flight.payload.size()};
  WriterMark writer{draft->name.epoch, draft->name.number, flight.record.hash, order + 1};
  if (first) {
    SYNCLINE_TRY(drop_forgotten_epochs(state, order, &written.batch));
    written.batch.put(node_keys::epoch(draft->name.epoch),
                      encode(EpochMark{order, changeset.parent}));
  }
  written.batch.put(node_keys::written(order),
                    encode_written(flight.record, written.objects, flight.payload));
  if (stands_apart(flight.payload.size()))
    written.batch.put(node_keys::payload(order), flight.payload);
  written.batch.put(node_keys::meta::writer(), encode(writer));
  if (set)
    written.batch.put(node_keys::subscription_set(set->version), encode_subscription_set(*set));

  // From here on nothing fails.
  if (first) {
    state.epoch_begun = true;
    state.first_order = order;
    state.first_orders[draft->name.epoch] = order;
  }
  state.writer = writer;
  state.pending += 1;
  state.pending_bytes += flight.record.bytes;
  ++state.generation;
  // An epoch is synced with its first changeset, whatever the durability: a store that comes back
  // without it would draw another and never know that this one was used.
  const bool sync = first || durability == Durability::commit;
  if (sync) written.batch.put(node_keys::meta::synced(), encode_u64(order));
  step->out.batch.append(std::move(written.batch));
  step->out.sync |= sync;
  step->out.changes = std::move(written.changes);
  if (set) {
    state.subscription_version = set->version;
    step->out.subscription_sets.push_back(std::move(*set));
  }
  // If it is synced, it is told as durable with all before it.
  if (!sync) step->out.receipts.push_back({draft->name, ReceiptState::queued, {}, {}});
  if (!sync && durability == Durability::group) step->out.want_sync_soon = true;
  if (!sync && durability == Durability::relaxed && !state.relaxed_armed) {
    // Once: arming again would move it, and steady writing would put it off for ever.
    state.relaxed_armed = true;
    step->arm("relaxed", kRelaxedSyncMs);
  }
  step->in_flight = std::move(flight);
  return draft->name;
}

void mark_durable(ReplicaStep* step, uint64_t order) {
  ReplicaState& state = step->state;
  // Those written before this open were told, or nobody waits for them. This open's are all of one
  // epoch.
  const uint64_t from = std::max(state.synced_order + 1, state.first_order);
  for (uint64_t o = from; state.epoch_begun && o <= order; ++o) {
    const ChangesetName name{state.identity.node, state.writer.epoch, o - state.first_order + 1};
    step->out.receipts.push_back({name, ReceiptState::durable, {}, {}});
  }
  state.synced_order = std::max(state.synced_order, order);
}

void on_synced(ReplicaStep* step, uint64_t write_number) {
  ReplicaState& state = step->state;
  uint64_t order = state.synced_order;
  while (!state.unsynced.empty() && state.unsynced.front().write_number <= write_number) {
    order = std::max(order, state.unsynced.front().last_order);
    state.synced_cursor = state.unsynced.front().cursor;
    state.unsynced.pop_front();
  }
  if (order <= state.synced_order) return;
  mark_durable(step, order);
  step->out.batch.put(node_keys::meta::synced(), encode_u64(order));
}

void on_relaxed_timeout(ReplicaStep* step) {
  step->state.relaxed_armed = false;
  if (step->state.synced_order < step->state.last_order()) step->out.want_sync_soon = true;
}

}  // namespace syncline
