#include "storage/keyspace.h"
#include "storage/memory_commit_log.h"
#include "storage/memory_store.h"
#include "storage/rocks_commit_log.h"
#include "tests/storage/commit_log_conformance.h"
#include "tests/storage/faulty_file_system.h"
#include "tests/storage/temp_directory.h"

namespace syncline::testing {
namespace {

// The record's value in the store, with one bit of its bytes flipped.
std::pair<Bytes, Bytes> flipped(const Reader& store, LogIndex index) {
  const Bytes key = KeyBuilder(Keyspace::log_record).u64(index.value).take();
  Bytes value = get(store, key);
  value.back() ^= 1;
  return {key, value};
}

class MemoryHarness : public LogHarness {
 public:
  CommitLog& log() override { return log_; }
  void kill() override { log_.kill(); }
  void lose_power() override { log_.lose_power(0); }
  void flip(LogIndex index) override { log_.corrupt(index); }
  bool answer_unknown_but_keep() override {
    log_.script({.outcome = MemoryCommitLog::Scripted::Outcome::unknown_kept});
    return true;
  }

 private:
  MemoryCommitLog log_;
};

// RocksCommitLog on a store in memory.
class OnMemoryHarness : public LogHarness {
 public:
  OnMemoryHarness() { open(); }
  CommitLog& log() override { return *log_; }
  void kill() override { log_.reset(), store_.kill(), open(); }
  void lose_power() override { log_.reset(), store_.lose_power({}), open(); }
  void flip(LogIndex index) override {
    const auto [key, value] = flipped(store_, index);
    store_.corrupt(key, value);
  }
  bool set_full(bool full) override {
    store_.clear_faults();
    if (full)
      store_.fail_at(MemoryStore::Operation::write, 1, ErrorCode::kStoreFull, /*for_good=*/true);
    return true;
  }

 private:
  void open() {
    auto log = RocksCommitLog::open_on(&store_);
    EXPECT_OK(log);
    log_ = std::move(*log);
  }
  MemoryStore store_;
  std::unique_ptr<RocksCommitLog> log_;
};

class RocksHarness : public LogHarness {
 public:
  RocksHarness() { open(); }
  CommitLog& log() override { return *log_; }
  void kill() override { log_.reset(), open(); }
  void lose_power() override { log_.reset(), files_.forget_unsynced(), open(); }
  void flip(LogIndex index) override {
    log_.reset();
    {
      auto store = RocksStore::open(path(), {.profile = RocksProfile::log});
      EXPECT_OK(store);
      const auto [key, value] = flipped(**store, index);
      Batch batch;
      batch.put(key, value);
      EXPECT_OK((*store)->write(batch, BatchKind::logged, true));
    }
    open();
  }
  bool set_full(bool full) override {
    files_.set_space(full ? std::optional<uint64_t>(3) : std::nullopt);
    return true;
  }

 private:
  std::string path() const { return directory_.path() + "/log"; }
  void open() {
    auto log = RocksCommitLog::open(
        path(), {.profile = RocksProfile::log, .create_if_missing = true, .env = files_.env()});
    EXPECT_OK(log);
    log_ = std::move(*log);
  }
  TempDirectory directory_;
  FaultyFileSystem files_;
  std::unique_ptr<RocksCommitLog> log_;
};

}  // namespace

std::vector<LogMaker> log_makers() {
  return {
      {"Memory", [] { return std::unique_ptr<LogHarness>(new MemoryHarness); }},
      {"RocksOnMemory", [] { return std::unique_ptr<LogHarness>(new OnMemoryHarness); }},
      {"Rocks", [] { return std::unique_ptr<LogHarness>(new RocksHarness); }},
  };
}

}  // namespace syncline::testing
