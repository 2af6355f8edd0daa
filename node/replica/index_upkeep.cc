#include "node/replica/index_upkeep.h"

#include <algorithm>
#include <cstdlib>

#include "node/replica/index_definition.h"
#include "node/replica/index_entries.h"
#include "node/replica/reading.h"
#include "proto/limits.h"
#include "proto/uses.h"

namespace syncline {
namespace {

void put_record(ReplicaStep* step, const IndexRecord& record) {
  step->out.batch.put(node_keys::meta::index(record.type, record.number), encode(record));
}

void erase_entries(ReplicaStep* step, const IndexRecord& record) {
  const Bytes from = node_keys::index_entries(record.number);
  step->out.batch.erase_range(from, prefix_end(from));
}

void start_over(ReplicaStep* step, IndexRecord* record) {
  erase_entries(step, *record);
  record->ready = false;
  record->built_to = {};
  record->objects = 0;
}

// What is wanted under the schema, whoever wants it.
std::vector<IndexRecord> wanted_indexes(const ReplicaState& state) {
  std::vector<IndexRecord> out;
  const auto want = [&](IndexRecord one, bool in_code) {
    auto same = std::find_if(out.begin(), out.end(),
                             [&](const IndexRecord& other) { return other.same_index(one); });
    if (same == out.end()) same = out.insert(out.end(), std::move(one));
    (in_code ? same->in_code : same->in_schema) = true;
  };
  for (const TypeDef& type : state.schema->types)
    for (const IndexDef& def : type.indexes)
      if (Result<IndexRecord> one =
              define_index(*state.schema, Index{type.name, def.fields, def.kind}))
        want(std::move(*one), false);
  for (const Index& index : state.declared_indexes.value_or(std::vector<Index>()))
    if (Result<IndexRecord> one = define_index(*state.schema, index)) want(std::move(*one), true);
  // Where the code has said nothing since the store was opened, what it wanted before stands.
  if (!state.declared_indexes)
    for (const IndexRecord& record : state.indexes->all)
      if (const std::optional<Index> index = index_of(*state.schema, record);
          record.in_code && index)
        if (Result<IndexRecord> one = define_index(*state.schema, *index);
            one && one->same_index(record))
          want(std::move(*one), true);
  return out;
}

// Indexes as the schema and the code want them.
void reconcile(ReplicaStep* step) {
  ReplicaState& state = step->state;
  auto next = std::make_shared<IndexSet>();
  next->schema = state.schema;
  std::vector<IndexRecord> wanted = wanted_indexes(state);
  uint32_t highest = 0;
  for (const IndexRecord& record : state.indexes->all) {
    highest = std::max(highest, record.number);
    auto same = std::find_if(wanted.begin(), wanted.end(),
                             [&](const IndexRecord& one) { return one.same_index(record); });
    if (same == wanted.end()) {
      erase_entries(step, record);
      step->out.batch.erase(node_keys::meta::index(record.type, record.number));
      continue;
    }
    IndexRecord& kept = next->all.emplace_back(record);
    kept.in_code = same->in_code;
    kept.in_schema = same->in_schema;
    kept.schema_mark = state.schema->mark();
    const Schema* before = state.indexes->schema.get();
    if (before == nullptr || !is_same_index_under(*before, *state.schema, record))
      start_over(step, &kept);
    if (kept != record) put_record(step, kept);
    wanted.erase(same);
  }
  for (IndexRecord& one : wanted) {
    const auto of_type =
        std::count_if(next->all.begin(), next->all.end(),
                      [&](const IndexRecord& other) { return other.type == one.type; });
    if (of_type >= static_cast<int64_t>(limits::kIndexesPerTypeMax)) continue;
    one.number = ++highest;
    one.schema_mark = state.schema->mark();
    put_record(step, one);
    next->all.push_back(std::move(one));
  }
  state.indexes = std::move(next);
}

// Their entries before and after; those in both are left.
void keep_change(ReplicaStep* step, const IndexRecord& index, const ObjectChange& change) {
  const Schema& schema = *step->state.schema;
  std::vector<Bytes> before;
  std::vector<Bytes> after;
  if (change.before) before = index_entries(schema, index, change.object.key, *change.before);
  if (change.after) after = index_entries(schema, index, change.object.key, *change.after);
  for (Bytes& entry : before)
    if (!std::binary_search(after.begin(), after.end(), entry)) step->out.batch.erase(entry);
  for (Bytes& entry : after)
    if (!std::binary_search(before.begin(), before.end(), entry))
      step->out.batch.put(std::move(entry), {});
}

// How many objects there are is noted as it becomes another number than the record says.
void count_change(ReplicaStep* step, const IndexRecord& index, const ObjectChange& change) {
  if (change.before.has_value() == change.after.has_value()) return;
  ReplicaState& state = step->state;
  int64_t& since = state.index_growth[index.number];
  since += change.after ? 1 : -1;
  constexpr int64_t kNotedMin = 256;
  const auto noted = static_cast<int64_t>(index.objects);
  if (!index.ready || std::abs(since) <= std::max(kNotedMin, noted / 4)) return;
  auto next = std::make_shared<IndexSet>(*state.indexes);
  for (IndexRecord& record : next->all)
    if (record.number == index.number) {
      record.objects = static_cast<uint64_t>(std::max<int64_t>(0, noted + since));
      put_record(step, record);
    }
  since = 0;
  state.indexes = std::move(next);
}

// Too much changed to be listed: they are built anew.
void start_all_over(ReplicaStep* step) {
  auto next = std::make_shared<IndexSet>(*step->state.indexes);
  for (IndexRecord& record : next->all) {
    start_over(step, &record);
    put_record(step, record);
  }
  step->state.indexes = std::move(next);
}

bool is_building(const IndexRecord& record) { return !record.ready; }

Status build(ReplicaStep* step) {
  ReplicaState& state = step->state;
  auto next = std::make_shared<IndexSet>(*state.indexes);
  auto& all = next->all;
  const auto first = std::find_if(all.begin(), all.end(), is_building);
  if (first == all.end()) return {};
  // Others that have come as far go along.
  std::vector<IndexRecord*> along;
  for (IndexRecord& record : all)
    if (is_building(record) && record.type == first->type && record.built_to == first->built_to)
      along.push_back(&record);
  size_t objects = 0;
  size_t bytes = 0;
  bool end = true;
  ObjectKey last = first->built_to;
  Status decoded;
  SYNCLINE_TRY(visit_shown(*state.store, first->type, first->built_to,
                           [&](const ObjectKey& key, BytesView row_bytes) {
                             if (objects == kBuildObjectsMax || bytes > kBuildBytesMax)
                               return end = false;
                             Result<Row> row = decode_stored_row(row_bytes);
                             if (!row) {
                               decoded = std::unexpected(row.error());
                               return false;
                             }
                             ++objects;
                             bytes += row_bytes.size();
                             last = key;
                             for (const IndexRecord* record : along)
                               for (Bytes& entry : index_entries(*state.schema, *record, key, *row))
                                 step->out.batch.put(std::move(entry), {});
                             return true;
                           }));
  SYNCLINE_TRY(decoded);
  for (IndexRecord* record : along) {
    record->objects += objects;
    record->built_to = end ? ObjectKey() : last;
    record->ready = end;
    if (end) state.index_growth.erase(record->number);
    put_record(step, *record);
  }
  state.indexes = std::move(next);
  return {};
}

}  // namespace

Status open_indexes(ReplicaState* state) {
  auto set = std::make_shared<IndexSet>();
  set->schema = state->schema;
  SYNCLINE_ASSIGN(set->all, read_indexes(*state->store));
  state->indexes = std::move(set);
  return {};
}

void on_declare_indexes(ReplicaStep* step, std::vector<Index> indexes) {
  step->state.declared_indexes = std::move(indexes);
  step->state.indexes_stale = true;
}

void keep_indexes(ReplicaStep* step) {
  ReplicaState& state = step->state;
  if (state.schema == nullptr) return;
  if (state.indexes_stale || state.indexes->schema != state.schema) reconcile(step);
  state.indexes_stale = false;
  if (step->out.everything_changed) {
    start_all_over(step);
  } else {
    for (const ObjectChange& change : step->out.changes) {
      const std::shared_ptr<const IndexSet> now = state.indexes;  // shared: counting makes another
      for (const IndexRecord& index : now->all) {
        if (index.type != change.object.type) continue;
        keep_change(step, index, change);
        count_change(step, index, change);
      }
    }
  }
  const auto& all = state.indexes->all;
  if (state.indexes_armed || state.indexes_stopped ||
      std::none_of(all.begin(), all.end(), is_building))
    return;
  state.indexes_armed = true;
  step->arm("indexes", kBuildPauseMs);
}

void on_indexes_timeout(ReplicaStep* step) {
  ReplicaState& state = step->state;
  state.indexes_armed = false;
  if (state.schema == nullptr) return;
  if (Status built = build(step); !built) {
    // Queries go on without. The object that does not read back is told by who reads it.
    step->out.batch.clear();
    state.indexes_stopped = true;
    step->tell_trouble(built.error().within("building an index"));
  }
}

}  // namespace syncline
