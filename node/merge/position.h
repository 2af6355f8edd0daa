// Positions: fractions between 0 and 1 as byte strings, so that there is always room between two of
// them.
//
// Byte i counts 256^-(i+1); all 256 byte values are digits, and none ends in a zero byte (else "a"
// and "a\0" would be one fraction with nothing between). Compared as bytes. Appending and
// prepending count in a field of bytes that doubles when it is full, so a list of n appended
// elements has positions of O(log n) bytes; so do runs typed into a gap.
#pragma once

#include "node/merge/merge.h"

namespace syncline::merging {

// `count` positions in ascending order, short and evenly spread.
std::vector<Position> even_positions(size_t count);

}  // namespace syncline::merging
