#include "node/authority/state_indexes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "node/authority/state_keys.h"
#include "node/authority/stored_object.h"
#include "node/authority/stored_row.h"
#include "node/authority/view_terms.h"
#include "proto/planted.h"

namespace syncline {
namespace {

// Of a step that builds: few enough that nobody waits.
constexpr size_t kObjectsPerStep = 512;
constexpr size_t kBytesPerStep = 1u << 20;

}  // namespace

query::TermPath path_of(const StateIndexRecord& index) { return {index.fields, index.elements}; }

Result<StateIndexes> StateIndexes::load(const Reader& state, std::shared_ptr<const Schema> schema) {
  StateIndexes indexes;
  indexes.schema_ = std::move(schema);
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, state.get(state_keys::indexes()));
  if (bytes) {
    SYNCLINE_ASSIGN(indexes.record_, decode_state_indexes(*bytes));
  }
  for (size_t i = 0; i < indexes.record_.indexes.size(); ++i)
    indexes.of_type_[indexes.record_.indexes[i].type].push_back(i);
  indexes.renew();
  return indexes;
}

void StateIndexes::set_schema(std::shared_ptr<const Schema> schema, LogSeq decided, Batch* batch) {
  schema_ = std::move(schema);
  const uint32_t last = record_.last_number;
  renew();
  if (record_.last_number == last) return;
  for (const StateIndexRecord& index : record_.indexes) begun_at_[index.number] = decided;
  write(batch);
}

// If the schema is another: new numbers, for layers in flight may still bring entries of the old.
void StateIndexes::renew() {
  const uint64_t mark = schema_ == nullptr ? 0 : schema_->mark();
  if (record_.schema_mark == mark) return;
  record_.schema_mark = mark;
  for (StateIndexRecord& index : record_.indexes) {
    obsolete_.push_back(index.number);
    begun_at_.erase(index.number);
    index.number = ++record_.last_number;
    index.ready = false;
    index.built_up_to = {};
  }
}

void StateIndexes::write(Batch* batch) const {
  batch->put(state_keys::indexes(), encode_state_indexes(record_));
}

void StateIndexes::want(const View& view, LogSeq decided, Batch* batch) {
  bool begun = false;
  // They are made by the deployed version: what is missing may read otherwise in another.
  if (schema_ == nullptr || view.schema == nullptr || view.schema->version != schema_->version)
    return;
  for (const TypeView& type : view.types) {
    if (type.members->is_everything()) continue;
    std::vector<size_t>& places = of_type_[type.type];
    for (query::TermPath& path : paths_of(type)) {
      const bool there = std::any_of(places.begin(), places.end(), [&](size_t place) {
        return path_of(record_.indexes[place]) == path;
      });
      if (there || places.size() >= kStateIndexesPerTypeMax) continue;
      places.push_back(record_.indexes.size());
      record_.indexes.push_back(
          {++record_.last_number, type.type, std::move(path.fields), path.elements, false, {}});
      begun_at_[record_.last_number] = decided;
      begun = true;
    }
  }
  if (begun) write(batch);
}

std::vector<Bytes> StateIndexes::values_of(const StateIndexRecord& index, const Row& row) const {
  std::vector<Bytes> values =
      query::index_keys(*schema_, index.type, path_of(index), {&row.id, &row.fields});
  for (Bytes& value : values) value.resize(indexed_value(value).size());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

Status StateIndexes::change(const ObjectName& name, BytesView before, BytesView after,
                            Batch* batch) const {
  const auto places = of_type_.find(name.type);
  if (places == of_type_.end() || places->second.empty() || schema_ == nullptr) return {};
  const StoredRow was{Bytes(before)};
  const StoredRow is{Bytes(after)};
  for (size_t place : places->second) {
    const StateIndexRecord& index = record_.indexes[place];
    std::vector<Bytes> old_values, new_values, gone, come;
    if (!was.absent()) {
      SYNCLINE_ASSIGN(const Row* row, was.row());
      old_values = values_of(index, *row);
    }
    if (!is.absent()) {
      SYNCLINE_ASSIGN(const Row* row, is.row());
      new_values = values_of(index, *row);
    }
    std::set_difference(old_values.begin(), old_values.end(), new_values.begin(), new_values.end(),
                        std::back_inserter(gone));
    std::set_difference(new_values.begin(), new_values.end(), old_values.begin(), old_values.end(),
                        std::back_inserter(come));
    for (const Bytes& value : gone) batch->erase(state_keys::index(index.number, value, name.key));
    if (SYNCLINE_PLANTED(forget_state_index)) continue;
    for (const Bytes& value : come)
      batch->put(state_keys::index(index.number, value, name.key), {});
  }
  return {};
}

// What was decided without it and is still a layer above the state would be missed.
bool StateIndexes::may_build(const StateIndexRecord& index, LogSeq committed) const {
  const auto begun = begun_at_.find(index.number);
  return !index.ready && (begun == begun_at_.end() || begun->second <= committed ||
                          SYNCLINE_PLANTED(index_before_layers));
}

bool StateIndexes::can_build(LogSeq committed) const {
  return schema_ != nullptr &&
         std::any_of(record_.indexes.begin(), record_.indexes.end(),
                     [&](const StateIndexRecord& index) { return may_build(index, committed); });
}

Result<std::optional<uint32_t>> StateIndexes::build(const Reader& state, LogSeq committed,
                                                    Batch* batch) {
  const auto index =
      std::find_if(record_.indexes.begin(), record_.indexes.end(),
                   [&](const StateIndexRecord& one) { return may_build(one, committed); });
  for (uint32_t number : std::exchange(obsolete_, {}))
    batch->erase_range(state_keys::index_rows_of(number),
                       prefix_end(state_keys::index_rows_of(number)));
  const Bytes from = state_keys::rows_of(index->type);
  auto at = scan_rows(state,
                      index->built_up_to.bytes.empty()
                          ? from
                          : state_keys::row({index->type, index->built_up_to}) + '\0',
                      prefix_end(from));
  size_t objects = 0;
  for (; at->valid() && objects < kObjectsPerStep && batch->bytes() < kBytesPerStep;
       at->next(), ++objects) {
    const StoredRow stored{Bytes(at->value())};
    SYNCLINE_ASSIGN(const Row* row, stored.row());
    index->built_up_to = state_keys::key_of_row(at->key());
    for (const Bytes& value : values_of(*index, *row))
      batch->put(state_keys::index(index->number, value, index->built_up_to), {});
  }
  SYNCLINE_TRY(at->status());
  std::optional<uint32_t> ready;
  if (!at->valid()) {
    index->ready = true;
    index->built_up_to = {};
    begun_at_.erase(index->number);
    ready = index->number;
  }
  write(batch);
  return ready;
}

}  // namespace syncline
