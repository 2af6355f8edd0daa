#include "node/replica/staging.h"

#include "node/replica/confirmed.h"
#include "node/replica/reading.h"

namespace syncline {
namespace {

bool is_bootstrap(const StagingRecord& record) {
  return record.kind == static_cast<uint8_t>(Delta::Kind::bootstrap);
}

// One part's objects, each once, as they are after it.
class PartBuilder {
 public:
  explicit PartBuilder(StagedView view) : view_(view) {}

  Status add(const Bytes& encoded) {
    SYNCLINE_ASSIGN(CheckedDelta checked, check_object_delta(encoded));
    const ObjectName name = checked.delta.object;
    if (checked.delta.kind == ObjectDelta::Kind::enter) {
      rows_[name] = std::move(checked.delta.row);
      return {};
    }
    if (checked.delta.kind == ObjectDelta::Kind::leave) {
      rows_[name] = std::nullopt;
      return {};
    }
    std::optional<Bytes> before;
    if (const auto at = rows_.find(name); at != rows_.end()) {
      before = at->second;
    } else {
      SYNCLINE_ASSIGN(before, view_.get(name));
    }
    std::optional<Row> row;
    if (before) {
      SYNCLINE_ASSIGN(row, decode_stored_row(*before));
    }
    SYNCLINE_TRY(apply_object_delta(std::move(checked), &row));
    rows_[name] = encode_row(*row);
    return {};
  }
  void leave(const ObjectName& name) { rows_[name] = std::nullopt; }

  void write(StagingRecord* record, Batch* batch) {
    for (auto& [name, row] : rows_) {
      if (!record->any || record->last < name) record->last = name;
      record->any = true;
      if (row) {
        record->rows += 1;
        record->bytes += row->size();
        batch->erase(node_keys::staging_gone(name));
        batch->put(node_keys::staging_row(name), std::move(*row));
      } else {
        batch->erase(node_keys::staging_row(name));
        batch->put(node_keys::staging_gone(name), {});
      }
    }
  }

 private:
  StagedView view_;
  std::map<ObjectName, std::optional<Bytes>> rows_;
};

void forget_fragments(ReplicaStep* step, StagingRecord* record) {
  if (record->fragment_bytes == 0) return;
  const Bytes from = node_keys::staging_fragments();
  step->out.batch.erase_range(from, prefix_end(from));
  record->fragment_bytes = 0;
}

// The object that the fragment completes, or nothing yet.
Result<std::optional<Bytes>> take_fragment(ReplicaStep* step, const Delta& delta,
                                           StagingRecord* record) {
  if (delta.fragment_offset == 0) forget_fragments(step, record);
  if (delta.fragment_offset != record->fragment_bytes)
    return fail(ErrorCode::kMalformed, "a fragment of an object whose earlier ones did not come");
  if (delta.fragment_offset + delta.fragment.size() < delta.fragment_total) {
    step->out.batch.put(node_keys::staging_fragment(delta.fragment_offset), delta.fragment);
    record->fragment_bytes += delta.fragment.size();
    return std::nullopt;
  }
  Bytes whole;
  whole.reserve(delta.fragment_total);
  const Bytes from = node_keys::staging_fragments();
  auto walk = step->state.store->scan(from, prefix_end(from));
  for (; walk->valid(); walk->next()) whole += walk->value();
  SYNCLINE_TRY(walk->status());
  if (whole.size() != delta.fragment_offset)
    return fail(ErrorCode::kStoreDamaged, "the node's store lacks a piece of what is staged");
  whole += delta.fragment;
  forget_fragments(step, record);
  return whole;
}

}  // namespace

Result<std::optional<Bytes>> StagedView::get(const ObjectName& name) const {
  if (staged_) {
    SYNCLINE_ASSIGN(std::optional<Bytes> row, store_->get(node_keys::staging_row(name)));
    if (row) return row;
    SYNCLINE_ASSIGN(std::optional<Bytes> gone, store_->get(node_keys::staging_gone(name)));
    if (gone) return std::nullopt;
  }
  if (bootstrap_) return std::nullopt;
  return store_->get(node_keys::row(name));
}

Status stage_part(ReplicaStep* step, const Delta& delta, const std::vector<ObjectName>& leaving,
                  bool fresh) {
  ReplicaState& state = step->state;
  const bool bootstrap = delta.kind == Delta::Kind::bootstrap;
  if (fresh) {
    drop_staging(step);
    StagingRecord record;
    record.kind = static_cast<uint8_t>(delta.kind);
    record.from = delta.from;
    record.token = delta.token;
    record.first_seq = delta.to.seq;
    record.incarnation = delta.to.incarnation;
    state.staging = record;
  }
  StagingRecord& record = *state.staging;
  PartBuilder builder(StagedView(state.store, !fresh, bootstrap));
  // What a have-list's answer takes away comes before what the same delta brings.
  for (const ObjectName& name : leaving) builder.leave(name);
  for (const Bytes& object : delta.objects) SYNCLINE_TRY(builder.add(object));
  if (!delta.fragment.empty()) {
    SYNCLINE_ASSIGN(std::optional<Bytes> object, take_fragment(step, delta, &record));
    if (object) SYNCLINE_TRY(builder.add(*object));
  }
  builder.write(&record, &step->out.batch);
  for (const Decision& decision : delta.decisions)
    step->out.batch.put(node_keys::staging_decision(record.decisions++), encode_decision(decision));
  record.next_part = delta.part + 1;
  record.done = delta.done_objects;
  record.total = delta.total_objects;
  step->out.batch.put(node_keys::staging_record(), encode(record));
  return {};
}

void drop_staging(ReplicaStep* step) {
  if (!step->state.staging) return;
  for (Keyspace space :
       {Keyspace::node_staging_row, Keyspace::node_staging_gone, Keyspace::node_staging_meta}) {
    const Bytes from = node_keys::all(space);
    step->out.batch.erase_range(from, prefix_end(from));
  }
  step->state.staging.reset();
}

void drop_staged_catch_up(ReplicaStep* step) {
  if (step->state.staging && !is_bootstrap(*step->state.staging)) drop_staging(step);
}

Hello::Resume resume_of(const ReplicaState& state) {
  Hello::Resume resume;
  if (!state.staging || !is_bootstrap(*state.staging) || !state.staging->any) return resume;
  resume.token = state.staging->token;
  resume.seq = state.staging->first_seq;
  resume.type = state.staging->last.type;
  resume.last_key = state.staging->last.key;
  resume.incarnation = state.staging->incarnation;
  return resume;
}

}  // namespace syncline
