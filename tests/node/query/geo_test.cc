#include "node/query/geo.h"

#include <gtest/gtest.h>

namespace syncline::query {
namespace {

constexpr GeoPoint kOslo{10.75, 59.91};
constexpr GeoPoint kBergen{5.32, 60.39};

GeoRegion polygon(std::vector<std::vector<GeoPoint>> rings) {
  return {GeoRegion::Kind::polygon, std::move(rings), 0};
}
GeoRegion box(GeoPoint low, GeoPoint high) { return {GeoRegion::Kind::box, {{low, high}}, 0}; }
GeoRegion circle(GeoPoint centre, double kilometres) {
  return {GeoRegion::Kind::circle, {{centre}}, kilometres / 6378.1};
}

TEST(Geo, ACircleHasAnAngleForRadius) {
  // Some 305 km apart.
  EXPECT_TRUE(contains(circle(kOslo, 320), kBergen));
  EXPECT_FALSE(contains(circle(kOslo, 290), kBergen));
  EXPECT_TRUE(contains(circle({180, 0}, 10), {-180, 0}));
}

TEST(Geo, ABoxMayReachOverTheAntimeridian) {
  EXPECT_TRUE(contains(box({5, 58}, {12, 61}), kOslo));
  EXPECT_FALSE(contains(box({6, 58}, {12, 61}), kBergen));
  EXPECT_TRUE(contains(box({170, -10}, {-170, 10}), {179, 0}));
  EXPECT_FALSE(contains(box({170, -10}, {-170, 10}), {0, 0}));
}

TEST(Geo, APolygonHasHolesAndNoDirection) {
  const std::vector<GeoPoint> outer = {{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}};
  const std::vector<GeoPoint> reversed(outer.rbegin(), outer.rend());
  const std::vector<GeoPoint> hole = {{4, 4}, {6, 4}, {6, 6}, {4, 6}, {4, 4}};
  for (const auto& ring : {outer, reversed}) {
    const GeoRegion region = polygon({ring, hole});
    ASSERT_TRUE(check_region(region)) << check_region(region).error().message;
    EXPECT_TRUE(contains(region, {1, 1}));
    EXPECT_FALSE(contains(region, {5, 5}));
    EXPECT_FALSE(contains(region, {11, 5}));
    EXPECT_FALSE(contains(region, {-170, -5}));  // the other side of the globe
  }
}

TEST(Geo, EdgesAreGeodesics) {
  // The shortest way between two places of one latitude runs nearer to the pole.
  const GeoRegion region = polygon({{{-40, 50}, {40, 50}, {40, 20}, {-40, 20}, {-40, 50}}});
  EXPECT_TRUE(contains(region, {0, 55}));
}

TEST(Geo, RefusesWhatIsNoRegion) {
  EXPECT_FALSE(check_region(box({0, 0}, {181, 1})));
  EXPECT_FALSE(check_region(box({0, 1}, {1, 0})));
  EXPECT_FALSE(check_region(circle({0, 91}, 1)));
  EXPECT_FALSE(check_region(circle({0, 0}, -1)));
  EXPECT_FALSE(check_region(polygon({{{0, 0}, {1, 0}, {1, 1}}})));                  // open
  EXPECT_FALSE(check_region(polygon({{{0, 0}, {1, 0}, {0, 0}}})));                  // two places
  EXPECT_FALSE(check_region(polygon({{{0, 0}, {2, 2}, {2, 0}, {0, 2}, {0, 0}}})));  // a bow tie
  EXPECT_FALSE(check_region(polygon({{{0, 0}, {2, 0}, {1, 1}, {2, 0}, {0, 0}}})));  // comes twice
  EXPECT_FALSE(
      check_region(polygon({{{0, 0}, {2, 0}, {2, 2}, {0, 0}}, {{5, 5}, {6, 5}, {6, 6}, {5, 5}}})));
  EXPECT_TRUE(check_region(polygon({{{0, 0}, {2, 0}, {2, 2}, {0, 2}, {0, 0}}})));
}

}  // namespace
}  // namespace syncline::query
