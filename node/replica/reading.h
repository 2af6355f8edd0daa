// Reading objects out of a node's store, as shown and as confirmed; replica.h has what the outside
// uses. Any thread, on the store or a snapshot of it. Use a snapshot to read several things that
// belong together.
#pragma once

#include <functional>
#include <optional>

#include "node/replica/keys.h"
#include "proto/operation.h"
#include "proto/schema.h"
#include "storage/store.h"

namespace syncline {

// Why nothing can be read of an asymmetric type at a node.
Error not_readable(const TypeDef& type);

// A row out of the store; kStoreDamaged if its bytes are none.
Result<Row> decode_stored_row(BytesView bytes);
// A written payload out of the store, likewise.
Result<Changeset> decode_stored_changeset(BytesView payload);
// The whole payload of a written changeset, wherever it stands. kStoreDamaged: it is not there.
Result<Bytes> payload_of(const Reader& reader, uint64_t order, const WrittenView& written);

// Objects of a type as shown, encoded, in key order: those above `after` (all of them if it is
// empty), until `visit` answers false.
Status visit_shown(const Reader& reader, TypeNumber type, const ObjectKey& after,
                   const std::function<bool(const ObjectKey&, BytesView row)>& visit);

struct ShownAndHeld {
  std::optional<Row> shown;
  bool held = false;  // a confirmed row is there
  Touches touches;    // pending changesets that touch the object
};
Result<ShownAndHeld> read_shown_and_held(const Reader& reader, const ObjectName& name);

// The order of the changeset of that name in this store; nullopt: it was not written here, or is
// long forgotten.
Result<std::optional<uint64_t>> order_of_name(const Reader& reader, const ChangesetName& name);

}  // namespace syncline
