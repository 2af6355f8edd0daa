// An object in the state: its row and, behind the same key, what it is merged with. Only admission
// and catch-up ask for the latter, and it never leaves the authority: who wants rows reads them
// here. An absent object's merge state, the mark of its removal, has a key of its own.
//
// Free functions; as thread-safe as the reader.
#pragma once

#include <optional>

#include "node/authority/state_keys.h"
#include "storage/store.h"

namespace syncline {

// Views into the value behind state_keys::row().
struct StoredObject {
  BytesView row;
  BytesView merge;  // empty: none, for it is as it was inserted, in an asymmetric type
};
Bytes encode_stored_object(BytesView row, BytesView merge);
// kStoreDamaged.
Result<StoredObject> decode_stored_object(BytesView value);

// Encoded; nullopt: the object is absent.
Result<std::optional<Bytes>> get_row(const Reader& state, const ObjectName& name);
// Decoded.
Result<std::optional<Row>> read_row(const Reader& state, const ObjectName& name);
// Both, encoded.
struct ObjectBytes {
  std::optional<Bytes> row;    // nullopt: the object is absent
  std::optional<Bytes> merge;  // of the object or of its removal; nullopt: there is none
};
// has_removals: if false, none of its type has a mark of removal (Totals::has_removals), so none is
// looked for.
Result<ObjectBytes> get_object(const Reader& state, const ObjectName& name,
                               bool has_removals = true);

// Walks keys of state_keys::row() in [from, to); the values are rows alone.
std::unique_ptr<Iterator> scan_rows(const Reader& state, BytesView from, BytesView to);
// All of a type.
std::unique_ptr<Iterator> scan_rows(const Reader& state, TypeNumber type);

}  // namespace syncline
