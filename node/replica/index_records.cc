#include "node/replica/index_records.h"

#include "node/replica/byte_reader.h"
#include "node/replica/keys.h"

namespace syncline {
namespace {

enum Flag : uint8_t { kInCode = 1, kInSchema = 2, kReady = 4 };

Result<std::vector<IndexRecord>> read_below(const Reader& reader, const Bytes& prefix) {
  std::vector<IndexRecord> out;
  auto walk = reader.scan(prefix, prefix_end(prefix));
  for (; walk->valid(); walk->next()) {
    SYNCLINE_ASSIGN(out.emplace_back(), decode_index_record(walk->value()));
  }
  SYNCLINE_TRY(walk->status());
  return out;
}

}  // namespace

Bytes encode(const IndexRecord& record) {
  Bytes out;
  put_u32_big_endian(&out, record.number);
  put_u32_big_endian(&out, record.type.value);
  out.push_back(static_cast<char>(record.columns.size()));
  for (const query::TermPath& column : record.columns) {
    out.push_back(static_cast<char>(column.of));
    out.push_back(column.elements ? 1 : 0);
    out.push_back(static_cast<char>(column.fields.size()));
    for (const FieldNumber field : column.fields) put_u32_big_endian(&out, field.value);
  }
  out.push_back(static_cast<char>((record.in_code ? kInCode : 0) |
                                  (record.in_schema ? kInSchema : 0) |
                                  (record.ready ? kReady : 0)));
  put_sized(&out, record.built_to.bytes);
  put_u64_big_endian(&out, record.objects);
  put_u64_big_endian(&out, record.schema_mark);
  return out;
}

Result<IndexRecord> decode_index_record(BytesView bytes) {
  ByteReader reader(bytes);
  IndexRecord record;
  record.number = reader.u32();
  record.type = TypeNumber(reader.u32());
  bool known = true;
  for (uint8_t columns = reader.u8(); columns > 0 && reader.ok(); --columns) {
    query::TermPath& column = record.columns.emplace_back();
    const uint8_t of = reader.u8();
    known = known && of <= static_cast<uint8_t>(query::TermPath::Of::place);
    column.of = static_cast<query::TermPath::Of>(of);
    column.elements = reader.u8() == 1;
    for (uint8_t fields = reader.u8(); fields > 0 && reader.ok(); --fields)
      column.fields.emplace_back(reader.u32());
  }
  const uint8_t flags = reader.u8();
  record.in_code = (flags & kInCode) != 0;
  record.in_schema = (flags & kInSchema) != 0;
  record.ready = (flags & kReady) != 0;
  record.built_to.bytes = Bytes(reader.sized());
  record.objects = reader.u64();
  record.schema_mark = reader.u64();
  if (!reader.done() || !known || record.columns.empty())
    return fail(ErrorCode::kStoreDamaged,
                "the node's store: an index's definition does not read back; restore the store or "
                "enrol the node anew");
  return record;
}

Result<std::vector<IndexRecord>> read_indexes(const Reader& reader) {
  return read_below(reader, node_keys::meta::indexes());
}

Result<std::vector<IndexRecord>> read_indexes(const Reader& reader, TypeNumber type) {
  return read_below(reader, node_keys::meta::indexes_of(type));
}

}  // namespace syncline
