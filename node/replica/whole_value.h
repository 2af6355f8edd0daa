// Assigning a whole value (DESIGN 5) as a draft records it, and the two helpers that go with it.
// transaction_*.cc only.
#pragma once

#include "node/replica/draft.h"
#include "node/replica/place.h"

namespace syncline {

// `value` replaces `held` whole, at a place declared so. Records an unset of every field that the
// embedded object `held` has and `value` does not name, at all depths where both have embedded
// objects. Fields of other schema versions stay, as nothing here could name them: they are put into
// `value`, which so becomes what the draft shows. Other replacements reset what they replace by
// themselves.
void replace_embedded(Draft::Impl* draft, DraftObject* object, const Declared& declared,
                      const Path& path, const Item& held, Item* value);
// Is `value` what this schema version shows of `held`? Fields of other versions aside.
bool same_in_version(const Schema& schema, const Declared& declared, const Item& held,
                     const Item& value);
// May an operation be recorded on what stands at the step? Not if another schema version has it.
bool is_of_version(const TypeDef* type, const Step& step);
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
