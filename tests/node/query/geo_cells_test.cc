#include "node/query/geo_cells.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace syncline::query {
namespace {

bool is_covered(const GeoRegion& region, const GeoPoint& point) {
  const std::vector<CellRange> ranges = cells_over(region);
  if (ranges.empty()) return true;
  const Bytes key = cell_key(point);
  return std::any_of(ranges.begin(), ranges.end(), [&](const CellRange& range) {
    return range.first <= key && key <= range.last;
  });
}

GeoRegion around(GeoPoint centre, double radius) {
  return {GeoRegion::Kind::circle, {{centre}}, radius};
}
GeoRegion between(GeoPoint low, GeoPoint high) { return {GeoRegion::Kind::box, {{low, high}}, 0}; }

TEST(GeoCells, CoverPolesAndTheAntimeridian) {
  EXPECT_TRUE(is_covered(around({10, 89.9}, 0.01), {-170, 89.9}));
  EXPECT_TRUE(is_covered(around({10, -90}, 0.01), {77, -89.6}));
  EXPECT_TRUE(is_covered(around({180, 0}, 0.01), {-180, 0}));
  EXPECT_TRUE(is_covered(around({-179.9, 10}, 0.01), {179.9, 10}));
  EXPECT_TRUE(is_covered(between({170, -10}, {-170, 10}), {-175, 0}));
  EXPECT_TRUE(is_covered(between({170, -10}, {-170, 10}), {175, 0}));
  EXPECT_TRUE(is_covered(between({-180, -90}, {180, 90}), {180, 90}));
}

TEST(GeoCells, AreFewAndLeaveMostOfTheGlobeOut) {
  const std::vector<CellRange> oslo = cells_over(around({10.75, 59.91}, 0.002));
  EXPECT_LE(oslo.size(), kCellRangesMax);
  EXPECT_FALSE(is_covered(around({10.75, 59.91}, 0.002), {5.32, 60.39}));
  EXPECT_TRUE(cells_over(around({0, 0}, 2)).empty());  // more than half of it
}

// No point of a region lies outside its ranges, wherever the region is and whatever its form.
TEST(GeoCells, NeverMissAPointOfTheRegion) {
  std::mt19937 random(3);
  const auto place = [&](double most) {
    // Often at an edge of the map.
    const int kind = std::uniform_int_distribution<int>(0, 9)(random);
    if (kind == 0) return most;
    if (kind == 1) return -most;
    return std::uniform_real_distribution<double>(-most, most)(random);
  };
  int inside = 0;
  for (int round = 0; round < 3000; ++round) {
    const GeoPoint centre{place(180), place(90)};
    const double size = std::exp(std::uniform_real_distribution<double>(-9, 1)(random));
    const double degrees = size * 57;
    GeoRegion region = around(centre, size);
    if (round % 3 == 1)
      region = between({centre.longitude, std::max(-90.0, centre.latitude - degrees)},
                       {place(180), std::min(90.0, centre.latitude + degrees)});
    if (round % 3 == 2) {
      std::vector<GeoPoint> ring;
      for (int i = 0; i < 3; ++i) {
        double longitude = centre.longitude + degrees * place(1);
        if (longitude > 180) longitude -= 360;
        if (longitude < -180) longitude += 360;
        ring.push_back({std::clamp(longitude, -180.0, 180.0),
                        std::clamp(centre.latitude + degrees * place(1), -90.0, 90.0)});
      }
      ring.push_back(ring[0]);
      region = {GeoRegion::Kind::polygon, {ring}, 0};
    }
    if (!check_region(region)) continue;
    for (int i = 0; i < 30; ++i) {
      const double near = i % 2 == 0 ? 1 : 0.3;
      GeoPoint point{std::remainder(centre.longitude + degrees * near * place(1), 360),
                     std::clamp(centre.latitude + degrees * near * place(1), -90.0, 90.0)};
      if (i % 10 == 0) point.longitude = place(180);
      if (!contains(region, point)) continue;
      ++inside;
      ASSERT_TRUE(is_covered(region, point))
          << static_cast<int>(region.kind) << " around [" << centre.longitude << ", "
          << centre.latitude << "], " << degrees << " degrees, point [" << point.longitude << ", "
          << point.latitude << "]";
    }
  }
  EXPECT_GT(inside, 10'000);
}

}  // namespace
}  // namespace syncline::query
