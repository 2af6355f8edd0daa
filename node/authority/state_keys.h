// Every key of the authority's state store. storage/FORMAT.md says what stands behind each.
#pragma once

#include "proto/ids.h"
#include "storage/keyspace.h"

namespace syncline::state_keys {

Bytes row(const ObjectName& name);
Bytes merge(const ObjectName& name);
// Each object once, at its last seq; the value is kRemoved for a mark of removal.
Bytes by_seq(TypeNumber type, LogSeq seq, const ObjectKey& key);
// Of the first of a run (runs.h).
Bytes decision_run(const ChangesetName& name);
Bytes former(const ChangesetName& name);
Bytes origin(NodeId origin);
Bytes entry_run(LogSeq seq);
Bytes entry_runs();
Bytes decision_runs();
Bytes view(NodeId node, const Hash& token);
Bytes type_count(TypeNumber type);
Bytes node_hint(NodeId node);
Bytes staged_part(const ChangesetName& name, uint64_t offset);
Bytes applied();
Bytes safe();
Bytes indexes();
// A value may be cut short (state_indexes.h): then it sorts among those that begin so.
Bytes index(uint32_t number, BytesView value, const ObjectKey& key);

// Prefixes for scans: [prefix, prefix_end(prefix)).
Bytes rows();  // of all types
Bytes rows_of(TypeNumber type);
Bytes merges();
Bytes merges_of(TypeNumber type);
Bytes by_seq_of(TypeNumber type);
Bytes views_of(NodeId node);
Bytes staged_parts_of(const ChangesetName& name);
Bytes staged_parts_of(NodeId origin);
Bytes index_rows_of(uint32_t number);
Bytes index_rows_of(uint32_t number, BytesView value);

bool is_row(BytesView key);  // of an object

inline constexpr char kRemoved = 'x';

// The parts of a key back. Requires: a key made by the function of that name.
ObjectKey key_of_row(BytesView key);
ObjectName object_of_row(BytesView key);  // or of a merge state
LogSeq first_of_entry_run(BytesView key);
std::pair<LogSeq, ObjectKey> parts_of_by_seq(BytesView key);
std::pair<Bytes, ObjectKey> parts_of_index(BytesView key);

}  // namespace syncline::state_keys
