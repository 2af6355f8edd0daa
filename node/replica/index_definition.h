// From an index as it is declared, by names, to a definition of columns, and back. Pure; any
// thread.
#pragma once

#include <optional>

#include "node/model/index_declaration.h"
#include "node/replica/index_records.h"

namespace syncline {

// Its type and columns; nothing else is set. Errors: resolve_index().
Result<IndexRecord> define_index(const Schema& schema, const Index& index);
// All of them, each once. Also kTooLarge: too many for one type.
Result<std::vector<IndexRecord>> define_indexes(const Schema& schema,
                                                const std::vector<Index>& indexes);
// Back; nothing if a field is no more.
std::optional<Index> index_of(const Schema& schema, const IndexRecord& record);

// Whether the fields of the index are there, and the same in both schemas.
bool is_same_index_under(const Schema& before, const Schema& now, const IndexRecord& record);

}  // namespace syncline
