#include "node/generate/rings.h"

#include <gtest/gtest.h>

namespace syncline::generate {
namespace {

TEST(Rings, WhatLeadsToEachOtherIsOne) {
  const std::vector<size_t> rings = rings_of({{1}, {2}, {1, 3}, {}, {4}, {0}});
  EXPECT_EQ(rings[1], rings[2]);
  EXPECT_NE(rings[0], rings[1]);
  EXPECT_NE(rings[2], rings[3]);
  EXPECT_NE(rings[5], rings[0]);
}

TEST(Rings, ALongChainNeedsNoStack) {
  std::vector<std::vector<size_t>> chain(100'000);
  for (size_t i = 0; i + 1 < chain.size(); ++i) chain[i] = {i + 1};
  EXPECT_NE(rings_of(chain)[0], rings_of(chain)[99'999]);
  chain.back() = {0};
  const std::vector<size_t> ring = rings_of(chain);
  EXPECT_EQ(ring[0], ring[99'999]);
}

}  // namespace
}  // namespace syncline::generate
