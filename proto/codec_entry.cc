// What the authority decided: outcomes, effects, entries, decisions.
#include "proto/codec_internal.h"

namespace syncline {
namespace codec {
namespace {

void put_outcome(Encoder& e, uint32_t field, const Outcome& outcome) {
  const size_t start = e.out.open(field);
  e.out.number(1, outcome.ordinal);
  e.out.number(2, static_cast<uint64_t>(outcome.verdict));
  e.out.number(3, static_cast<uint64_t>(outcome.reason));
  e.out.bytes(4, outcome.text);
  e.out.number(5, outcome.superseded_by.value);
  e.out.flag(6, outcome.by_reset);
  e.out.close(start);
}

bool read_outcome(Decoder& d, BytesView bytes, Outcome* outcome) {
  bool has_verdict = false;
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        if (!d.read_u32(r, "Outcome.ordinal", &outcome->ordinal)) return false;
        break;
      case varint_key(2):
        if (!d.read_enum(r, "Outcome.verdict", Verdict::refused, &outcome->verdict)) return false;
        has_verdict = r.number() != 0;
        break;
      case varint_key(3):
        if (!d.read_enum(r, "Outcome.reason", Reason::insert_only, &outcome->reason)) return false;
        break;
      case bytes_key(4):
        if (!d.read_text(r, "Outcome.text", &outcome->text)) return false;
        break;
      case varint_key(5):
        outcome->superseded_by = LogSeq(r.number());
        break;
      case varint_key(6):
        if (!d.read_flag(r, "Outcome.by_reset", &outcome->by_reset)) return false;
        break;
      default:
        return d.unknown(r, "Outcome");
    }
  }
  if (!d.finish(r, "Outcome")) return false;
  return has_verdict || d.malformed("Outcome.verdict: missing");
}

bool append_outcome(Decoder& d, BytesView bytes, std::vector<Outcome>* outcomes) {
  return d.check_count(*outcomes, "outcomes", limits::kOperationsPerChangesetMax) &&
         read_outcome(d, bytes, &outcomes->emplace_back());
}

void put_object_effect(Encoder& e, uint32_t field, const ObjectEffect& effect) {
  const size_t start = e.out.open(field);
  e.out.number(1, effect.object.type.value);
  put_value(e, 2, effect.id);
  e.out.number(3, static_cast<uint64_t>(effect.change));
  for (const Effect& one : effect.effects) put_effect(e, 4, one);
  for (const Effect& one : effect.earlier) put_effect(e, 5, one);
  if (effect.merge) put_merge_scope(e, 6, effect.merge->root);
  for (const auto& one : effect.merge_effects) put_merge_effect(e, 7, one);
  e.out.close(start);
}

bool read_object_effect(Decoder& d, BytesView bytes, ObjectEffect* effect) {
  bool has_id = false;
  bool has_change = false;
  Reader r(bytes, Reader::repeated(4, 5, 7));
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        if (!d.read_u32(r, "ObjectEffect.type", &effect->object.type.value)) return false;
        break;
      case bytes_key(2):
        if (!read_object_id(d, r.bytes(), &effect->id, &effect->object.key)) return false;
        has_id = true;
        break;
      case varint_key(3):
        if (!d.read_enum(r, "ObjectEffect.change", ObjectEffect::Change::unchanged,
                         &effect->change)) {
          return false;
        }
        has_change = r.number() != 0;
        break;
      case bytes_key(4):
        if (!read_effect(d, r.bytes(), &effect->effects.emplace_back())) return false;
        break;
      case bytes_key(5):
        if (!read_effect(d, r.bytes(), &effect->earlier.emplace_back())) return false;
        break;
      case bytes_key(6):
        if (!read_merge_scope(d, r.bytes(), &effect->merge.emplace().root)) return false;
        break;
      case bytes_key(7):
        if (!read_merge_effect(d, r.bytes(), &effect->merge_effects.emplace_back())) return false;
        break;
      default:
        return d.unknown(r, "ObjectEffect");
    }
  }
  if (!d.finish(r, "ObjectEffect")) return false;
  return (has_id && has_change) || d.malformed("ObjectEffect: without id or change");
}

