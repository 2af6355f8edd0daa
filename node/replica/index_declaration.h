// From an index as people declare it, by names, to its columns, by numbers. Pure; any thread.
#pragma once

#include "node/replica/index_records.h"
#include "proto/schema.h"
#include "syncline/indexes.h"

namespace syncline {

inline constexpr size_t kIndexesPerTypeMax = 32;
inline constexpr size_t kIndexColumnsMax = 8;

// Its type and columns; nothing else is set. kNotFound: there is no such type or field, with the
// nearest that there is. kUsage: the field has nothing that an index of that kind could hold.
// kTooLarge: too many columns.
Result<IndexRecord> resolve_index(const Schema& schema, const Index& index);
// All of them, each once. Also kTooLarge: too many for one type.
Result<std::vector<IndexRecord>> resolve_indexes(const Schema& schema,
                                                 const std::vector<Index>& indexes);
// Back; nothing if a field is no more.
std::optional<Index> index_of(const Schema& schema, const IndexRecord& record);

// Whether the fields of the index are there, and the same in both schemas.
bool is_same_index_under(const Schema& before, const Schema& now, const IndexRecord& record);

}  // namespace syncline
