// Regions on the globe for geoWithin. Angles of points are degrees of longitude and latitude,
// radii are radians; edges of polygons are geodesics. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "syncline/result.h"

namespace syncline::query {

struct GeoPoint {
  double longitude = 0;
  double latitude = 0;
  bool operator==(const GeoPoint&) const = default;
};

// Whether there is such a place: -180 to 180, -90 to 90, and numbers.
bool is_place(const GeoPoint& point);

struct GeoRegion {
  enum class Kind : uint8_t { box, circle, polygon };
  Kind kind = Kind::box;
  // box: one ring of two corners, south-west and north-east. circle: one ring, its centre.
  // polygon: the outer ring, then its holes; each closed, its last point the first again.
  std::vector<std::vector<GeoPoint>> rings;
  double radius = 0;
  bool operator==(const GeoRegion&) const = default;
};

// Vertices in all rings; each edge is checked against each other.
inline constexpr size_t kPolygonPointsMax = 2'000;

// kBadQuery, saying what a region must be: places that there are, a radius that is not negative,
// rings that are closed, of three places at least, that do not cross themselves, holes inside.
Status check_region(const GeoRegion& region);

// Requires: check_region(region), is_place(point). A ring encloses the smaller part of the globe.
bool contains(const GeoRegion& region, const GeoPoint& point);

}  // namespace syncline::query