bool read_role(Decoder& d, BytesView bytes, std::pair<TypeNumber, std::string>* role) {
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        if (!d.read_u32(r, "Entry.Role.type", &role->first.value)) return false;
        break;
      case bytes_key(2):
        if (!d.read_text(r, "Entry.Role.role", &role->second)) return false;
        break;
      default:
        return d.unknown(r, "Entry.Role");
    }
  }
  return d.finish(r, "Entry.Role");
}

// The fields before the outcomes.
void put_entry_head(Writer& out, const Entry& entry) {
  out.number(1, entry.seq.value);
  out.fixed64(2, entry.incarnation.value);
  out.fixed64(3, entry.name.origin.value);
  out.fixed64(4, entry.name.epoch.value);
  out.number(5, entry.name.number);
  out.bytes(6, entry.payload);
  out.hash(7, entry.payload_hash);
  out.bytes(8, entry.envelope);
  out.fixed64(9, entry.courier.value);
  out.signed_number(10, entry.arrival_ms);
  out.fixed64(11, entry.stamp.value);
  out.fixed64(12, entry.stamp_high.value);
  out.bytes(13, entry.user);
  for (const auto& [type, role] : entry.roles) {
    const size_t start = out.open(14);
    out.number(1, type.value);
    out.bytes(2, role);
    out.close(start);
  }
}

bool read_entry_head(Decoder& d, const Reader& r, Entry* entry) {
  switch (r.key()) {
    case varint_key(1):
      entry->seq = LogSeq(r.number());
      return true;
    case fixed64_key(2):
      entry->incarnation = Incarnation(r.number());
      return true;
    case fixed64_key(3):
      entry->name.origin = NodeId(r.number());
      return true;
    case fixed64_key(4):
      entry->name.epoch = Epoch(r.number());
      return true;
    case varint_key(5):
      entry->name.number = r.number();
      return true;
    case bytes_key(6):
      return d.read_bytes(r, "Entry.payload, in bytes", limits::kChangesetBytesMax,
                          &entry->payload);
    case bytes_key(7):
      return d.read_hash(r, "Entry.payload_hash", &entry->payload_hash);
    case bytes_key(8):
      return d.read_bytes(r, "Entry.envelope, in bytes", limits::kMessageBytesMax,
                          &entry->envelope);
    case fixed64_key(9):
      entry->courier = NodeId(r.number());
      return true;
    case varint_key(10):
      entry->arrival_ms = r.signed_number();
      return true;
    case fixed64_key(11):
      entry->stamp = Stamp(r.number());
      return true;
    case fixed64_key(12):
      entry->stamp_high = Stamp(r.number());
      return true;
    case bytes_key(13):
      return d.read_text(r, "Entry.user", &entry->user);
    case bytes_key(14):
      return d.check_count(entry->roles, "Entry.roles", limits::kTypesMax) &&
             read_role(d, r.bytes(), &entry->roles.emplace_back());
    default:
      return d.unknown(r, "Entry");
  }
}

bool read_entry(Decoder& d, BytesView bytes, Entry* entry) {
  Reader r(bytes, Reader::repeated(14, 15, 16, 17, 21));
  while (r.next()) {
    bool read = false;
    switch (r.key()) {
      case bytes_key(15):
        read = append_outcome(d, r.bytes(), &entry->outcomes);
        break;
      case bytes_key(16):
        read = read_write(d, r.bytes());
        break;
      case bytes_key(17):
        read = d.check_count(entry->objects, "Entry.objects", limits::kOperationsPerChangesetMax) &&
               read_object_effect(d, r.bytes(), &entry->objects.emplace_back());
        break;
      case fixed64_key(18):
        entry->gateway = NodeId(r.number());
        read = true;
        break;
      case varint_key(19):
        entry->gateway_seq = LogSeq(r.number());
        read = true;
        break;
      case varint_key(20):
        read = d.read_u32(r, "Entry.envelope_back", &entry->envelope_back);
        break;
      case bytes_key(21):
        read = d.check_count(entry->formers, "Entry.formers", limits::kFormersMax) &&
               read_position(d, r.bytes(), &entry->formers.emplace_back());
        break;
      default:
        read = read_entry_head(d, r, entry);
    }
    if (!read) return false;
  }
  return d.finish(r, "Entry");
}

