#include "node/replica/open.h"

#include <fmt/format.h>

#include "node/replica/index_upkeep.h"
#include "node/replica/journal.h"
#include "node/replica/pending.h"
#include "node/replica/reading.h"
#include "node/replica/receipts.h"
#include "node/replica/subscription_sets.h"
#include "proto/check.h"
#include "proto/planted.h"

namespace syncline {
namespace {

Status check_format(const Store& store, NodeId node, bool* written) {
  SYNCLINE_ASSIGN(std::optional<Bytes> format, store.get(node_keys::meta::format()));
  *written = format.has_value();
  if (!format) return {};
  if (format->size() != 4)
    return fail(ErrorCode::kStoreDamaged,
                "the node's store does not say how it is written; restore it");
  if (const uint32_t version = get_u32_big_endian(*format); version > node_keys::kFormat)
    return fail(ErrorCode::kStoreTooNew,
                fmt::format("the node's store is of format {}, this program knows {}; use the "
                            "newer program",
                            version, node_keys::kFormat));
  SYNCLINE_ASSIGN(std::optional<Bytes> owner, store.get(node_keys::meta::node()));
  SYNCLINE_ASSIGN(uint64_t id, decode_u64(owner.value_or(Bytes())));
  if (NodeId(id) != node)
    return fail(ErrorCode::kUsage,
                fmt::format("the store belongs to node {}, and the keys are those of node {}",
                            to_string(NodeId(id)), to_string(node)));
  return {};
}

Status read_u64(const Store& store, const Bytes& key, uint64_t* out) {
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, store.get(key));
  if (bytes) {
    SYNCLINE_ASSIGN(*out, decode_u64(*bytes));
  }
  return {};
}

Status read_marks(const Store& store, ReplicaState* state) {
  SYNCLINE_ASSIGN(std::optional<Bytes> view, store.get(node_keys::meta::view()));
  if (view) {
    SYNCLINE_ASSIGN(state->view, decode_view_mark(*view));
  }
  SYNCLINE_ASSIGN(std::optional<Bytes> writer, store.get(node_keys::meta::writer()));
  if (writer) {
    SYNCLINE_ASSIGN(state->writer, decode_writer_mark(*writer));
  }
  SYNCLINE_ASSIGN(std::optional<Bytes> staging, store.get(node_keys::staging_record()));
  if (staging) {
    SYNCLINE_ASSIGN(state->staging, decode_staging(*staging));
  }
  SYNCLINE_ASSIGN(std::optional<Bytes> kept, store.get(node_keys::meta::kept()));
  if (kept) {
    SYNCLINE_ASSIGN(state->kept, decode_kept_mark(*kept));
    state->kept_written = state->kept;
  }
  SYNCLINE_ASSIGN(std::optional<Bytes> forks, store.get(node_keys::meta::forks()));
  if (forks) {
    SYNCLINE_ASSIGN(state->forks, decode_forks(*forks));
  }
  SYNCLINE_ASSIGN(std::optional<Bytes> user, store.get(node_keys::meta::user()));
  state->user = user.value_or(Bytes());
  SYNCLINE_ASSIGN(std::optional<Bytes> outside, store.get(node_keys::meta::outside()));
  state->writes_outside = outside.has_value();
  SYNCLINE_ASSIGN(std::optional<Bytes> schema, store.get(node_keys::meta::schema()));
  if (schema) {
    Result<Schema> decoded = decode_schema(*schema);
    if (!decoded)
      return fail(ErrorCode::kStoreDamaged,
                  "the schema in the node's store does not read back: " + decoded.error().message);
    state->schema = std::make_shared<const Schema>(std::move(*decoded));
  }
  SYNCLINE_ASSIGN(std::optional<Bytes> rights, store.get(node_keys::meta::rights()));
  if (rights && state->schema != nullptr) {
    // Advice that does not read back is none, until the authority tells again.
    if (Result<RightsRecord> record = decode_rights(*rights))
      if (Result<Advisor> advisor = Advisor::of(*record, *state->schema))
        state->advisor = std::make_shared<const Advisor>(std::move(*advisor));
  }
  SYNCLINE_TRY(read_u64(store, node_keys::meta::synced(), &state->synced_order));
  return read_u64(store, node_keys::meta::receipts_from(), &state->receipts_from);
}

Status count_pending(const Store& store, ReplicaState* state) {
  PendingWalk walk(&store);
  for (;;) {
    SYNCLINE_ASSIGN(const std::optional<PendingChangeset> pending, walk.next());
    if (!pending) return {};
    state->pending += 1;
    state->pending_bytes += pending->written.record.bytes;
  }
}

Status find_last_receipt(const Store& store, ReplicaState* state) {
  SYNCLINE_ASSIGN(state->highest_decided, last_receipt_order(store));
  return {};
}

}  // namespace

