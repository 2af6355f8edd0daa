// The definitions of a node's indexes: one record each, in node_meta. Who reads them on a snapshot
// knows which indexes hold there, and for which schema. Pure but for the reader; any thread.
#pragma once

#include <vector>

#include "node/query/index_terms.h"
#include "proto/operation.h"
#include "storage/store.h"

namespace syncline {

struct IndexRecord {
  uint32_t number = 0;  // of its entries; of its own in this store
  TypeNumber type;
  std::vector<query::TermPath> columns;
  // Who wants it; without either it goes.
  bool in_code = false;
  bool in_schema = false;
  // Not yet: objects up to `built_to` are in it, and so is whatever was written since it began.
  bool ready = false;
  ObjectKey built_to;
  uint64_t objects = 0;  // looked at while it is built; then how many there are, about
  // Under which the entries were made: what a missing field reads as may differ under another.
  uint64_t schema_mark = 0;
  bool operator==(const IndexRecord&) const = default;

  bool same_index(const IndexRecord& other) const {
    return type == other.type && columns == other.columns;
  }
};

Bytes encode(const IndexRecord& record);
Result<IndexRecord> decode_index_record(BytesView bytes);  // kStoreDamaged
// All, or those of a type, by type and number. kStoreDamaged, kIo.
Result<std::vector<IndexRecord>> read_indexes(const Reader& reader);
Result<std::vector<IndexRecord>> read_indexes(const Reader& reader, TypeNumber type);

}  // namespace syncline
