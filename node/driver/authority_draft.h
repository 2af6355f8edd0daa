// Drafts of the authority's own hand: the same transactions as a node's, on the authority's
// committed state.
//
// Called on the machine's thread, between steps; committed by an authority_input::Local in the next
// step.
#pragma once

#include "node/authority/authority.h"
#include "node/replica/draft_over.h"

namespace syncline {

// A transaction on what is committed; system types are written like any other.
Draft authority_draft(const Authority& authority, const Store& state);

}  // namespace syncline
