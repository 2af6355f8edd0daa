// Cells of the globe: a place as a key in Z-order, so that what lies near each other mostly stands
// near each other, and a region as a few ranges of such keys. Pure; any thread.
//
// The globe is a grid of 2^32 by 2^32 over longitude and latitude; a key is the cell's two numbers
// with their bits taken in turn, 8 bytes. Ranges are those of the region's bounding box (two boxes
// over the antimeridian, all longitudes around a pole), so they hold more than the region and never
// less.
#pragma once

#include <vector>

#include "node/query/geo.h"
#include "proto/bytes.h"

namespace syncline::query {

// From `first` to `last`, both included.
struct CellRange {
  Bytes first;
  Bytes last;
};

// More ranges than this are joined over the narrowest gaps.
inline constexpr size_t kCellRangesMax = 8;

// Requires: is_place(point).
Bytes cell_key(const GeoPoint& point);
// Every place in the region has its key in one of them. Empty: the region is so large that there is
// nothing to look up. Requires: check_region(region).
std::vector<CellRange> cells_over(const GeoRegion& region);

}  // namespace syncline::query
