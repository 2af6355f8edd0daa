#include "node/authority/state_keys.h"

namespace syncline::state_keys {

Bytes row(const ObjectName& name) {
  return KeyBuilder(Keyspace::state_row).u32(name.type.value).tail(name.key.bytes).take();
}
Bytes merge(const ObjectName& name) {
  return KeyBuilder(Keyspace::state_merge).u32(name.type.value).tail(name.key.bytes).take();
}
Bytes by_seq(TypeNumber type, LogSeq seq, const ObjectKey& key) {
  return KeyBuilder(Keyspace::state_by_seq).u32(type.value).u64(seq.value).tail(key.bytes).take();
}
Bytes decision_run(const ChangesetName& name) {
  return KeyBuilder(Keyspace::state_decision)
      .u64(name.origin.value)
      .u64(name.epoch.value)
      .u64(name.number)
      .take();
}
Bytes former(const ChangesetName& name) {
  return KeyBuilder(Keyspace::state_former)
      .u64(name.origin.value)
      .u64(name.epoch.value)
      .u64(name.number)
      .take();
}
Bytes origin(NodeId origin) { return KeyBuilder(Keyspace::state_origin).u64(origin.value).take(); }
Bytes entry_run(LogSeq seq) { return KeyBuilder(Keyspace::state_entry).u64(seq.value).take(); }
Bytes entry_runs() { return KeyBuilder(Keyspace::state_entry).take(); }
Bytes decision_runs() { return KeyBuilder(Keyspace::state_decision).take(); }
Bytes view(NodeId node, const Hash& token) {
  return KeyBuilder(Keyspace::state_view).u64(node.value).tail(token.view()).take();
}
Bytes type_count(TypeNumber type) {
  return KeyBuilder(Keyspace::state_type_count).u32(type.value).take();
}
Bytes node_hint(NodeId node) {
  return KeyBuilder(Keyspace::state_node_hint).u64(node.value).take();
}
Bytes staged_part(const ChangesetName& name, uint64_t offset) {
  return KeyBuilder(Keyspace::state_staged)
      .u64(name.origin.value)
      .u64(name.epoch.value)
      .u64(name.number)
      .u64(offset)
      .take();
}
Bytes applied() { return KeyBuilder(Keyspace::state_meta).tail("applied").take(); }
Bytes safe() { return KeyBuilder(Keyspace::state_meta).tail("safe").take(); }
Bytes indexes() { return KeyBuilder(Keyspace::state_meta).tail("indexes").take(); }
Bytes index(uint32_t number, BytesView value, const ObjectKey& key) {
  return KeyBuilder(Keyspace::state_index).u32(number).part(value).tail(key.bytes).take();
}

Bytes rows() { return KeyBuilder(Keyspace::state_row).take(); }
Bytes rows_of(TypeNumber type) { return KeyBuilder(Keyspace::state_row).u32(type.value).take(); }
Bytes merges() { return KeyBuilder(Keyspace::state_merge).take(); }
Bytes merges_of(TypeNumber type) {
  return KeyBuilder(Keyspace::state_merge).u32(type.value).take();
}
Bytes by_seq_of(TypeNumber type) {
  return KeyBuilder(Keyspace::state_by_seq).u32(type.value).take();
}
Bytes views_of(NodeId node) { return KeyBuilder(Keyspace::state_view).u64(node.value).take(); }
Bytes staged_parts_of(const ChangesetName& name) {
  return KeyBuilder(Keyspace::state_staged)
      .u64(name.origin.value)
      .u64(name.epoch.value)
      .u64(name.number)
      .take();
}
Bytes staged_parts_of(NodeId origin) {
  return KeyBuilder(Keyspace::state_staged).u64(origin.value).take();
}
Bytes index_rows_of(uint32_t number) {
  return KeyBuilder(Keyspace::state_index).u32(number).take();
}
Bytes index_rows_of(uint32_t number, BytesView value) {
  return KeyBuilder(Keyspace::state_index).u32(number).part(value).take();
}

bool is_row(BytesView key) {
  return key.size() > 1 + 4 && key[0] == static_cast<char>(Keyspace::state_row);
}
ObjectName object_of_row(BytesView key) {
  return {TypeNumber(get_u32_big_endian(key.substr(1))), key_of_row(key)};
}
ObjectKey key_of_row(BytesView key) { return {Bytes(key.substr(1 + 4))}; }
LogSeq first_of_entry_run(BytesView key) { return LogSeq(get_u64_big_endian(key.substr(1))); }
std::pair<LogSeq, ObjectKey> parts_of_by_seq(BytesView key) {
  return {LogSeq(get_u64_big_endian(key.substr(1 + 4))), {Bytes(key.substr(1 + 4 + 8))}};
}
std::pair<Bytes, ObjectKey> parts_of_index(BytesView key) {
  KeyReader reader(key);
  reader.u32();
  std::pair<Bytes, ObjectKey> parts;
  parts.first = reader.part();
  parts.second.bytes = reader.tail();
  return parts;
}

}  // namespace syncline::state_keys
