// What every Store does, on every Store. Crashes are in store_durability_test.cc, large runs in
// ingestion_test.cc.
#include "tests/storage/store_conformance.h"

#include <atomic>
#include <thread>

namespace syncline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class StoreConformance : public StoreTest {
 protected:
  void put(Bytes key, Bytes value) {
    Batch batch;
    batch.put(std::move(key), std::move(value));
    EXPECT_OK(store().write(batch, BatchKind::logged, false));
  }
};
INSTANTIATE_STORES(StoreConformance);

TEST_P(StoreConformance, AnswersWhatWasPutLast) {
  EXPECT_EQ(get(store(), "a"), "(none)");
  put("a", "1");
  EXPECT_EQ(get(store(), "a"), "1");
  put("a", "");
  EXPECT_EQ(get(store(), "a"), "");
}

TEST_P(StoreConformance, OrdersKeysByBytesUnsigned) {
  const Bytes high = "\x80\x01", low("\x01\x00", 2), longer = "\x01\x01\x01";
  for (const Bytes& key : {high, longer, low, Bytes("\x01")}) put(key, "v");
  EXPECT_THAT(all_of(store()),
              ElementsAre(Pair("\x01", "v"), Pair(low, "v"), Pair(longer, "v"), Pair(high, "v")));
}

TEST_P(StoreConformance, ChangesOfABatchTakeEffectInOrder) {
  put("b", "old");
  Batch batch;
  batch.put("a", "1");
  batch.erase("a");
  batch.put("a", "2");
  batch.put("c", "covered");
  batch.erase_range("b", "d");
  batch.put("b", "after");
  EXPECT_OK(store().write(batch, BatchKind::logged, true));
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("a", "2"), Pair("b", "after")));
}

// As large as what an implementation might put into an order of its own.
TEST_P(StoreConformance, ChangesToOneKeyTakeEffectInOrderHoweverKeysFollowOnOneAnother) {
  constexpr int kKeys = 40;
  Batch batch;
  for (int round = 0; round < 3; ++round)
    for (int n = kKeys; n-- > 0;) {
      const Bytes key(1, static_cast<char>('A' + n));
      if (round == 1) batch.erase(key);
      if (round != 1 && !(round == 2 && n % 2 == 1)) batch.put(key, std::to_string(round));
    }
  EXPECT_OK(store().write(batch, BatchKind::logged, false));
  std::map<Bytes, Bytes> expected;
  for (int n = 0; n < kKeys; n += 2) expected[Bytes(1, static_cast<char>('A' + n))] = "2";
  const auto all = all_of(store());
  EXPECT_EQ((std::map<Bytes, Bytes>(all.begin(), all.end())), expected);
}

TEST_P(StoreConformance, RangesExcludeTheirEndAndMayBeOpenOrEmpty) {
  for (const char* key : {"a", "b", "c", "d"}) put(key, "v");
  Batch batch;
  batch.erase_range("c", "a");
  batch.erase_range("c", "c");
  batch.erase_range("b", "c");
  EXPECT_OK(store().write(batch, BatchKind::logged, false));
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("a", "v"), Pair("c", "v"), Pair("d", "v")));
  Batch open;
  open.erase_range("d", "");
  EXPECT_OK(store().write(open, BatchKind::logged, false));
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("a", "v"), Pair("c", "v")));
}

TEST_P(StoreConformance, SingleEraseRemovesWhatWasPutOnce) {
  put("a", "1");
  Batch batch;
  batch.single_erase("a");
  EXPECT_OK(store().write(batch, BatchKind::logged, false));
  EXPECT_OK(store().flush());
  EXPECT_EQ(get(store(), "a"), "(none)");
  put("a", "2");
  EXPECT_OK(store().flush());
  EXPECT_EQ(get(store(), "a"), "2");
  EXPECT_OK(store().write(batch, BatchKind::logged, false));
  EXPECT_THAT(all_of(store()), IsEmpty());
}

TEST_P(StoreConformance, ScansWithinBoundsBothWays) {
  for (const char* key : {"a", "b", "c", "d", "e"}) put(key, key);
  const auto b = Pair("b", "b"), c = Pair("c", "c"), d = Pair("d", "d"), e = Pair("e", "e");
  EXPECT_THAT(pairs_of(store().scan("b", "d")), ElementsAre(b, c));
  EXPECT_THAT(pairs_of(store().scan_back("b", "d")), ElementsAre(c, b));
  EXPECT_THAT(pairs_of(store().scan("bb", "dd")), ElementsAre(c, d));
  EXPECT_THAT(pairs_of(store().scan_back("bb", "dd")), ElementsAre(d, c));
  EXPECT_THAT(pairs_of(store().scan("d", "")), ElementsAre(d, e));
  EXPECT_THAT(pairs_of(store().scan_back("d", "")), ElementsAre(e, d));
  for (const auto& [from, to] : {std::pair("d", "b"), {"c", "c"}, {"x", "z"}, {"0", "9"}}) {
    EXPECT_THAT(pairs_of(store().scan(from, to)), IsEmpty()) << from;
    EXPECT_THAT(pairs_of(store().scan_back(from, to)), IsEmpty()) << from;
  }
}

