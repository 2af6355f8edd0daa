// Lists: inserts, moves and erasures of elements that have identity. No tombstones: position keys
// say where.
#pragma once

#include "node/merge/scope.h"

namespace syncline::merging {

// Where the neighbour of the last insert or move was found: the next of a run stands right behind
// it. Only saves a search; what is found is the same without it.
using NeighbourHint = size_t;

Ruling insert_element(const Sight& sight, const Place& place, const Operation& operation,
                      NeighbourHint* hint);
Ruling move_element(const Sight& sight, const Place& place, const Operation& operation,
                    NeighbourHint* hint);
// Removal wins over whatever else is done to the element, and needs no mark: elements never come
// back.
Ruling erase_element(const Place& place);

}  // namespace syncline::merging