bool read_object_delta(Decoder& d, BytesView bytes, ObjectDelta* delta) {
  bool has_kind = false;
  Reader r(bytes, Reader::repeated(6));
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        if (!d.read_enum(r, "ObjectDelta.kind", ObjectDelta::Kind::leave, &delta->kind)) {
          return false;
        }
        has_kind = r.number() != 0;
        break;
      case varint_key(2):
        if (!d.read_u32(r, "ObjectDelta.type", &delta->object.type.value)) return false;
        break;
      case bytes_key(3):
        delta->object.key.bytes.assign(r.bytes());
        if (!id_of(delta->object.key)) return d.malformed("ObjectDelta.key: no object key");
        break;
      case varint_key(4):
        delta->seq = LogSeq(r.number());
        break;
      case bytes_key(5):
        delta->row.assign(r.bytes());
        break;
      case bytes_key(6):
        if (!read_effect(d, r.bytes(), &delta->effects.emplace_back())) return false;
        break;
      default:
        return d.unknown(r, "ObjectDelta");
    }
  }
  if (!d.finish(r, "ObjectDelta")) return false;
  if (!has_kind) return d.malformed("ObjectDelta.kind: missing");
  if (delta->object.key.bytes.empty()) return d.malformed("ObjectDelta.key: missing");
  const bool enters = delta->kind == ObjectDelta::Kind::enter;
  if (enters == delta->row.empty()) return d.malformed("ObjectDelta.row: missing, or not to enter");
  return delta->kind == ObjectDelta::Kind::update || delta->effects.empty() ||
         d.malformed("ObjectDelta.effects: not to update");
}

}  // namespace

void put_effect(Encoder& e, uint32_t field, const Effect& effect) {
  const size_t start = e.out.open(field);
  e.out.number(1, static_cast<uint64_t>(effect.kind));
  put_path(e, 2, effect.path);
  if (effect.kind == Effect::Kind::put) put_item(e, 3, effect.item);
  e.out.bytes(4, effect.position.bytes);
  e.out.close(start);
}

bool read_effect(Decoder& d, BytesView bytes, Effect* effect) {
  bool has_kind = false;
  bool has_item = false;
  Reader r(bytes, Reader::repeated(2));
  while (r.next()) {
    DepthGuard depth(d, static_cast<int>(effect->path.size()));
    switch (r.key()) {
      case varint_key(1):
        if (!d.read_enum(r, "Effect.kind", Effect::Kind::move, &effect->kind)) return false;
        has_kind = r.number() != 0;
        break;
      case bytes_key(2):
        if (!read_path_step(d, r, &effect->path)) return false;
        break;
      case bytes_key(3):
        if (!read_value(d, r.bytes(), Allow::items, nullptr, &effect->item)) return false;
        has_item = true;
        break;
      case bytes_key(4):
        if (!d.read_position(r, &effect->position)) return false;
        break;
      default:
        return d.unknown(r, "Effect");
    }
  }
  if (!d.finish(r, "Effect")) return false;
  if (!has_kind) return d.malformed("Effect.kind: missing");
  return has_item == (effect->kind == Effect::Kind::put) ||
         d.malformed("Effect.item: missing, or not to put");
}

void put_decision_fields(Encoder& e, const Decision& decision) {
  e.out.fixed64(1, decision.name.origin.value);
  e.out.fixed64(2, decision.name.epoch.value);
  e.out.number(3, decision.name.number);
  e.out.hash(4, decision.payload_hash);
  e.out.number(5, decision.seq.value);
  e.out.number(6, static_cast<uint64_t>(decision.state));
  for (const Outcome& outcome : decision.outcomes) put_outcome(e, 7, outcome);
}

