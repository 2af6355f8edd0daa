// Assigning a whole value (DESIGN 5) as a draft records it, and the two helpers that go with it.
// transaction_*.cc only.
#pragma once

#include "node/replica/draft.h"
#include "node/replica/place.h"

namespace syncline {

// Records an unset of every field that the embedded object `held` has and the one that replaces it
// does not name, at all depths where both have embedded objects. Other replacements reset what they
// replace by themselves.
void unset_unnamed(Draft::Impl* draft, DraftObject* object, const Path& path, const Item& held,
                   const Item& value);
// The scope that the place is in, created (and recorded) if it is a declared collection that the
// object lacks.
Scope* ensure_parent(Draft::Impl* draft, DraftObject* object, Place* place);
// The collection at the place, created (and recorded) if the object lacks it. kBadData: something
// else stands there, or the schema declares something else.
Result<Scope*> ensure_collection(Draft::Impl* draft, DraftObject* object, Place* place,
                                 ScopeKind kind, std::string_view where);
// kTooLarge, kBadData: no name for a field outside the schema.
Status check_extra_name(const std::string& name, std::string_view where);

}  // namespace syncline
