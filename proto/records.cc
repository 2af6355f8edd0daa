#include "proto/records.h"

#include "proto/records.pb.h"
#include "proto/wire.h"

namespace syncline {
namespace {

bool read_hash(const std::string& bytes, Hash* out) {
  if (bytes.empty()) {
    *out = Hash{};
    return true;
  }
  if (bytes.size() != out->bytes.size()) return false;
  std::copy(bytes.begin(), bytes.end(), out->bytes.begin());
  return true;
}

template <class Record>
Result<Record> parse(BytesView bytes, const char* what) {
  Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(ErrorCode::kMalformed, std::string(what) + " record does not decode");
  return record;
}

void write_mask(const MaskRecord& mask, wire::MaskRecord* out) {
  out->set_all(mask.all);
  for (FieldNumber field : mask.fields) out->add_fields(field.value);
  for (const std::string& name : mask.extra) out->add_extra(name);
  out->set_additional(mask.additional);
  for (FieldNumber field : mask.listed) out->add_listed(field.value);
  for (const std::string& name : mask.listed_extra) out->add_listed_extra(name);
  for (const MaskRecord::Inner& inner : mask.inner) {
    wire::InnerMaskRecord* to = out->add_inner();
    to->set_field(inner.field.value);
    to->set_name(inner.name);
    write_mask(inner.mask, to->mutable_mask());
  }
}

// As deep as protobuf's own recursion limit let the bytes be.
MaskRecord read_mask(const wire::MaskRecord& in) {
  MaskRecord mask;
  mask.all = in.all();
  for (uint32_t field : in.fields()) mask.fields.push_back(FieldNumber(field));
  mask.extra.assign(in.extra().begin(), in.extra().end());
  mask.additional = in.additional();
  for (uint32_t field : in.listed()) mask.listed.push_back(FieldNumber(field));
  mask.listed_extra.assign(in.listed_extra().begin(), in.listed_extra().end());
  for (const wire::InnerMaskRecord& inner : in.inner())
    mask.inner.push_back({FieldNumber(inner.field()), inner.name(), read_mask(inner.mask())});
  return mask;
}

void write_object_mask(const ObjectMaskRecord& mask, wire::ObjectMaskRecord* out) {
  for (const std::string& condition : mask.conditions) out->add_conditions(condition);
  for (const MaskRecord& one : mask.masks) write_mask(one, out->add_masks());
}

ObjectMaskRecord read_object_mask(const wire::ObjectMaskRecord& in) {
  ObjectMaskRecord mask{{in.conditions().begin(), in.conditions().end()}, {}};
  for (const wire::MaskRecord& one : in.masks()) mask.masks.push_back(read_mask(one));
  return mask;
}

std::unexpected<Error> bad_hash(const char* what) {
  return fail(ErrorCode::kMalformed, std::string(what) + " record: a hash is not 32 bytes");
}

}  // namespace

const EpochRecord* OriginRecord::find(Epoch epoch) const {
  // The newest is asked for most.
  for (auto it = epochs.rbegin(); it != epochs.rend(); ++it)
    if (it->epoch == epoch) return &*it;
  return nullptr;
}

EpochRecord* OriginRecord::find(Epoch epoch) {
  return const_cast<EpochRecord*>(static_cast<const OriginRecord*>(this)->find(epoch));
}

bool OriginRecord::precedes(Epoch earlier_epoch, uint64_t earlier_number, Epoch epoch,
                            uint64_t number) const {
  uint64_t bound = number == 0 ? 0 : number - 1;
  // Each step goes to an epoch's parent; a hostile ring of parents ends with the count.
  for (size_t steps = 0; steps <= epochs.size(); ++steps) {
    if (epoch == earlier_epoch) return earlier_number <= bound;
    const EpochRecord* record = find(epoch);
    if (record == nullptr || !record->parent) return false;
    epoch = record->parent->first;
    bound = record->parent->second;
  }
  return false;
}

Bytes encode_origin(const OriginRecord& record) {
  wire::OriginRecord out;
  for (const EpochRecord& epoch : record.epochs) {
    wire::EpochRecord* to = out.add_epochs();
    to->set_epoch(epoch.epoch.value);
    if (epoch.parent) {
      to->set_parent(epoch.parent->first.value);
      to->set_parent_number(epoch.parent->second);
    }
    to->set_number(epoch.number);
    to->set_hash(std::string(epoch.hash.view()));
    to->set_stamp(epoch.stamp.value);
  }
  return out.SerializeAsString();
}

Result<OriginRecord> decode_origin(BytesView bytes) {
  SYNCLINE_ASSIGN(wire::OriginRecord in, parse<wire::OriginRecord>(bytes, "origin"));
  OriginRecord record;
  for (const wire::EpochRecord& from : in.epochs()) {
    EpochRecord epoch;
    epoch.epoch = Epoch(from.epoch());
    if (from.has_parent()) epoch.parent = {Epoch(from.parent()), from.parent_number()};
    epoch.number = from.number();
    if (!read_hash(from.hash(), &epoch.hash)) return bad_hash("origin");
    epoch.stamp = Stamp(from.stamp());
    record.epochs.push_back(std::move(epoch));
  }
  return record;
}

Bytes encode_entry_mark(const EntryMark& mark) {
  // One for each entry: by hand, as the generated class would.
  constexpr size_t kBytesMost = 96;
  wire::Writer out(kBytesMost);
  out.number(1, mark.index.value);
  out.hash(2, mark.hash);
  out.number(3, mark.stamp_high.value);
  out.number(4, static_cast<uint64_t>(mark.arrival_ms));
  out.number(5, mark.envelope_back);
  out.number(6, mark.log_bytes);
  return out.take();
}

Result<EntryMark> decode_entry_mark(BytesView bytes) {
  SYNCLINE_ASSIGN(wire::EntryMark in, parse<wire::EntryMark>(bytes, "entry mark"));
  EntryMark mark{LogIndex(in.index()),   {},
                 Stamp(in.stamp_high()), in.arrival_ms(),
                 in.envelope_back(),     in.log_bytes()};
  if (!read_hash(in.hash(), &mark.hash)) return bad_hash("entry mark");
  return mark;
}

namespace {

std::unexpected<Error> bad_run() {
  return fail(ErrorCode::kMalformed, "run record does not decode");
}

}  // namespace

Bytes encode_run(const std::vector<Bytes>& items) {
  constexpr size_t kOverheadEach = 4;
  size_t bytes = 0;
  for (const Bytes& item : items) bytes += kOverheadEach + item.size();
  wire::Writer out(bytes);
  for (const Bytes& item : items) out.bytes_always(1, item);
  return out.take();
}

Result<std::vector<BytesView>> decode_run(BytesView bytes) {
  std::vector<BytesView> items;
  wire::Reader reader(bytes, wire::Reader::repeated(1));
  while (reader.next()) {
    if (reader.key() != wire::bytes_key(1)) return bad_run();
    items.push_back(reader.bytes());
  }
  if (!reader.complete() || items.empty()) return bad_run();
  return items;
}

Result<std::optional<BytesView>> item_of_run(BytesView bytes, uint64_t at) {
  wire::Reader reader(bytes, wire::Reader::repeated(1));
  while (reader.next()) {
    if (reader.key() != wire::bytes_key(1)) return bad_run();
    if (at-- == 0) return std::optional(reader.bytes());
  }
  if (!reader.complete()) return bad_run();
  return std::nullopt;
}

Bytes encode_applied(const Applied& applied) {
  wire::Applied out;
  out.set_incarnation(applied.incarnation.value);
  out.set_seq(applied.seq.value);
  out.set_index(applied.index.value);
  out.set_hash(std::string(applied.hash.view()));
  out.set_stamp_high(applied.stamp_high.value);
  out.set_horizon(applied.horizon.value);
  out.set_synced_index(applied.synced_index.value);
  out.set_log_bytes(applied.log_bytes);
  for (const Fork& fork : applied.forks) {
    wire::Fork* to = out.add_forks();
    to->set_incarnation(fork.incarnation.value);
    to->set_parent(fork.parent.value);
    to->set_seq(fork.seq.value);
  }
  return out.SerializeAsString();
}

Result<Applied> decode_applied(BytesView bytes) {
  SYNCLINE_ASSIGN(wire::Applied in, parse<wire::Applied>(bytes, "applied"));
  Applied applied;
  applied.incarnation = Incarnation(in.incarnation());
  applied.seq = LogSeq(in.seq());
  applied.index = LogIndex(in.index());
  if (!read_hash(in.hash(), &applied.hash)) return bad_hash("applied");
  applied.stamp_high = Stamp(in.stamp_high());
  applied.horizon = LogSeq(in.horizon());
  applied.synced_index = LogIndex(in.synced_index());
  applied.log_bytes = in.log_bytes();
  for (const wire::Fork& fork : in.forks())
    applied.forks.push_back(
        {Incarnation(fork.incarnation()), Incarnation(fork.parent()), LogSeq(fork.seq())});
  return applied;
}

Bytes encode_formers(const std::vector<LogPosition>& formers) {
  wire::FormerRecord out;
  for (const LogPosition& former : formers) {
    wire::LogPosition* to = out.add_formers();
    to->set_incarnation(former.incarnation.value);
    to->set_seq(former.seq.value);
  }
  return out.SerializeAsString();
}

Result<std::vector<LogPosition>> decode_formers(BytesView bytes) {
  SYNCLINE_ASSIGN(wire::FormerRecord in, parse<wire::FormerRecord>(bytes, "formers"));
  std::vector<LogPosition> formers;
  for (const wire::LogPosition& from : in.formers())
    formers.push_back({Incarnation(from.incarnation()), LogSeq(from.seq())});
  return formers;
}

Bytes encode_safe_mark(const SafeMark& mark) {
  wire::SafeMark out;
  out.set_seq(mark.seq.value);
  out.set_told_beyond(mark.told_beyond.value);
  return out.SerializeAsString();
}

Result<SafeMark> decode_safe_mark(BytesView bytes) {
  SYNCLINE_ASSIGN(wire::SafeMark in, parse<wire::SafeMark>(bytes, "safe mark"));
  return SafeMark{LogSeq(in.seq()), LogSeq(in.told_beyond())};
}

Bytes encode_state_indexes(const StateIndexesRecord& record) {
  wire::StateIndexesRecord out;
  out.set_last_number(record.last_number);
  out.set_schema_mark(record.schema_mark);
  for (const StateIndexRecord& index : record.indexes) {
    wire::StateIndexRecord* to = out.add_indexes();
    to->set_number(index.number);
    to->set_type(index.type.value);
    for (FieldNumber field : index.fields) to->add_fields(field.value);
    to->set_elements(index.elements);
    to->set_ready(index.ready);
    to->set_built_up_to(index.built_up_to.bytes);
  }
  return out.SerializeAsString();
}

Result<StateIndexesRecord> decode_state_indexes(BytesView bytes) {
  SYNCLINE_ASSIGN(wire::StateIndexesRecord in,
                  parse<wire::StateIndexesRecord>(bytes, "record of the state's indexes"));
  StateIndexesRecord out;
  out.last_number = in.last_number();
  out.schema_mark = in.schema_mark();
  for (const wire::StateIndexRecord& index : in.indexes()) {
    StateIndexRecord& to = out.indexes.emplace_back();
    to.number = index.number();
    to.type = TypeNumber(index.type());
    for (uint32_t field : index.fields()) to.fields.push_back(FieldNumber(field));
    to.elements = index.elements();
    to.ready = index.ready();
    to.built_up_to = {index.built_up_to()};
  }
  return out;
}

Bytes encode_rights(const RightsRecord& record) {
  wire::RightsRecord out;
  for (const RightsRecord::Type& from : record.types) {
    wire::TypeRightsRecord* to = out.add_types();
    to->set_type(from.type.value);
    to->set_role(from.role);
    to->set_file(from.file);
    to->set_pointer(from.pointer);
    to->set_why_none(from.why_none);
    write_object_mask(from.readable, to->mutable_readable());
    write_object_mask(from.writable, to->mutable_writable());
    to->set_insert(from.insert);
    to->set_remove(from.remove);
    to->set_write_filter(from.write_filter);
    if (from.write_when) to->add_write_when(*from.write_when);
    if (from.insert_when) to->add_insert_when(*from.insert_when);
    if (from.remove_when) to->add_remove_when(*from.remove_when);
  }
  return out.SerializeAsString();
}

Result<RightsRecord> decode_rights(BytesView bytes) {
  SYNCLINE_ASSIGN(wire::RightsRecord in, parse<wire::RightsRecord>(bytes, "rights"));
  RightsRecord record;
  bool well_formed = true;
  const auto condition = [&](const auto& from) -> std::optional<std::string> {
    well_formed = well_formed && from.size() <= 1;
    return from.empty() ? std::nullopt : std::optional<std::string>(from[0]);
  };
  for (const wire::TypeRightsRecord& from : in.types())
    record.types.push_back({TypeNumber(from.type()), from.role(), from.file(), from.pointer(),
                            from.why_none(), read_object_mask(from.readable()),
                            read_object_mask(from.writable()), from.insert(), from.remove(),
                            from.write_filter(), condition(from.write_when()),
                            condition(from.insert_when()), condition(from.remove_when())});
  if (!well_formed) return fail(ErrorCode::kMalformed, "rights with two conditions in one place");
  return record;
}

Bytes encode_view_record(const ViewRecord& record) {
  wire::ViewRecord out;
  out.set_defaults(record.defaults);
  out.set_version(record.version);
  const auto write = [](const ViewRecord::Type& from, wire::TypeViewRecord* to) {
    to->set_type(from.type.value);
    write_object_mask(from.mask, to->mutable_mask());
    for (const std::string& query : from.members) to->add_members(query);
    to->set_rule(from.rule);
  };
  for (const ViewRecord::Type& type : record.types) write(type, out.add_types());
  for (const ViewRecord::Type& target : record.targets) write(target, out.add_targets());
  return out.SerializeAsString();
}

Result<ViewRecord> decode_view_record(BytesView bytes) {
  SYNCLINE_ASSIGN(wire::ViewRecord in, parse<wire::ViewRecord>(bytes, "view"));
  ViewRecord record;
  record.defaults = in.defaults();
  record.version = in.version();
  const auto read = [](const wire::TypeViewRecord& from) {
    return ViewRecord::Type{TypeNumber(from.type()),
                            read_object_mask(from.mask()),
                            {from.members().begin(), from.members().end()},
                            from.rule()};
  };
  for (const wire::TypeViewRecord& from : in.types()) record.types.push_back(read(from));
  for (const wire::TypeViewRecord& from : in.targets()) record.targets.push_back(read(from));
  return record;
}

Bytes encode_node_hint(const NodeHint& hint) {
  wire::NodeHint out;
  out.set_seq(hint.seq.value);
  out.set_heard_ms(hint.heard_ms);
  return out.SerializeAsString();
}

Result<NodeHint> decode_node_hint(BytesView bytes) {
  SYNCLINE_ASSIGN(wire::NodeHint in, parse<wire::NodeHint>(bytes, "node hint"));
  return NodeHint{LogSeq(in.seq()), in.heard_ms()};
}

}  // namespace syncline
