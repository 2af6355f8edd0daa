#include "node/authority/totals.h"

#include "node/authority/state_keys.h"
#include "proto/codec.h"
#include "proto/planted.h"

namespace syncline {
namespace {

// Kept at hand between layers; more, and they are read anew.
constexpr size_t kOriginsKept = 4096;

}  // namespace

Result<const OriginRecord*> Totals::origin(NodeId origin) {
  auto at = origins_.find(origin);
  if (at == origins_.end()) {
    OriginRecord record;
    SYNCLINE_ASSIGN(std::optional<Bytes> bytes, state_->get(state_keys::origin(origin)));
    if (bytes) {
      SYNCLINE_ASSIGN(record, decode_origin(*bytes));
    }
    at = origins_.emplace(origin, std::move(record)).first;
  }
  return &at->second;
}

Status Totals::note_decided(const Entry& entry, const Decision& decision, const EntryMark& mark) {
  runs_.add(decision);
  runs_.add(entry.seq, mark);
  SYNCLINE_TRY(origin(entry.name.origin));
  OriginRecord& record = origins_.at(entry.name.origin);
  changed_origins_.insert(entry.name.origin);
  if (SYNCLINE_PLANTED(forget_names)) return {};
  EpochRecord* epoch = record.find(entry.name.epoch);
  if (epoch == nullptr) {
    std::optional<std::pair<Epoch, uint64_t>> parent;
    if (Result<Changeset> changeset = decode_changeset(entry.payload)) parent = changeset->parent;
    record.epochs.push_back({entry.name.epoch, parent, 0, {}, {}});
    epoch = &record.epochs.back();
  }
  if (entry.name.number <= epoch->number) return {};
  epoch->number = entry.name.number;
  epoch->hash = entry.payload_hash;
  epoch->stamp = std::max(epoch->stamp, entry.stamp);
  return {};
}

Result<TypeTotal> read_type_total(const Reader& state, TypeNumber type) {
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, state.get(state_keys::type_count(type)));
  if (!bytes || bytes->size() != 16) return TypeTotal();
  return TypeTotal{get_u64_big_endian(*bytes), get_u64_big_endian(BytesView(*bytes).substr(8))};
}

Status Totals::count(TypeNumber type, int64_t objects, int64_t bytes) {
  auto at = counts_.find(type);
  if (at == counts_.end()) {
    SYNCLINE_ASSIGN(const TypeTotal total, read_type_total(*state_, type));
    at = counts_.emplace(type, total).first;
  }
  at->second.objects += static_cast<uint64_t>(objects);
  at->second.bytes += static_cast<uint64_t>(bytes);
  changed_counts_.insert(type);
  return {};
}

Result<bool> Totals::has_removals(TypeNumber type) {
  const auto known = removals_.find(type);
  if (known != removals_.end()) return known->second;
  const Bytes from = state_keys::merges_of(type);
  const auto at = state_->scan(from, prefix_end(from));
  SYNCLINE_TRY(at->status());
  return removals_[type] = at->valid();
}

Result<std::optional<EntryMark>> Totals::entry_mark(LogSeq seq) const {
  if (std::optional<EntryMark> mark = runs_.mark(seq)) return mark;
  return read_entry_mark(*state_, seq);
}

Result<Stamp> Totals::stamp_at(LogSeq seq) const {
  SYNCLINE_ASSIGN(const std::optional<EntryMark> mark, entry_mark(seq));
  if (mark) return mark->stamp_high;
  SYNCLINE_ASSIGN(const std::optional<FirstMark> first, first_entry_mark(*state_));
  return first ? first->mark.stamp_high : Stamp();
}

Result<std::optional<Decision>> Totals::decision(const ChangesetName& name) const {
  if (std::optional<Decision> decision = runs_.decision(name)) return decision;
  return read_decision(*state_, name);
}

void Totals::write(Batch* batch) {
  runs_.write(batch);
  for (NodeId origin : changed_origins_)
    batch->put(state_keys::origin(origin), encode_origin(origins_.at(origin)));
  for (TypeNumber type : changed_counts_) {
    Bytes count;
    put_u64_big_endian(&count, counts_.at(type).objects);
    put_u64_big_endian(&count, counts_.at(type).bytes);
    batch->put(state_keys::type_count(type), std::move(count));
  }
  changed_origins_.clear();
  changed_counts_.clear();
  if (origins_.size() > kOriginsKept) origins_.clear();
}

}  // namespace syncline
