// Whether what a draft expects stands on the node, once more when it is committed: other
// transactions may have come between, and one from the journal was written long ago. commit.cc
// only.
#pragma once

#include "node/replica/draft.h"
#include "storage/store.h"

namespace syncline {

// kPrecondition: what does not, and what is there. Requires: the images are of the reader's state.
Status check_guards(const Reader& reader, const Draft::Impl& draft);

}  // namespace syncline
