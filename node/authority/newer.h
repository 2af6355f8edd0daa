// Newer: which of an object's top-level steps changed after an entry, going by its merge state; and
// the update that brings one who held the object at that entry up to it. So catch-up sends what is
// newer of an object, and tells what cannot have entered or left a view.
//
// Rests on this: every change of a row but the removal of a list's element leaves a mark in its
// merge state, at the step or below, with the seq of its entry; and no mark above the horizon is
// ever let go. So a field with a list in it counts as newer. Pure; any thread.
#pragma once

#include <vector>

#include "proto/entry.h"
#include "proto/object.h"

namespace syncline {

// Sorted. Of an object that was there all the time since; `after` is not below the horizon.
std::vector<Step> steps_newer_than(LogSeq after, const MergeRow& merge);

// Puts what stands at those steps, and erases where nothing does.
std::vector<Effect> effects_of(const std::vector<Step>& steps, const Scope& fields);

}  // namespace syncline