TEST_P(StoreConformance, IteratorsSeeTheStateAtTheirMaking) {
  for (const char* key : {"a", "b", "c"}) put(key, "old");
  auto forward = store().scan("", "");
  auto back = store().scan_back("", "");
  Batch batch;
  batch.erase("a");
  batch.put("b", "new");
  batch.put("bb", "new");
  batch.erase_range("c", "");
  EXPECT_OK(store().write(batch, BatchKind::logged, false));
  EXPECT_OK(store().flush());
  EXPECT_THAT(pairs_of(std::move(forward)),
              ElementsAre(Pair("a", "old"), Pair("b", "old"), Pair("c", "old")));
  EXPECT_THAT(pairs_of(std::move(back)),
              ElementsAre(Pair("c", "old"), Pair("b", "old"), Pair("a", "old")));
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("b", "new"), Pair("bb", "new")));
}

TEST_P(StoreConformance, SnapshotsStayAsTheyWere) {
  put("a", "1");
  const auto first = store().snapshot();
  put("a", "2");
  put("b", "2");
  const auto second = store().snapshot();
  Batch batch;
  batch.erase_range("", "");
  batch.put("c", "3");
  EXPECT_OK(store().write(batch, BatchKind::derived, false));
  EXPECT_OK(store().flush());
  EXPECT_THAT(all_of(*first), ElementsAre(Pair("a", "1")));
  EXPECT_EQ(get(*first, "b"), "(none)");
  EXPECT_THAT(all_of(*second), ElementsAre(Pair("a", "2"), Pair("b", "2")));
  EXPECT_THAT(pairs_of(second->scan_back("", "b")), ElementsAre(Pair("a", "2")));
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("c", "3")));
}

TEST_P(StoreConformance, KeepsLargeValues) {
  const Bytes large(20u << 20, 'x');
  put("a", large);
  EXPECT_EQ(get(store(), "a") == large, true);
  EXPECT_OK(store().flush());
  harness().kill();
  EXPECT_EQ(get(store(), "a") == large, true);
}

TEST_P(StoreConformance, AnEmptyBatchIsNothing) {
  EXPECT_OK(store().write(Batch(), BatchKind::logged, true));
  EXPECT_OK(store().write(Batch(), BatchKind::derived, false));
  EXPECT_OK(store().sync());
  EXPECT_OK(store().flush());
  EXPECT_THAT(all_of(store()), IsEmpty());
}

TEST_P(StoreConformance, ReadersOnOtherThreadsSeeWholeBatches) {
  std::atomic<bool> stop = false;
  std::atomic<int> torn = 0, seen = 0;
  std::thread reader([&] {
    while (!stop) {
      const auto snapshot = store().snapshot();
      const Bytes left = get(*snapshot, "left"), right = get(*snapshot, "right");
      torn += left != right;
      const Pairs pairs = pairs_of(store().scan("", ""));
      torn += pairs.size() == 2 && pairs[0].second != pairs[1].second;
      ++seen;
    }
  });
  std::thread syncer([&] {
    while (!stop) EXPECT_OK(store().sync());
  });
  for (int i = 0; i < 500 || seen < 10; ++i) {
    Batch batch;
    batch.put("left", std::to_string(i));
    batch.put("right", std::to_string(i));
    EXPECT_OK(store().write(batch, BatchKind::logged, false));
  }
  stop = true;
  reader.join();
  syncer.join();
  EXPECT_EQ(torn, 0);
}

TEST(Batch, CountsItsBytesAndAppendsInOrder) {
  Batch a, b;
  a.put("k", "1");
  b.put("k", "22");
  b.erase("x");
  a.append(b);
  EXPECT_EQ(a.bytes(), 2u + 3u + 1u);
  ASSERT_EQ(a.changes().size(), 3u);
  EXPECT_EQ(a.changes()[1].value, "22");
  Batch c;
  c.append(std::move(a));
  EXPECT_EQ(c.bytes(), 6u);
  c.clear();
  EXPECT_TRUE(c.empty());
  EXPECT_EQ(c.bytes(), 0u);
}

}  // namespace
}  // namespace syncline::testing
