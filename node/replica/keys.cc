#include "node/replica/keys.h"

#include <fmt/format.h>

#include "node/replica/byte_reader.h"

namespace syncline {
namespace {

std::unexpected<Error> damaged(std::string_view what) {
  return fail(
      ErrorCode::kStoreDamaged,
      fmt::format(
          "the node's store: {} does not read back; restore the store or enrol the node anew",
          what));
}

Bytes object_key_in(Keyspace space, const ObjectName& name) {
  return KeyBuilder(space).u32(name.type.value).tail(name.key.bytes).take();
}

Bytes order_key(Keyspace space, uint64_t order) { return KeyBuilder(space).u64(order).take(); }

Bytes meta_key(BytesView name) { return KeyBuilder(Keyspace::node_meta).tail(name).take(); }

enum StagingPart : uint8_t { kRecord = 1, kDecision = 2, kFragment = 3 };

}  // namespace

namespace node_keys {

Bytes row(const ObjectName& name) { return object_key_in(Keyspace::node_row, name); }
Bytes overlay(const ObjectName& name) { return object_key_in(Keyspace::node_overlay, name); }
Bytes written(uint64_t order) { return order_key(Keyspace::node_written, order); }
Bytes payload(uint64_t order) { return order_key(Keyspace::node_payload, order); }
Bytes receipt(uint64_t order) { return order_key(Keyspace::node_receipt, order); }
Bytes kept(uint64_t order) { return order_key(Keyspace::node_kept, order); }
Bytes touched_by_all(const ObjectName& name) {
  return KeyBuilder(Keyspace::node_touched_by).u32(name.type.value).part(name.key.bytes).take();
}
Bytes touched_by(const ObjectName& name, uint64_t order) {
  return KeyBuilder(Keyspace::node_touched_by)
      .u32(name.type.value)
      .part(name.key.bytes)
      .u64(order)
      .take();
}
Bytes journal(LogSeq seq, const ChangesetName& name) {
  return KeyBuilder(Keyspace::node_journal)
      .u64(seq.value)
      .u64(name.epoch.value)
      .u64(name.number)
      .take();
}
Bytes journal_name(const ChangesetName& name) {
  return KeyBuilder(Keyspace::node_journal_name).u64(name.epoch.value).u64(name.number).take();
}
Bytes epoch(Epoch epoch) { return order_key(Keyspace::node_epoch, epoch.value); }
Bytes staging_row(const ObjectName& name) {
  return object_key_in(Keyspace::node_staging_row, name);
}
Bytes staging_gone(const ObjectName& name) {
  return object_key_in(Keyspace::node_staging_gone, name);
}
Bytes subscription_set(int64_t version) {
  return order_key(Keyspace::node_subscription_set, static_cast<uint64_t>(version));
}
Bytes staging_record() { return KeyBuilder(Keyspace::node_staging_meta).u8(kRecord).take(); }
Bytes staging_fragments() { return KeyBuilder(Keyspace::node_staging_meta).u8(kFragment).take(); }
Bytes staging_fragment(uint64_t offset) {
  return KeyBuilder(Keyspace::node_staging_meta).u8(kFragment).u64(offset).take();
}
Bytes staging_decisions() { return KeyBuilder(Keyspace::node_staging_meta).u8(kDecision).take(); }
Bytes staging_decision(uint64_t n) {
  return KeyBuilder(Keyspace::node_staging_meta).u8(kDecision).u64(n).take();
}

Bytes index_entries(uint32_t number) { return KeyBuilder(Keyspace::node_index).u32(number).take(); }

Bytes all(Keyspace keyspace) { return KeyBuilder(keyspace).take(); }
Bytes rows_of(TypeNumber type) { return KeyBuilder(Keyspace::node_row).u32(type.value).take(); }
Bytes overlays_of(TypeNumber type) {
  return KeyBuilder(Keyspace::node_overlay).u32(type.value).take();
}
Bytes staging_rows_of(TypeNumber type) {
  return KeyBuilder(Keyspace::node_staging_row).u32(type.value).take();
}

Result<ObjectName> object_of(BytesView key) {
  KeyReader reader(key);
  ObjectName name;
  name.type = TypeNumber(reader.u32());
  name.key.bytes = Bytes(reader.tail());
  if (!reader.ok() || name.key.bytes.empty()) return damaged("an object's key");
  return name;
}

Result<uint64_t> order_of(BytesView key) {
  KeyReader reader(key);
  const uint64_t order = reader.u64();
  if (!reader.at_end()) return damaged("a changeset's key");
  return order;
}

Result<uint64_t> order_of_touched_by(BytesView key) {
  KeyReader reader(key);
  reader.u32();
  reader.part();
  const uint64_t order = reader.u64();
  if (!reader.at_end()) return damaged("a key that says what touches an object");
  return order;
}

namespace meta {
Bytes format() { return meta_key("format"); }
Bytes node() { return meta_key("node"); }
Bytes view() { return meta_key("view"); }
Bytes writer() { return meta_key("writer"); }
Bytes synced() { return meta_key("synced"); }
Bytes schema() { return meta_key("schema"); }
Bytes user() { return meta_key("user"); }
Bytes rights() { return meta_key("rights"); }
Bytes outside() { return meta_key("outside"); }
Bytes receipts_from() { return meta_key("receipts_from"); }
Bytes kept() { return meta_key("kept"); }
Bytes forks() { return meta_key("forks"); }
Bytes indexes() { return meta_key("index"); }
Bytes indexes_of(TypeNumber type) {
  Bytes key = indexes();
  put_u32_big_endian(&key, type.value);
  return key;
}
Bytes index(TypeNumber type, uint32_t number) {
  Bytes key = indexes_of(type);
  put_u32_big_endian(&key, number);
  return key;
}
}  // namespace meta
}  // namespace node_keys

Bytes encode_u64(uint64_t value) {
  Bytes out;
  put_u64_big_endian(&out, value);
  return out;
}

Result<uint64_t> decode_u64(BytesView bytes) {
  ByteReader reader(bytes);
  const uint64_t value = reader.u64();
  if (!reader.done()) return damaged("a number");
  return value;
}

Bytes encode(const ViewMark& mark) {
  Bytes out;
  put_cursor(&out, mark.cursor);
  put_hash(&out, mark.token);
  put_u64_big_endian(&out, mark.token_since.value);
  return out;
}

Result<ViewMark> decode_view_mark(BytesView bytes) {
  ByteReader reader(bytes);
  ViewMark mark;
  mark.cursor = reader.cursor();
  mark.token = reader.hash();
  mark.token_since = LogSeq(reader.u64());
  if (!reader.done()) return damaged("the cursor");
  return mark;
}

Bytes encode(const WriterMark& mark) {
  Bytes out;
  put_u64_big_endian(&out, mark.epoch.value);
  put_u64_big_endian(&out, mark.number);
  put_hash(&out, mark.hash);
  put_u64_big_endian(&out, mark.next_order);
  return out;
}

Result<WriterMark> decode_writer_mark(BytesView bytes) {
  ByteReader reader(bytes);
  WriterMark mark;
  mark.epoch = Epoch(reader.u64());
  mark.number = reader.u64();
  mark.hash = reader.hash();
  mark.next_order = reader.u64();
  if (!reader.done()) return damaged("the last epoch's record");
  return mark;
}

Bytes encode_written(const WrittenRecord& record, const std::vector<ObjectName>& objects,
                     BytesView payload) {
  Bytes named;
  for (const ObjectName& object : objects) {
    put_u32_big_endian(&named, object.type.value);
    put_sized(&named, object.key.bytes);
  }
  Bytes out;
  put_name(&out, record.name);
  put_hash(&out, record.hash);
  put_hash(&out, record.previous);
  put_u64_big_endian(&out, record.bytes);
  out.push_back(static_cast<char>(record.formers.size()));
  for (const LogPosition& former : record.formers) {
    put_u64_big_endian(&out, former.incarnation.value);
    put_u64_big_endian(&out, former.seq.value);
  }
  put_sized(&out, named);
  if (!stands_apart(payload.size())) out.append(payload);
  return out;
}

Result<WrittenView> decode_written(BytesView bytes) {
  ByteReader reader(bytes);
  WrittenView written;
  written.record.name = reader.name();
  written.record.hash = reader.hash();
  written.record.previous = reader.hash();
  written.record.bytes = reader.u64();
  for (uint8_t count = reader.u8(); count > 0 && reader.ok(); --count) {
    const Incarnation incarnation(reader.u64());
    written.record.formers.push_back({incarnation, LogSeq(reader.u64())});
  }
  written.objects = reader.sized();
  written.payload = reader.rest();
  const uint64_t inline_bytes = written.apart() ? 0 : written.record.bytes;
  if (!reader.ok() || written.payload.size() != inline_bytes)
    return damaged("a written changeset's record");
  return written;
}

Result<std::vector<ObjectName>> objects_of(const WrittenView& written) {
  std::vector<ObjectName> out;
  ByteReader reader(written.objects);
  while (reader.ok() && !reader.done()) {
    const TypeNumber type(reader.u32());
    out.push_back({type, {Bytes(reader.sized())}});
  }
  if (!reader.ok()) return damaged("the list of what a written changeset touches");
  return out;
}

Bytes encode(const EpochMark& mark) {
  Bytes out;
  put_u64_big_endian(&out, mark.first_order);
  if (mark.parent) {
    put_u64_big_endian(&out, mark.parent->first.value);
    put_u64_big_endian(&out, mark.parent->second);
  }
  return out;
}

Result<EpochMark> decode_epoch_mark(BytesView bytes) {
  ByteReader reader(bytes);
  EpochMark mark;
  mark.first_order = reader.u64();
  if (reader.ok() && !reader.done()) {
    const Epoch parent(reader.u64());
    mark.parent = {parent, reader.u64()};
  }
  if (!reader.done()) return damaged("an epoch's record");
  return mark;
}

Bytes encode_overlay(const Touches& touches, const Bytes* row) {
  Bytes out;
  out.push_back(static_cast<char>(touches.listed.size()));
  for (const Touch& touch : touches.listed) {
    put_u64_big_endian(&out, touch.order);
    put_u32_big_endian(&out, touch.group);
  }
  put_u64_big_endian(&out, touches.more);
  out.push_back(row != nullptr ? 1 : 0);
  if (row != nullptr) out.append(*row);
  return out;
}

Result<OverlayRecord> decode_overlay(BytesView bytes) {
  ByteReader reader(bytes);
  OverlayRecord record;
  const uint8_t listed = reader.u8();
  for (uint8_t i = 0; i < listed && reader.ok(); ++i) {
    const uint64_t order = reader.u64();
    record.touches.listed.push_back({order, reader.u32()});
  }
  record.touches.more = reader.u64();
  const uint8_t present = reader.u8();
  record.present = present == 1;
  record.row = reader.rest();
  if (!reader.ok() || present > 1 || record.touches.empty() || listed > Touches::kListedMax ||
      (!record.present && !record.row.empty()))
    return damaged("an object's overlay");
  return record;
}

Bytes encode(const StagingRecord& record) {
  Bytes out;
  out.push_back(static_cast<char>(record.kind));
  put_cursor(&out, record.from);
  put_hash(&out, record.token);
  put_u64_big_endian(&out, record.first_seq.value);
  put_u32_big_endian(&out, record.next_part);
  out.push_back(record.any ? 1 : 0);
  put_u32_big_endian(&out, record.last.type.value);
  put_sized(&out, record.last.key.bytes);
  for (uint64_t v : {record.decisions, record.rows, record.bytes, record.done, record.total,
                     record.fragment_bytes, record.incarnation.value})
    put_u64_big_endian(&out, v);
  return out;
}

Result<StagingRecord> decode_staging(BytesView bytes) {
  ByteReader reader(bytes);
  StagingRecord record;
  record.kind = reader.u8();
  record.from = reader.cursor();
  record.token = reader.hash();
  record.first_seq = LogSeq(reader.u64());
  record.next_part = reader.u32();
  record.any = reader.u8() != 0;
  record.last.type = TypeNumber(reader.u32());
  record.last.key.bytes = Bytes(reader.sized());
  for (uint64_t* v : {&record.decisions, &record.rows, &record.bytes, &record.done, &record.total,
                      &record.fragment_bytes})
    *v = reader.u64();
  record.incarnation = Incarnation(reader.u64());
  if (!reader.done()) return damaged("the record of what is staged");
  return record;
}

Bytes encode(const KeptMark& mark) {
  Bytes out;
  for (uint64_t v : {mark.count, mark.bytes, mark.safe.value, mark.let_go.incarnation.value,
                     mark.let_go.seq.value})
    put_u64_big_endian(&out, v);
  return out;
}

Result<KeptMark> decode_kept_mark(BytesView bytes) {
  ByteReader reader(bytes);
  KeptMark mark;
  mark.count = reader.u64();
  mark.bytes = reader.u64();
  mark.safe = LogSeq(reader.u64());
  mark.let_go.incarnation = Incarnation(reader.u64());
  mark.let_go.seq = LogSeq(reader.u64());
  if (!reader.done()) return damaged("the record of what is kept");
  return mark;
}

Bytes encode(const Forks& forks) {
  Bytes out;
  for (const Fork& fork : forks)
    for (uint64_t v : {fork.incarnation.value, fork.parent.value, fork.seq.value})
      put_u64_big_endian(&out, v);
  return out;
}

Result<Forks> decode_forks(BytesView bytes) {
  ByteReader reader(bytes);
  Forks forks;
  while (reader.ok() && !reader.done()) {
    Fork fork;
    fork.incarnation = Incarnation(reader.u64());
    fork.parent = Incarnation(reader.u64());
    fork.seq = LogSeq(reader.u64());
    forks.push_back(fork);
  }
  if (!reader.ok()) return damaged("the record of forks");
  return forks;
}

}  // namespace syncline
