#include "node/query/geo.h"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "node/query/fault.h"

namespace syncline::query {
namespace {

constexpr double kRadians = std::numbers::pi / 180;
constexpr double kTurn = 2 * std::numbers::pi;

// A place as a point of the unit sphere.
struct Vector {
  double x;
  double y;
  double z;
};

Vector vector_of(const GeoPoint& p) {
  const double latitude = p.latitude * kRadians;
  const double longitude = p.longitude * kRadians;
  return {std::cos(latitude) * std::cos(longitude), std::cos(latitude) * std::sin(longitude),
          std::sin(latitude)};
}

Vector cross(const Vector& a, const Vector& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

double dot(const Vector& a, const Vector& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

double angle(const Vector& a, const Vector& b) {
  const Vector c = cross(a, b);
  return std::atan2(std::sqrt(dot(c, c)), dot(a, b));
}

// How far one turns at p, to the left, looking from a to b: -pi to pi.
double turn_at(const Vector& p, const Vector& a, const Vector& b) {
  const Vector to_a = cross(p, a);
  const Vector to_b = cross(p, b);
  return std::atan2(dot(p, cross(to_a, to_b)), dot(to_a, to_b));
}

std::vector<Vector> vectors_of(const std::vector<GeoPoint>& ring) {
  std::vector<Vector> out;
  for (size_t i = 0; i + 1 < ring.size(); ++i) out.push_back(vector_of(ring[i]));
  return out;
}

// The area to the left of the ring, 0 to 4 pi: the angles at its corners beyond those of a flat
// one.
double area_left_of(const std::vector<Vector>& ring) {
  double sum = 0;
  for (size_t i = 0; i < ring.size(); ++i) {
    const Vector& before = ring[(i + ring.size() - 1) % ring.size()];
    double inner = turn_at(ring[i], ring[(i + 1) % ring.size()], before);
    if (inner < 0) inner += kTurn;
    sum += inner;
  }
  return sum - static_cast<double>(ring.size() - 2) * std::numbers::pi;
}

// Looking from the point along the ring once around, one has turned once if the ring goes around
// it. The sign tells on which side: it must be the side of the smaller area.
bool encloses(const std::vector<GeoPoint>& ring, const GeoPoint& point) {
  const std::vector<Vector> corners = vectors_of(ring);
  const Vector p = vector_of(point);
  double turned = 0;
  for (size_t i = 0; i < corners.size(); ++i) {
    const Vector& corner = corners[i];
    if (angle(p, corner) == 0) return true;
    turned += turn_at(p, corner, corners[(i + 1) % corners.size()]);
  }
  const bool left_is_smaller = area_left_of(corners) <= kTurn;
  return (left_is_smaller ? turned : -turned) > std::numbers::pi;
}

// Whether the arcs ab and cd cross, other than at their ends.
bool cross_each_other(const Vector& a, const Vector& b, const Vector& c, const Vector& d) {
  const Vector ab = cross(a, b);
  const Vector cd = cross(c, d);
  const double c_side = dot(ab, c);
  const double d_side = dot(ab, d);
  const double a_side = dot(cd, a);
  const double b_side = dot(cd, b);
  constexpr double kTouch = 1e-15;
  const bool between = c_side * d_side < -kTouch * kTouch && a_side * b_side < -kTouch * kTouch;
  // The great circles meet twice; the arcs cross only if they do so on the same side.
  return between && c_side * a_side < 0;
}

std::string shown(const GeoPoint& p) { return fmt::format("[{}, {}]", p.longitude, p.latitude); }

Status check_ring(const std::vector<GeoPoint>& ring) {
  if (ring.front() != ring.back())
    return bad_query(fmt::format(
        "a ring begins and ends with one point; this one begins with {} and ends with {}",
        shown(ring.front()), shown(ring.back())));
  if (ring.size() < 4)
    return bad_query("a ring has at least three different points, and the first again");
  for (size_t i = 0; i + 1 < ring.size(); ++i)
    for (size_t k = i + 1; k + 1 < ring.size(); ++k)
      if (ring[i] == ring[k])
        return bad_query(fmt::format("a ring comes to {} twice", shown(ring[i])));
  const std::vector<Vector> corners = vectors_of(ring);
  const size_t count = corners.size();
  for (size_t i = 0; i < count; ++i)
    for (size_t k = i + 2; k < count; ++k) {
      if (i == 0 && k + 1 == count) continue;  // neighbours
      if (cross_each_other(corners[i], corners[i + 1], corners[k], corners[(k + 1) % count]))
        return bad_query(fmt::format("a ring crosses itself: the edge from {} and the edge from {}",
                                     shown(ring[i]), shown(ring[k])));
    }
  return {};
}

bool box_contains(const GeoPoint& low, const GeoPoint& high, const GeoPoint& point) {
  if (point.latitude < low.latitude || point.latitude > high.latitude) return false;
  // A box may reach over the antimeridian.
  if (low.longitude <= high.longitude)
    return point.longitude >= low.longitude && point.longitude <= high.longitude;
  return point.longitude >= low.longitude || point.longitude <= high.longitude;
}

}  // namespace

bool is_place(const GeoPoint& point) {
  return std::abs(point.longitude) <= 180 && std::abs(point.latitude) <= 90;
}

Status check_region(const GeoRegion& region) {
  size_t points = 0;
  for (const std::vector<GeoPoint>& ring : region.rings) {
    points += ring.size();
    for (const GeoPoint& point : ring)
      if (!is_place(point))
        return bad_query(fmt::format(
            "{} is no place: longitudes are -180 to 180, latitudes -90 to 90", shown(point)));
  }
  if (points > kPolygonPointsMax)
    return bad_query(
        fmt::format("a polygon of {} points; at most {} are taken", points, kPolygonPointsMax));
  if (region.kind == GeoRegion::Kind::circle &&
      (!std::isfinite(region.radius) || region.radius < 0))
    return bad_query("a radius is a number of radians, not negative: kilometres divided by 6378.1");
  if (region.kind == GeoRegion::Kind::box &&
      region.rings[0][0].latitude > region.rings[0][1].latitude)
    return bad_query("a box is given by its south-western corner, then its north-eastern one");
  if (region.kind != GeoRegion::Kind::polygon) return {};
  for (const std::vector<GeoPoint>& ring : region.rings) SYNCLINE_TRY(check_ring(ring));
  for (size_t i = 1; i < region.rings.size(); ++i)
    for (const GeoPoint& point : region.rings[i])
      if (!encloses(region.rings[0], point))
        return bad_query(
            fmt::format("a hole lies inside the first ring; {} does not", shown(point)));
  return {};
}

bool contains(const GeoRegion& region, const GeoPoint& point) {
  switch (region.kind) {
    case GeoRegion::Kind::box:
      return box_contains(region.rings[0][0], region.rings[0][1], point);
    case GeoRegion::Kind::circle:
      return angle(vector_of(region.rings[0][0]), vector_of(point)) <= region.radius;
    case GeoRegion::Kind::polygon:
      break;
  }
  if (!encloses(region.rings[0], point)) return false;
  for (size_t i = 1; i < region.rings.size(); ++i)
    if (encloses(region.rings[i], point)) return false;
  return true;
}

}  // namespace syncline::query
