#include "node/query/geo_cells.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

namespace syncline::query {
namespace {

constexpr double kRadiansPerDegree = std::numbers::pi / 180;
// In degrees: far more than what rounding moves an edge by, far less than a metre.
constexpr double kMargin = 1e-9;
constexpr double kCells = 4294967296.0;

// Degrees; west may be below -180 and east above 180, where it reaches over the antimeridian.
struct Box {
  double west;
  double south;
  double east;
  double north;
};

uint32_t cell_of(double from_least, double extent) {
  const double at = from_least / extent * kCells;
  return at <= 0 ? 0 : at >= kCells - 1 ? UINT32_MAX : static_cast<uint32_t>(at);
}
uint32_t column_of(double longitude) { return cell_of(longitude + 180, 360); }
uint32_t row_of(double latitude) { return cell_of(latitude + 90, 180); }

// The bits with a zero between each two.
uint64_t spread_bits(uint32_t in) {
  uint64_t x = in;
  x = (x | x << 16) & 0x0000FFFF0000FFFF;
  x = (x | x << 8) & 0x00FF00FF00FF00FF;
  x = (x | x << 4) & 0x0F0F0F0F0F0F0F0F;
  x = (x | x << 2) & 0x3333333333333333;
  return (x | x << 1) & 0x5555555555555555;
}

uint64_t z_order(uint32_t column, uint32_t row) {
  return spread_bits(column) | spread_bits(row) << 1;
}

// What lies within `radius` (radians) of the centre.
std::optional<Box> box_around(const GeoPoint& centre, double radius) {
  if (radius >= std::numbers::pi / 2) return std::nullopt;
  const double degrees = radius / kRadiansPerDegree + kMargin;
  Box box{-180, centre.latitude - degrees, 180, centre.latitude + degrees};
  const double sine =
      std::sin(degrees * kRadiansPerDegree) / std::cos(centre.latitude * kRadiansPerDegree);
  if (sine >= 1) return box;  // around a pole every longitude is near
  const double width = std::asin(sine) / kRadiansPerDegree + kMargin;
  box.west = centre.longitude - width;
  box.east = centre.longitude + width;
  return box;
}

// Within a circle around its corners: edges of less than half a turn stay in it, and so does the
// smaller side.
std::optional<Box> box_of_ring(const std::vector<GeoPoint>& ring) {
  double x = 0;
  double y = 0;
  double z = 0;
  for (size_t i = 0; i + 1 < ring.size(); ++i) {
    const double latitude = ring[i].latitude * kRadiansPerDegree;
    const double longitude = ring[i].longitude * kRadiansPerDegree;
    x += std::cos(latitude) * std::cos(longitude);
    y += std::cos(latitude) * std::sin(longitude);
    z += std::sin(latitude);
  }
  const double length = std::sqrt(x * x + y * y + z * z);
  constexpr double kNoDirection = 1e-6;
  if (length < kNoDirection) return std::nullopt;
  const GeoPoint centre{std::atan2(y, x) / kRadiansPerDegree,
                        std::asin(std::clamp(z / length, -1.0, 1.0)) / kRadiansPerDegree};
  double radius = 0;
  for (const GeoPoint& corner : ring) {
    const double a = corner.latitude * kRadiansPerDegree;
    const double b = centre.latitude * kRadiansPerDegree;
    const double half_height = std::sin((a - b) / 2);
    const double half_width =
        std::sin((corner.longitude - centre.longitude) * kRadiansPerDegree / 2);
    const double h =
        half_height * half_height + std::cos(a) * std::cos(b) * half_width * half_width;
    radius = std::max(radius, 2 * std::asin(std::sqrt(std::clamp(h, 0.0, 1.0))));
  }
  constexpr double kRoundingRadians = 1e-7;  // of the formula above, near its steepest
  radius += kRoundingRadians;
  // A larger circle is not convex.
  constexpr double kConvexMax = std::numbers::pi / 2 - 1e-3;
  return radius > kConvexMax ? std::nullopt : box_around(centre, radius);
}

std::optional<Box> box_of(const GeoRegion& region) {
  const std::vector<GeoPoint>& ring = region.rings[0];
  switch (region.kind) {
    case GeoRegion::Kind::circle:
      return box_around(ring[0], region.radius);
    case GeoRegion::Kind::polygon:
      return box_of_ring(ring);
    case GeoRegion::Kind::box:
      break;
  }
  const bool over = ring[0].longitude > ring[1].longitude;
  return Box{ring[0].longitude, ring[0].latitude, ring[1].longitude + (over ? 360 : 0),
             ring[1].latitude};
}

struct Span {
  uint64_t first;
  uint64_t last;
};

// The cells of the coarsest grid of which the box touches no more than four by four.
void put_spans(double west, double south, double east, double north, std::vector<Span>* out) {
  const uint32_t x0 = column_of(west);
  const uint32_t x1 = column_of(east);
  const uint32_t y0 = row_of(south);
  const uint32_t y1 = row_of(north);
  constexpr uint32_t kAcrossMax = 4;
  int shift = 0;
  while ((x1 >> shift) - (x0 >> shift) >= kAcrossMax || (y1 >> shift) - (y0 >> shift) >= kAcrossMax)
    ++shift;
  for (uint64_t x = x0 >> shift; x <= x1 >> shift; ++x)
    for (uint64_t y = y0 >> shift; y <= y1 >> shift; ++y) {
      const uint64_t low =
          z_order(static_cast<uint32_t>(x << shift), static_cast<uint32_t>(y << shift));
      out->push_back({low, low + ((uint64_t{1} << (2 * shift)) - 1)});
    }
}

void join(std::vector<Span>* spans) {
  std::sort(spans->begin(), spans->end(),
            [](const Span& a, const Span& b) { return a.first < b.first; });
  const auto join_at = [&](size_t i) {
    (*spans)[i].last = std::max((*spans)[i].last, (*spans)[i + 1].last);
    spans->erase(spans->begin() + static_cast<ptrdiff_t>(i) + 1);
  };
  for (size_t i = 0; i + 1 < spans->size();)
    if ((*spans)[i + 1].first <= (*spans)[i].last ||
        (*spans)[i + 1].first - (*spans)[i].last == 1) {
      join_at(i);
    } else {
      ++i;
    }
  while (spans->size() > kCellRangesMax) {
    size_t narrowest = 0;
    for (size_t i = 1; i + 1 < spans->size(); ++i)
      if ((*spans)[i + 1].first - (*spans)[i].last <
          (*spans)[narrowest + 1].first - (*spans)[narrowest].last)
        narrowest = i;
    join_at(narrowest);
  }
}

Bytes key_of(uint64_t cell) {
  Bytes out;
  put_u64_big_endian(&out, cell);
  return out;
}

}  // namespace

Bytes cell_key(const GeoPoint& point) {
  return key_of(z_order(column_of(point.longitude), row_of(point.latitude)));
}

std::vector<CellRange> cells_over(const GeoRegion& region) {
  const std::optional<Box> box = box_of(region);
  if (!box) return {};
  std::vector<Span> spans;
  const auto put = [&](double west, double east) {
    put_spans(west, box->south, east, box->north, &spans);
  };
  if (box->east - box->west >= 360) {
    put(-180, 180);
  } else {
    put(std::max(box->west, -180.0), std::min(box->east, 180.0));
    // -180 and 180 are one meridian.
    if (box->west <= -180) put(box->west + 360, 180);
    if (box->east >= 180) put(-180, box->east - 360);
  }
  join(&spans);
  std::vector<CellRange> out;
  out.reserve(spans.size());
  for (const Span& span : spans) out.push_back({key_of(span.first), key_of(span.last)});
  return out;
}

}  // namespace syncline::query
