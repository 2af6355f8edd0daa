// The list elements that a changeset creates bear its own name, each another number. Merging relies
// on it: an id tells which write it came of, and is there once. Intake asks; what fails is refused
// as something that no node of ours writes.
//
// Pure; any thread.
#pragma once

#include "proto/operation.h"
#include "syncline/result.h"

namespace syncline {

// kMalformed: an operation creates an element under another changeset's name, or one twice.
Status check_new_elements(const Changeset& changeset, const ChangesetName& name);

}  // namespace syncline
