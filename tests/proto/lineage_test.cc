// What two histories share.
#include "proto/lineage.h"

#include <gtest/gtest.h>

#include "proto/limits.h"

namespace syncline {
namespace {

constexpr Incarnation kA{1}, kB{2}, kC{3}, kD{4}, kStranger{9};

Forks forks(std::initializer_list<Fork> list) { return list; }

TEST(Lineage, OfOneLogIsItself) {
  EXPECT_EQ(shared_up_to({}, {kA, LogSeq(7)}, kA), LogSeq(7));
  EXPECT_EQ(shared_up_to({}, {kA, LogSeq(7)}, kB), std::nullopt);
}

TEST(Lineage, AParentIsSharedUpToTheFork) {
  const Forks known = forks({{kB, kA, LogSeq(10)}});
  EXPECT_EQ(shared_up_to(known, {kA, LogSeq(7)}, kB), LogSeq(7));
  EXPECT_EQ(shared_up_to(known, {kA, LogSeq(10)}, kB), LogSeq(10));
  EXPECT_EQ(shared_up_to(known, {kA, LogSeq(11)}, kB), LogSeq(10));
}

TEST(Lineage, AChildIsSharedUpToTheForkToo) {
  const Forks known = forks({{kB, kA, LogSeq(10)}});
  EXPECT_EQ(shared_up_to(known, {kB, LogSeq(30)}, kA), LogSeq(10));
}

TEST(Lineage, TheLowestForkOnTheWayCounts) {
  const Forks known = forks({{kB, kA, LogSeq(10)}, {kC, kB, LogSeq(20)}, {kD, kC, LogSeq(30)}});
  EXPECT_EQ(shared_up_to(known, {kA, LogSeq(15)}, kD), LogSeq(10));
  EXPECT_EQ(shared_up_to(known, {kB, LogSeq(25)}, kD), LogSeq(20));
  EXPECT_EQ(shared_up_to(known, {kC, LogSeq(35)}, kD), LogSeq(30));
}

TEST(Lineage, TwoRestoresOfOneBackupAreCousins) {
  const Forks known = forks({{kB, kA, LogSeq(10)}, {kC, kA, LogSeq(7)}});
  EXPECT_EQ(shared_up_to(known, {kB, LogSeq(13)}, kC), LogSeq(7));
  EXPECT_EQ(shared_up_to(known, {kB, LogSeq(5)}, kC), LogSeq(5));
  EXPECT_EQ(shared_up_to(known, {kC, LogSeq(9)}, kB), LogSeq(7));
}

TEST(Lineage, OfStrangersIsNothing) {
  const Forks known = forks({{kB, kA, LogSeq(10)}});
  EXPECT_EQ(shared_up_to(known, {kStranger, LogSeq(1)}, kB), std::nullopt);
  EXPECT_EQ(shared_up_to(known, {kB, LogSeq(1)}, kStranger), std::nullopt);
}

TEST(Lineage, ARingOfForksEnds) {
  const Forks ring = forks({{kB, kA, LogSeq(1)}, {kA, kB, LogSeq(2)}});
  EXPECT_EQ(shared_up_to(ring, {kA, LogSeq(5)}, kStranger), std::nullopt);
}

TEST(Lineage, ForgetsTheOldestForks) {
  Forks known;
  for (uint64_t i = 0; i < limits::kForksMax + 5; ++i)
    learn_forks(&known, {{Incarnation(100 + i + 1), Incarnation(100 + i), LogSeq(i)}});
  EXPECT_EQ(known.size(), limits::kForksMax);
  EXPECT_EQ(known.back().incarnation, Incarnation(100 + limits::kForksMax + 5));
  const Forks before = known;
  learn_forks(&known, known);
  EXPECT_EQ(known, before);
}

}  // namespace
}  // namespace syncline
