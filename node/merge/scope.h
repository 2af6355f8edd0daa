// Scopes in a slot: embedded objects and collections come to be, are joined, assigned whole,
// cleared and replaced.
//
// What stands in a slot has four marks (MergeSlot, MergeScope):
//   write    the register: the latest write of any sort; decides between kinds
//   creates  the birth, and creates that joined what they found; a create resets nothing
//   cleared  the last clear or whole assignment; what is inside has seen it
//   reset    the last scalar, null, link or removal in the scope's place; every create has seen it
#pragma once

#include "node/merge/place.h"

namespace syncline::merging {

bool is_collection(ScopeKind kind);

// The scope is now a new one of this kind, empty. `whole`: assigned, so that it counts as cleared
// by this write.
void bear(const Sight& sight, MergeScope* scope, ScopeKind kind, bool whole);
// Nothing stands in it any more, by this write.
void bury(const Sight& sight, MergeScope* scope);
// Notes a create of what is there already.
void join(const Sight& sight, MergeScope* scope);

// `new` of an empty scope.
Ruling create_scope(const Sight& sight, const Place& place, ScopeKind kind, bool by_default);
// kind: as the writer knows it, if it says.
Ruling clear_scope(const Sight& sight, const Place& place, std::optional<ScopeKind> kind);

// Why a scalar, removal or assignment loses against what stands; nullopt: it wins.
std::optional<Ruling> barred(const Sight& sight, const Place& place);
// The same for what a default would put.
std::optional<Ruling> barred_default(const Sight& sight, const Place& place);

// A whole item at a place, by the rules of assignment (assign.cc).
Ruling assign(const Sight& sight, const Place& place, const Item& item, bool by_default);
// Builds what `from` holds in a scope just born. `to` and `merge` are empty.
void fill(const Sight& sight, const Scope& from, bool by_default, Scope* to, MergeScope* merge);
// The same without merge state, as a scope of this kind.
Scope arranged(const Scope& from, ScopeKind kind);

// A scalar (nullopt: removal) in a register, and the adds over it (register.cc).
Ruling write_scalar(const Sight& sight, const Place& place, std::optional<Value> value,
                    bool by_default);
// Onto the integer at the place (counter.cc).
Ruling increment(const Sight& sight, const Place& place, int64_t amount);
// The value with the slot's adds that count over it; those that do not are dropped from the slot.
Value fold_adds(const Sight& sight, Value value, bool by_default, MergeSlot* slot);
void drop_adds(const Sight& sight, bool by_default, MergeSlot* slot);

}  // namespace syncline::merging