bool read_decision(Decoder& d, BytesView bytes, Decision* decision) {
  bool has_state = false;
  Reader r(bytes, Reader::repeated(7));
  while (r.next()) {
    switch (r.key()) {
      case fixed64_key(1):
        decision->name.origin = NodeId(r.number());
        break;
      case fixed64_key(2):
        decision->name.epoch = Epoch(r.number());
        break;
      case varint_key(3):
        decision->name.number = r.number();
        break;
      case bytes_key(4):
        if (!d.read_hash(r, "Decision.payload_hash", &decision->payload_hash)) return false;
        break;
      case varint_key(5):
        decision->seq = LogSeq(r.number());
        break;
      case varint_key(6):
        if (!d.read_enum(r, "Decision.state", DecisionState::accepted_at_site, &decision->state)) {
          return false;
        }
        has_state = r.number() != 0;
        break;
      case bytes_key(7):
        if (!append_outcome(d, r.bytes(), &decision->outcomes)) return false;
        break;
      default:
        return d.unknown(r, "Decision");
    }
  }
  if (!d.finish(r, "Decision")) return false;
  return has_state || d.malformed("Decision.state: missing");
}

}  // namespace codec

Bytes encode_entry(const Entry& entry) {
  // The objects fill the table of writes that stands before them.
  codec::WriteTable table;
  codec::Encoder objects(512);
  objects.writes = &table;
  for (const ObjectEffect& effect : entry.objects) codec::put_object_effect(objects, 17, effect);

  codec::Encoder e(entry.payload.size() + entry.envelope.size() + objects.out.size() + 512);
  codec::put_entry_head(e.out, entry);
  for (const Outcome& outcome : entry.outcomes) codec::put_outcome(e, 15, outcome);
  codec::put_writes(e, 16, table.writes());
  e.out.append(objects.out.take());
  e.out.fixed64(18, entry.gateway.value);
  e.out.number(19, entry.gateway_seq.value);
  e.out.number(20, entry.envelope_back);
  for (const LogPosition& former : entry.formers) codec::put_position(e, 21, former);
  return e.out.take();
}

Result<Entry> decode_entry(BytesView bytes) {
  using namespace codec;
  return decode_with<Entry>(bytes, "Entry", limits::kEntryBytesMax, read_entry);
}

Bytes encode_decision(const Decision& decision) {
  codec::Encoder e;
  codec::put_decision_fields(e, decision);
  return e.out.take();
}

Result<Decision> decode_decision(BytesView bytes) {
  using namespace codec;
  return decode_with<Decision>(bytes, "Decision", kStoredBytesMax, read_decision);
}

Bytes encode_object_delta(const ObjectDelta& delta) {
  codec::Encoder e(delta.row.size() + 128);
  e.out.number(1, static_cast<uint64_t>(delta.kind));
  e.out.number(2, delta.object.type.value);
  e.out.bytes(3, delta.object.key.bytes);
  e.out.number(4, delta.seq.value);
  e.out.bytes(5, delta.row);
  for (const Effect& effect : delta.effects) codec::put_effect(e, 6, effect);
  return e.out.take();
}

Result<ObjectDelta> decode_object_delta(BytesView bytes) {
  using namespace codec;
  return decode_with<ObjectDelta>(bytes, "ObjectDelta", kStoredBytesMax, read_object_delta);
}

Bytes encode_cursor(const Cursor& cursor) {
  codec::Encoder e(64);
  e.out.fixed64(1, cursor.incarnation.value);
  e.out.number(2, cursor.seq.value);
  e.out.hash(3, cursor.hash);
  return e.out.take();
}

Result<Cursor> decode_cursor(BytesView bytes) {
  using namespace codec;
  return decode_with<Cursor>(bytes, "Cursor", 128, read_cursor);
}

}  // namespace syncline