uint64_t ReplicaState::draw(std::string_view use) {
  CHECK(random.has_value(), "the replica was used before Opened");
  Bytes seed(reinterpret_cast<const char*>(random->data()), random->size());
  put_u64_big_endian(&seed, ++draws);
  return get_u64_big_endian(hash(use, seed).view());
}

Epoch ReplicaState::epoch_of_this_open() const {
  CHECK(random.has_value(), "the replica was used before Opened");
  const Bytes seed(reinterpret_cast<const char*>(random->data()), random->size());
  if (SYNCLINE_PLANTED(reuse_epoch)) return Epoch(identity.node.value | 1);
  const uint64_t epoch = get_u64_big_endian(hash("epoch", seed).view());
  return Epoch(epoch == 0 ? 1 : epoch);
}

ChangesetName ReplicaState::next_name() const {
  if (epoch_begun) return {identity.node, writer.epoch, writer.number + 1};
  return {identity.node, epoch_of_this_open(), 1};
}

void ReplicaStep::set_state(SyncState sync_state) {
  if (state.sync_state == sync_state) return;
  state.sync_state = sync_state;
  out.state = sync_state;
}

void ReplicaStep::tell_trouble(Error error) {
  state.trouble = error;
  out.trouble = std::move(error);
}

Status open_state(ReplicaIdentity identity, const Store* store, ReplicaState* state) {
  state->store = store;
  SYNCLINE_TRY(check_format(*store, identity.node, &state->format_written));
  state->identity = std::move(identity);
  auto system = std::make_shared<Schema>();
  system->types = system_types();
  state->system_schema = std::move(system);
  SYNCLINE_TRY(read_marks(*store, state));
  SYNCLINE_TRY(count_pending(*store, state));
  SYNCLINE_ASSIGN(state->kept_end, kept_end(*store));
  SYNCLINE_TRY(find_last_receipt(*store, state));
  SYNCLINE_ASSIGN(state->journal, count_journal(*store));
  SYNCLINE_ASSIGN(state->subscription_version, latest_set_version(*store));
  state->head = state->view.cursor.seq;
  return open_indexes(state);
}

void on_opened(ReplicaStep* step, const std::array<uint8_t, 32>& random) {
  ReplicaState& state = step->state;
  CHECK(!state.random, "Opened came twice");
  state.random = random;
  if (SYNCLINE_PLANTED(drop_pending)) {
    const Bytes end = prefix_end(node_keys::all(Keyspace::node_written));
    step->out.batch.erase_range(node_keys::written(state.kept_end), end);
    state.pending = state.pending_bytes = 0;
  }
  // What the store holds may not have reached the disk before the process that wrote it ended. This
  // batch has: it says so itself, and could not come back without those before it.
  if (state.last_order() > state.synced_order || state.view.cursor != state.synced_cursor) {
    step->out.batch.put(node_keys::meta::synced(), encode_u64(state.last_order()));
    step->out.sync = true;
  }
}

void write_format(ReplicaStep* step) {
  if (step->state.format_written || step->out.batch.empty()) return;
  step->state.format_written = true;
  Bytes format;
  put_u32_big_endian(&format, node_keys::kFormat);
  step->out.batch.put(node_keys::meta::format(), std::move(format));
  step->out.batch.put(node_keys::meta::node(), encode_u64(step->state.identity.node.value));
}

}  // namespace syncline
