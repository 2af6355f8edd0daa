// The entries of an index: keys in node_index, without values. An entry says that the object may
// have these keys in the columns: queries are asked about the object itself, so that an entry too
// many does no harm.
//
// A column's key that is longer than kIndexKeyBytesMax is cut there, in entries and in ranges
// alike: what is cut still stands in order, only not apart from what begins the same. Pure; any
// thread.
#pragma once

#include <utility>
#include <vector>

#include "node/query/plan.h"
#include "node/replica/index_records.h"
#include "proto/object.h"
#include "proto/schema.h"

namespace syncline {

// Long enough for what people look up, short enough that an entry is small beside its object.
inline constexpr size_t kIndexKeyBytesMax = 512;

// Each once, in order. Empty where nothing of the object can be looked up: a point that is none, a
// text without words, a list without elements.
std::vector<Bytes> index_entries(const Schema& schema, const IndexRecord& index,
                                 const ObjectKey& key, const Row& row);
// [from, to) holds the entries of all objects that are in the range.
std::pair<Bytes, Bytes> entry_range(uint32_t index, const query::PlanRange& range);
// The part of an entry up to the end of its first columns; then what comes behind all of them.
// kStoreDamaged: it is no entry of so many columns.
Result<BytesView> entry_columns(BytesView entry, size_t columns);
Result<ObjectKey> object_of_entry(BytesView entry, size_t columns);

}  // namespace syncline
