// Large runs beside the write path, on every Store: small ones, many files, and batches that meet
// the run or do not.
#include "tests/storage/store_conformance.h"

namespace syncline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Bytes number_key(char keyspace, int i) {
  char text[16];
  snprintf(text, sizeof text, "%c%06d", keyspace, i);
  return text;
}

class IngestionTest : public StoreTest {
 protected:
  std::unique_ptr<Store::Ingestion> start() {
    auto ingestion = store().start_ingestion();
    EXPECT_OK(ingestion);
    return std::move(*ingestion);
  }
  // Values that make the run larger than what goes through the log.
  void add_many(Store::Ingestion& ingestion, char keyspace, int count, const Bytes& prefix) {
    for (int i = 0; i < count; ++i) {
      const Bytes key = number_key(keyspace, i), value = prefix + Bytes(500, 'v');
      EXPECT_OK(ingestion.add(key, value));
      model_[key] = value;
    }
  }
  void write(const Batch& batch) {
    EXPECT_OK(store().write(batch, BatchKind::logged, false));
    play(batch, &model_);
  }
  void commit(Store::Ingestion& ingestion, const Batch& batch) {
    EXPECT_OK(ingestion.commit(batch));
    play(batch, &model_);
  }
  void expect_model() { EXPECT_EQ(all_of(store()) == all_of(model_), true); }
  std::map<Bytes, Bytes> model_;
};
INSTANTIATE_STORES(IngestionTest);

TEST_P(IngestionTest, OfFewKeysIsVisibleAndDurableAtOnce) {
  auto ingestion = start();
  EXPECT_OK(ingestion->add("a", "1"));
  EXPECT_OK(ingestion->add("b", "2"));
  EXPECT_THAT(all_of(store()), IsEmpty());
  Batch batch;
  batch.put("b", "batch");
  batch.put("c", "3");
  EXPECT_OK(ingestion->commit(batch));
  ingestion.reset();
  harness().lose_power();
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("a", "1"), Pair("b", "batch"), Pair("c", "3")));
}

TEST_P(IngestionTest, WithoutKeysIsItsBatch) {
  Batch batch;
  batch.put("c", "3");
  auto ingestion = start();
  EXPECT_OK(ingestion->commit(batch));
  ingestion.reset();
  harness().lose_power();
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("c", "3")));
}

TEST_P(IngestionTest, RefusesKeysThatDoNotRise) {
  auto ingestion = start();
  EXPECT_OK(ingestion->add("b", "1"));
  EXPECT_CODE(ingestion->add("b", "2"), ErrorCode::kBadData);
  EXPECT_CODE(ingestion->add("a", "2"), ErrorCode::kBadData);
  EXPECT_CODE(ingestion->add("", "2"), ErrorCode::kBadData);
  EXPECT_CODE(ingestion->add("\xff", "2"), ErrorCode::kBadData);
}

TEST_P(IngestionTest, ThatIsDroppedNeverWas) {
  {
    auto ingestion = start();
    add_many(*ingestion, 'r', 2000, "");
  }
  EXPECT_THAT(all_of(store()), IsEmpty());
  harness().kill();
  EXPECT_THAT(all_of(store()), IsEmpty());
}

TEST_P(IngestionTest, OfManyKeysReplacesWhatWasThere) {
  Batch old;
  for (int i = 0; i < 3000; i += 3) old.put(number_key('r', i), "old");
  write(old);
  auto ingestion = start();
  add_many(*ingestion, 'r', 2000, "new");
  commit(*ingestion, Batch());
  expect_model();
  ingestion.reset();
  harness().lose_power();
  expect_model();
}

TEST_P(IngestionTest, BatchBesideTheRunGoesInWithIt) {
  Batch old;
  for (const char* key : {"a1", "a2", "k1", "k2", "z1", "z2"}) old.put(key, "old");
  write(old);
  auto ingestion = start();
  add_many(*ingestion, 'c', 1000, "");
  add_many(*ingestion, 'r', 1000, "");
  Batch batch;
  batch.put("a1", "batch");
  batch.erase("a2");
  batch.erase_range("k", "l");
  batch.put("k2", "batch");
  batch.erase_range("s", "");
  batch.put("z9", "batch");
  commit(*ingestion, batch);
  expect_model();
  ingestion.reset();
  harness().lose_power();
  expect_model();
}

