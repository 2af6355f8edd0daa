// Drafts on another store than a replica's: an authority's own hand writes transactions like any
// node, on its state.
#pragma once

#include <functional>

#include "node/replica/transaction.h"

namespace syncline {

// read: the object as it stands at `base`; valid as long as the draft.
Draft draft_over(std::shared_ptr<const Schema> schema, const ChangesetName& name,
                 const Cursor& base,
                 std::function<Result<std::optional<Row>>(const ObjectName&)> read);

// What the draft recorded, as the changeset of its name.
Changeset take_changeset(Draft draft, const WriteClock& written);

}  // namespace syncline
