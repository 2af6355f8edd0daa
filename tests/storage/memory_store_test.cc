// What only the store in memory has: crashes by number, faults by number, and its own checks.
#include "storage/memory_store.h"

#include <cstring>
#include <random>

#include "tests/storage/store_conformance.h"

namespace syncline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using Operation = MemoryStore::Operation;

Status put(Store& store, Bytes key, Bytes value, BatchKind kind = BatchKind::logged,
           bool sync = false) {
  Batch batch;
  batch.put(std::move(key), std::move(value));
  return store.write(batch, kind, sync);
}

TEST(MemoryStore, LosesAChosenSuffixOfEachKind) {
  for (uint64_t logged = 0; logged <= 3; ++logged) {
    for (uint64_t derived = 0; derived <= 3; ++derived) {
      MemoryStore store;
      EXPECT_OK(put(store, "a", "safe", BatchKind::logged, true));
      for (const char* n : {"1", "2", "3"}) {
        EXPECT_OK(put(store, "d", n, BatchKind::derived));
        EXPECT_OK(put(store, "l", n));
      }
      EXPECT_EQ(store.unsafe().logged, 3u);
      EXPECT_EQ(store.unsafe().derived, 3u);
      store.lose_power({.logged = logged, .derived = derived});
      EXPECT_EQ(get(store, "a"), "safe");
      EXPECT_EQ(get(store, "l"), logged ? std::to_string(logged) : "(none)");
      EXPECT_EQ(get(store, "d"), derived ? std::to_string(derived) : "(none)");
      EXPECT_EQ(store.unsafe().logged + store.unsafe().derived, 0u);
    }
  }
}

TEST(MemoryStore, CrashesBringBackWhatWasErased) {
  MemoryStore store;
  for (const char* key : {"a", "b", "c"}) EXPECT_OK(put(store, key, "old"));
  EXPECT_OK(store.sync());
  Batch batch;
  batch.erase_range("a", "c");
  batch.put("b", "new");
  batch.erase("c");
  batch.put("d", "new");
  EXPECT_OK(store.write(batch, BatchKind::logged, false));
  EXPECT_EQ(store.bytes(), 2 * strlen("bnew"));
  store.lose_power({});
  EXPECT_THAT(all_of(store), ElementsAre(Pair("a", "old"), Pair("b", "old"), Pair("c", "old")));
  EXPECT_EQ(store.bytes(), 3 * strlen("aold"));
}

TEST(MemoryStore, FailsTheOperationItWasTold) {
  MemoryStore store;
  store.fail_at(Operation::write, 2, ErrorCode::kStoreFull);
  EXPECT_OK(put(store, "a", "1"));
  EXPECT_CODE(put(store, "b", "2"), ErrorCode::kStoreFull);
  EXPECT_OK(put(store, "c", "3"));
  store.fail_at(Operation::read, 3, ErrorCode::kStoreDamaged);
  auto walk = store.scan("", "");  // the first step
  walk->next();
  EXPECT_TRUE(walk->valid());
  walk->next();
  EXPECT_FALSE(walk->valid());
  EXPECT_CODE(walk->status(), ErrorCode::kStoreDamaged);
  EXPECT_EQ(get(store, "a"), "1");
  EXPECT_EQ(store.count_of(Operation::write), 3u);
  store.fail_at(Operation::flush, 1, ErrorCode::kIo);
  EXPECT_CODE(store.flush(), ErrorCode::kIo);
  EXPECT_CODE(store.get("a"), ErrorCode::kIo);
  walk.reset();
  store.kill();
  EXPECT_THAT(all_of(store), ElementsAre(Pair("a", "1"), Pair("c", "3")));
}

TEST(MemoryStore, AFaultForGoodLastsUntilCleared) {
  MemoryStore store;
  store.fail_at(Operation::write, 1, ErrorCode::kStoreFull, true);
  EXPECT_CODE(put(store, "a", "1"), ErrorCode::kStoreFull);
  EXPECT_CODE(put(store, "a", "1"), ErrorCode::kStoreFull);
  store.clear_faults();
  EXPECT_OK(put(store, "a", "1"));
}

TEST(MemoryStore, ChecksThatASingleEraseIsOfWhatWasPutOnce) {
  MemoryStore store;
  Batch batch;
  batch.single_erase("a");
  EXPECT_DEATH((void)store.write(batch, BatchKind::logged, false), "put exactly once");
  EXPECT_OK(put(store, "a", "1"));
  EXPECT_OK(put(store, "a", "2"));
  EXPECT_DEATH((void)store.write(batch, BatchKind::logged, false), "put exactly once");
}

TEST(MemoryStore, RotIsRefusedUntilItIsWrittenOverOrMended) {
  MemoryStore store;
  Batch batch;
  for (const char* key : {"a", "b", "c"}) batch.put(key, "1");
  ASSERT_TRUE(store.write(batch, BatchKind::logged, true).has_value());
  store.rot("b");
  EXPECT_EQ(store.get("b").error().code, ErrorCode::kStoreDamaged);
  EXPECT_TRUE(store.get("a")->has_value());
  {
    auto walk = store.scan("a", "z");
    ASSERT_TRUE(walk->valid());
    walk->next();
    EXPECT_FALSE(walk->valid());
    EXPECT_EQ(walk->status().error().code, ErrorCode::kStoreDamaged);
    EXPECT_EQ(store.bare().get("b")->value(), "1") << "those who judge see through it";
  }
  store.kill();
  EXPECT_FALSE(store.get("b").has_value()) << "a restart does not mend it";
  EXPECT_EQ(store.refused(), 3u);
  Batch over;
  over.put("b", "2");
  ASSERT_TRUE(store.write(over, BatchKind::logged, true).has_value());
  EXPECT_EQ(store.get("b")->value(), "2");
  EXPECT_FALSE(store.rotten());
}

TEST(MemoryStore, CannotBeBackedUp) {
  EXPECT_CODE(MemoryStore().backup("/nowhere"), ErrorCode::kNotSupported);
}

// The past must be intact for every reader, and gone when there is none: many overlapping views of
// a busy store.
TEST(MemoryStore, KeepsEveryVersionThatSomeoneReads) {
  MemoryStore store;
  std::mt19937 random(7);
  std::map<Bytes, Bytes> model;
  std::vector<std::pair<std::unique_ptr<Reader>, Pairs>> open;
  for (int i = 0; i < 3000; ++i) {
    Batch batch;
    const Bytes key(1, static_cast<char>('a' + random() % 6));
    if (random() % 3 == 0) {
      batch.erase(key);
    } else {
      batch.put(key, std::to_string(i));
    }
    if (random() % 3 == 0) batch.put(key, std::to_string(i) + "again");
    EXPECT_OK(store.write(batch, BatchKind::logged, random() % 9 == 0));
    play(batch, &model);
    if (random() % 4 == 0) open.emplace_back(store.snapshot(), all_of(model));
    if (!open.empty() && random() % 4 == 0) {
      const size_t at = random() % open.size();
      ASSERT_EQ(all_of(*open[at].first), open[at].second);
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  for (auto& [reader, then] : open) ASSERT_EQ(all_of(*reader), then);
}

}  // namespace
}  // namespace syncline::testing