TEST_P(IngestionTest, BatchWinsWhereItMeetsTheRun) {
  Batch old;
  for (int i = 0; i < 1500; i += 2) old.put(number_key('r', i), "old");
  old.put("a", "old");
  write(old);
  EXPECT_OK(store().flush());
  auto ingestion = start();
  add_many(*ingestion, 'r', 1000, "run");
  Batch batch;
  batch.put(number_key('r', 10), "batch");
  batch.erase(number_key('r', 11));
  batch.erase_range(number_key('r', 20), number_key('r', 30));
  batch.put(number_key('r', 25), "batch");
  batch.put(number_key('r', 40), "covered");
  batch.erase_range(number_key('r', 35), number_key('r', 45));
  batch.erase_range(number_key('r', 900), "");
  batch.put(number_key('r', 1400), "batch");
  batch.put("a", "batch");
  commit(*ingestion, batch);
  expect_model();
  ingestion.reset();
  harness().lose_power();
  expect_model();
  Batch later;
  later.put(number_key('r', 11), "later");
  later.erase(number_key('r', 25));
  write(later);
  expect_model();
  EXPECT_OK(store().flush());
  expect_model();
}

TEST_P(IngestionTest, SnapshotsAndIteratorsDoNotSeeIt) {
  Batch old;
  old.put(number_key('r', 5), "old");
  old.put("z", "old");
  write(old);
  const auto snapshot = store().snapshot();
  auto walk = store().scan("", "");
  auto ingestion = start();
  add_many(*ingestion, 'r', 1000, "run");
  Batch batch;
  batch.erase("z");
  commit(*ingestion, batch);
  EXPECT_THAT(all_of(*snapshot), ElementsAre(Pair(number_key('r', 5), "old"), Pair("z", "old")));
  EXPECT_THAT(pairs_of(std::move(walk)),
              ElementsAre(Pair(number_key('r', 5), "old"), Pair("z", "old")));
  expect_model();
}

TEST_P(IngestionTest, MakesEverythingBeforeItDurable) {
  Batch logged, derived;
  logged.put("l", "1");
  derived.put("d", "1");
  EXPECT_OK(store().write(logged, BatchKind::logged, false));
  EXPECT_OK(store().write(derived, BatchKind::derived, false));
  auto ingestion = start();
  add_many(*ingestion, 'r', 1000, "run");
  commit(*ingestion, Batch());
  ingestion.reset();
  harness().lose_power();
  EXPECT_EQ(get(store(), "l"), "1");
  EXPECT_EQ(get(store(), "d"), "1");
  EXPECT_EQ(all_of(store()).size(), 1002u);
}

TEST_P(IngestionTest, FindsNoSpaceAndChangesNothing) {
  Batch old;
  old.put("a", "old");
  write(old);
  auto ingestion = start();
  add_many(*ingestion, 'r', 100, "run");
  harness().set_full(true);
  Batch batch;
  batch.put("a", "batch");
  EXPECT_CODE(ingestion->commit(batch), ErrorCode::kStoreFull);
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("a", "old")));
  ingestion.reset();
  harness().set_full(false);
  EXPECT_OK(store().write(batch, BatchKind::logged, true));
  EXPECT_THAT(all_of(store()), ElementsAre(Pair("a", "batch")));
}

TEST_P(IngestionTest, OfSeveralFilesKeepsItsOrder) {
  auto ingestion = start();
  const Bytes value(100'000, 'x');
  for (int i = 0; i < 700; ++i)
    EXPECT_OK(ingestion->add(number_key('r', i), value + std::to_string(i)));
  Batch batch;
  batch.erase(number_key('r', 350));
  EXPECT_OK(ingestion->commit(batch));
  int expected = 0;
  for (auto at = store().scan("", ""); at->valid(); at->next(), ++expected) {
    if (expected == 350) ++expected;
    ASSERT_EQ(at->key(), number_key('r', expected));
    ASSERT_TRUE(at->value().ends_with(std::to_string(expected)));
  }
  EXPECT_EQ(expected, 700);
}

}  // namespace
}  // namespace syncline::testing
