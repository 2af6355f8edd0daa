// What survives a kill and a power loss, and what a failed sync or a full disk leaves, on every
// Store.
#include <fmt/format.h>

#include "tests/storage/store_conformance.h"

namespace syncline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class StoreDurability : public StoreTest {
 protected:
  Status put(Bytes key, Bytes value, BatchKind kind = BatchKind::logged, bool sync = false) {
    Batch batch;
    batch.put(std::move(key), std::move(value));
    return store().write(batch, kind, sync);
  }
};
INSTANTIATE_STORES(StoreDurability);

TEST_P(StoreDurability, LoggedBatchesSurviveAKillUnsynced) {
  EXPECT_OK(put("a", "1"));
  harness().kill();
  EXPECT_EQ(get(store(), "a"), "1");
}

TEST_P(StoreDurability, SyncedBatchesAndAllBeforeSurviveAPowerLoss) {
  EXPECT_OK(put("a", "1"));
  EXPECT_OK(put("b", "2", BatchKind::logged, true));
  EXPECT_OK(put("c", "3"));
  harness().lose_power();
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("a", "1"), Pair("b", "2")));
}

TEST_P(StoreDurability, SyncMakesWhatWasWrittenDurable) {
  EXPECT_OK(put("a", "1"));
  EXPECT_OK(store().sync());
  EXPECT_OK(put("b", "2"));
  harness().lose_power();
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("a", "1")));
}

TEST_P(StoreDurability, DerivedBatchesSurviveOnceFlushed) {
  EXPECT_OK(put("a", "1", BatchKind::derived));
  EXPECT_OK(store().flush());
  EXPECT_OK(put("b", "2", BatchKind::derived));
  harness().kill();
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("a", "1")));
  harness().lose_power();
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("a", "1")));
}

TEST_P(StoreDurability, KindsMixAndEachKeepsItsPromise) {
  EXPECT_OK(put("d1", "x", BatchKind::derived));
  EXPECT_OK(put("l1", "x"));
  EXPECT_OK(store().flush());
  EXPECT_OK(put("d2", "x", BatchKind::derived));
  EXPECT_OK(put("l2", "x", BatchKind::logged, true));
  EXPECT_OK(put("d3", "x", BatchKind::derived));
  EXPECT_OK(put("l3", "x"));
  harness().kill();
  EXPECT_THAT(all_of(store()),
              ElementsAre(Pair("d1", "x"), Pair("l1", "x"), Pair("l2", "x"), Pair("l3", "x")));
  EXPECT_OK(put("d1", "y", BatchKind::derived));
  harness().kill();
  EXPECT_EQ(get(store(), "d1"), "x");
}

TEST_P(StoreDurability, ASyncedBatchSurvivesThoughDerivedOnesBeforeItDoNot) {
  EXPECT_OK(put("d", "x", BatchKind::derived));
  EXPECT_OK(put("l1", "x", BatchKind::logged, true));
  EXPECT_OK(put("l2", "x"));
  harness().lose_power();
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("l1", "x")));
}

TEST_P(StoreDurability, WhatAnOpeningReplayedIsDurable) {
  EXPECT_OK(put("a", "1"));
  harness().kill();
  harness().lose_power();
  EXPECT_EQ(get(store(), "a"), "1");
}

TEST_P(StoreDurability, FlushCoversLoggedBatches) {
  EXPECT_OK(put("a", "1"));
  EXPECT_OK(store().flush());
  harness().lose_power();
  EXPECT_EQ(get(store(), "a"), "1");
}

TEST_P(StoreDurability, EraseAndRangeEraseAreReplayed) {
  for (const char* key : {"a", "b", "c", "d"}) EXPECT_OK(put(key, "1"));
  EXPECT_OK(store().flush());
  Batch batch;
  batch.erase("a");
  batch.erase_range("b", "d");
  EXPECT_OK(store().write(batch, BatchKind::logged, true));
  harness().lose_power();
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("d", "1")));
}

TEST_P(StoreDurability, AFailedSyncMakesTheStoreUnusableUntilItIsOpenedAgain) {
  EXPECT_OK(put("a", "1", BatchKind::logged, true));
  harness().fail_syncs();
  EXPECT_CODE(put("b", "2", BatchKind::logged, true), ErrorCode::kIo);
  EXPECT_CODE(put("c", "3"), ErrorCode::kIo);
  EXPECT_CODE(store().sync(), ErrorCode::kIo);
  EXPECT_CODE(store().flush(), ErrorCode::kIo);
  EXPECT_CODE(store().get("a"), ErrorCode::kIo);
  const auto scan = store().scan("", "");
  EXPECT_FALSE(scan->valid());
  EXPECT_CODE(scan->status(), ErrorCode::kIo);
  const auto snapshot = store().snapshot();
  EXPECT_CODE(snapshot->get("a"), ErrorCode::kIo);
}

TEST_P(StoreDurability, AfterAFailedSyncAPowerLossLeavesWhatWasSynced) {
  EXPECT_OK(put("a", "1", BatchKind::logged, true));
  harness().fail_syncs();
  EXPECT_CODE(put("b", "2", BatchKind::logged, true), ErrorCode::kIo);
  harness().lose_power();
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("a", "1")));
  EXPECT_OK(put("c", "3", BatchKind::logged, true));
}

TEST_P(StoreDurability, AFullDiskIsGotOverWithoutOpeningAgain) {
  EXPECT_OK(put("a", "1", BatchKind::logged, true));
  harness().set_full(true);
  EXPECT_CODE(put("b", Bytes(100'000, 'b'), BatchKind::logged, true), ErrorCode::kStoreFull);
  EXPECT_CODE(put("c", Bytes(100'000, 'c'), BatchKind::logged, true), ErrorCode::kStoreFull);
  EXPECT_EQ(get(store(), "a"), "1");
  EXPECT_EQ(get(store(), "b"), "(none)");
  harness().set_full(false);
  EXPECT_OK(put("d", "4", BatchKind::logged, true));
  EXPECT_OK(put("e", "5"));
  EXPECT_OK(store().sync());
  harness().lose_power();
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("a", "1"), Pair("d", "4"), Pair("e", "5")));
}

TEST_P(StoreDurability, AFullDiskAtTheFirstWriteIsGotOver) {
  harness().set_full(true);
  EXPECT_CODE(put("b", Bytes(100'000, 'b'), BatchKind::logged, true), ErrorCode::kStoreFull);
  harness().set_full(false);
  for (int i = 0; i < 3; ++i) EXPECT_OK(put(fmt::format("d{}", i), "4", BatchKind::logged, true));
  harness().lose_power();
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("d0", "4"), Pair("d1", "4"), Pair("d2", "4")));
}

}  // namespace
}  // namespace syncline::testing
