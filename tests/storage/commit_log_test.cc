// What one kind of CommitLog has alone: scripts in memory; failed syncs, torn tails, holes and size
// on disk.
#include <gtest/gtest.h>

#include "storage/keyspace.h"
#include "storage/memory_commit_log.h"
#include "storage/memory_store.h"
#include "storage/rocks_commit_log.h"
#include "tests/storage/faulty_file_system.h"
#include "tests/storage/store_conformance.h"
#include "tests/storage/temp_directory.h"

namespace syncline::testing {
namespace {

using Outcome = MemoryCommitLog::Scripted::Outcome;

LogAppend next(const CommitLog& log, FenceEpoch epoch, std::vector<Bytes> records) {
  const LogHead head = *log.head();
  LogAppend append(epoch, LogIndex(head.index.value + 1), head.hash);
  for (Bytes& record : records) append.add(std::move(record));
  return append;
}

TEST(MemoryCommitLog, AnswersByItsScriptInOrder) {
  MemoryCommitLog log;
  const FenceEpoch epoch = *log.acquire();
  log.script({.delay_ms = 40});
  log.script({.outcome = Outcome::unknown_lost, .delay_ms = 3});
  const LogAppend a = next(log, epoch, {"a"});
  EXPECT_EQ(log.append(a), AppendAnswer::committed);
  EXPECT_EQ(log.last_delay_ms(), 40);
  const LogAppend b = next(log, epoch, {"b"});
  EXPECT_EQ(log.append(b), AppendAnswer::unknown);
  EXPECT_EQ(log.last_delay_ms(), 3);
  EXPECT_EQ(log.head()->index.value, 1u);
  EXPECT_EQ(log.append(b), AppendAnswer::committed);
  EXPECT_EQ(log.last_delay_ms(), 0);
  log.script({.outcome = Outcome::fenced});
  EXPECT_EQ(log.append(next(log, epoch, {"c"})), AppendAnswer::fenced);
  EXPECT_EQ(log.append(next(log, epoch, {"c"})), AppendAnswer::fenced);
  EXPECT_EQ(log.append(next(log, *log.acquire(), {"c"})), AppendAnswer::committed);
}

TEST(MemoryCommitLog, APowerLossTakesAChosenNumberOfUnknownRuns) {
  for (uint64_t survive = 0; survive <= 3; ++survive) {
    MemoryCommitLog log;
    const FenceEpoch epoch = *log.acquire();
    EXPECT_EQ(log.append(next(log, epoch, {"a"})), AppendAnswer::committed);
    for (int i = 0; i < 3; ++i) {
      log.script({.outcome = Outcome::unknown_kept});
      EXPECT_EQ(log.append(next(log, epoch, {"b", "c"})), AppendAnswer::unknown);
    }
    EXPECT_EQ(log.unsafe_runs(), 3u);
    log.lose_power(survive);
    EXPECT_EQ(log.head()->index.value, 1 + 2 * survive);
    EXPECT_EQ(log.bytes(), 1 + 2 * survive);  // one each
    EXPECT_TRUE(log.trim(LogIndex(1)).has_value());
    EXPECT_EQ(log.bytes(), 2 * survive);
    EXPECT_EQ(log.unsafe_runs(), 0u);
  }
}

// As of the store: making a backup flushes. What a backup has, its original has.
TEST(MemoryCommitLog, ABackupMakesWhatItHoldsSafe) {
  MemoryCommitLog log;
  const FenceEpoch epoch = *log.acquire();
  log.script({.outcome = Outcome::unknown_kept});
  EXPECT_EQ(log.append(next(log, epoch, {"a"})), AppendAnswer::unknown);
  EXPECT_EQ(log.copy().records.size(), 1u);
  log.lose_power(0);
  EXPECT_EQ(log.head()->index, LogIndex(1));
}

TEST(MemoryCommitLog, CanBreakAndForget) {
  MemoryCommitLog log;
  const FenceEpoch epoch = *log.acquire();
  for (const char* bytes : {"a", "b", "c"}) (void)log.append(next(log, epoch, {bytes}));
  const LogAppend fourth = next(log, epoch, {"d"});
  log.fail_with(fail(ErrorCode::kIo, "broken"));
  EXPECT_EQ(log.append(fourth), AppendAnswer::unknown);
  EXPECT_CODE(log.why_unknown(), ErrorCode::kIo);
  EXPECT_CODE(log.head(), ErrorCode::kIo);
  log.fail_with({});
  log.forget_after(LogIndex(1));
  EXPECT_EQ(log.head()->index.value, 1u);
  EXPECT_EQ(log.append(fourth), AppendAnswer::fenced);
}

class RocksLog : public ::testing::Test {
 protected:
  RocksLog() { open(); }
  void open() {
    log_.reset();
    auto log = RocksCommitLog::open(
        path(), {.profile = RocksProfile::log, .create_if_missing = true, .env = files_.env()});
    ASSERT_TRUE(log) << log.error().message;
    log_ = std::move(*log);
  }
  std::string path() const { return directory_.path() + "/log"; }
  TempDirectory directory_;
  FaultyFileSystem files_;
  std::unique_ptr<RocksCommitLog> log_;
};

TEST_F(RocksLog, AFailedSyncIsUnknownAndTheHeadSaysIo) {
  const FenceEpoch epoch = *log_->acquire();
  EXPECT_EQ(log_->append(next(*log_, epoch, {"a"})), AppendAnswer::committed);
  const LogAppend run = next(*log_, epoch, {"b"});
  files_.fail_syncs(true);
  EXPECT_EQ(log_->append(run), AppendAnswer::unknown);
  EXPECT_CODE(log_->why_unknown(), ErrorCode::kIo);
  EXPECT_CODE(log_->head(), ErrorCode::kIo);
  EXPECT_CODE(log_->read(LogIndex(1), 100), ErrorCode::kIo);
  EXPECT_EQ(log_->append(run), AppendAnswer::unknown);
  log_.reset();
  files_.fail_syncs(false);
  files_.forget_unsynced();
  open();
  EXPECT_EQ(log_->head()->index.value, 1u);
  EXPECT_EQ(log_->append(run), AppendAnswer::committed);
}

TEST_F(RocksLog, OneAppendIsOneSync) {
  const FenceEpoch epoch = *log_->acquire();
  const uint64_t before = files_.log_syncs();
  EXPECT_EQ(log_->append(next(*log_, epoch, std::vector<Bytes>(100, "a"))),
            AppendAnswer::committed);
  EXPECT_EQ(files_.log_syncs(), before + 1);
}

// A run is there whole or not at all, wherever the tail was torn.
TEST_F(RocksLog, ATornRunIsCutWhole) {
  const std::vector<Bytes> run(10, Bytes(500, 'x'));
  FenceEpoch epoch = *log_->acquire();
  ASSERT_EQ(log_->append(next(*log_, epoch, run)), AppendAnswer::committed);
  for (uint64_t torn : {1u, 100u, 2000u, 5000u, 5400u}) {
    const LogHead before = *log_->head();
    const LogAppend second = next(*log_, epoch, run);
    files_.fail_syncs(true);
    ASSERT_EQ(log_->append(second), AppendAnswer::unknown);
    log_.reset();
    files_.fail_syncs(false);
    files_.forget_unsynced(torn);
    open();
    EXPECT_EQ(*log_->head(), before) << torn;
    EXPECT_EQ(log_->append(second), AppendAnswer::committed) << torn;
  }
}

TEST(RocksCommitLog, NoticesAMissingRecord) {
  MemoryStore store;
  {
    const auto log = std::move(*RocksCommitLog::open_on(&store));
    const FenceEpoch epoch = *log->acquire();
    for (const char* bytes : {"a", "b", "c", "d"})
      ASSERT_EQ(log->append(next(*log, epoch, {bytes})), AppendAnswer::committed);
    Batch batch;
    batch.erase(KeyBuilder(Keyspace::log_record).u64(2).take());
    EXPECT_OK(store.write(batch, BatchKind::logged, true));
    EXPECT_CODE(log->read(LogIndex(1), 1 << 20), ErrorCode::kStoreDamaged);
    EXPECT_CODE(log->read(LogIndex(2), 1 << 20), ErrorCode::kStoreDamaged);
    EXPECT_CODE(log->read(LogIndex(3), 1 << 20), ErrorCode::kStoreDamaged);
    EXPECT_OK(log->read(LogIndex(4), 1 << 20));
    batch.erase(KeyBuilder(Keyspace::log_record).u64(3).take());
    EXPECT_OK(store.write(batch, BatchKind::logged, true));
  }
  EXPECT_CODE(RocksCommitLog::open_on(&store), ErrorCode::kStoreDamaged);
}

TEST(RocksCommitLog, NoticesRecordsThatDoNotDecode) {
  MemoryStore store;
  store.corrupt(KeyBuilder(Keyspace::log_record).u64(1).take(), "short");
  EXPECT_CODE(RocksCommitLog::open_on(&store), ErrorCode::kStoreDamaged);
  MemoryStore other;
  other.corrupt(KeyBuilder(Keyspace::log_meta).tail("epoch").take(), "short");
  EXPECT_CODE(RocksCommitLog::open_on(&other), ErrorCode::kStoreDamaged);
}

}  // namespace
}  // namespace syncline::testing
