// What only a store in a directory has: opening, FORMAT, locks, damage, real full disks, backups.
#include "storage/rocks_store.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "tests/storage/faulty_file_system.h"
#include "tests/storage/store_conformance.h"
#include "tests/storage/temp_directory.h"

namespace syncline::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr RocksOptions kCreate{.create_if_missing = true};

class RocksStoreTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name = "store") const { return temp_.path() + "/" + name; }
  std::unique_ptr<RocksStore> open(RocksOptions options = kCreate) {
    auto store = RocksStore::open(path(), options);
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }
  static Status put(Store& store, Bytes key, Bytes value, bool sync = false) {
    Batch batch;
    batch.put(std::move(key), std::move(value));
    return store.write(batch, BatchKind::logged, sync);
  }
  void write_file(const std::string& name, const std::string& text) const {
    std::ofstream(path() + "/" + name, std::ios::binary) << text;
  }
  std::vector<std::string> files(const std::string& extension) const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(path()))
      if (entry.path().extension() == extension) out.push_back(entry.path().string());
    std::sort(out.begin(), out.end());
    return out;
  }
  static void flip(const std::string& file, uint64_t at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(stream.get() ^ 0x10);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(byte);
  }
  TempDirectory temp_;
};

TEST_F(RocksStoreTest, IsNotMadeUnlessAsked) {
  EXPECT_CODE(RocksStore::open(path(), {}), ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(path()));
  open();
  EXPECT_TRUE(open({}));
}

TEST_F(RocksStoreTest, IsHeldByOneAtATime) {
  const auto store = open();
  const auto second = RocksStore::open(path(), kCreate);
  EXPECT_CODE(second, ErrorCode::kStoreInUse);
  const pid_t child = fork();
  if (child == 0) {
    // Another process: only the answer matters.
    const auto other = RocksStore::open(path(), {});
    _exit(!other && other.error().code == ErrorCode::kStoreInUse ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(RocksStoreTest, RefusesANewerFormatNamingBoth) {
  open();
  write_file("FORMAT", "syncline store 7\n");
  const auto store = RocksStore::open(path(), kCreate);
  EXPECT_CODE(store, ErrorCode::kStoreTooNew);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("format 7"));
  EXPECT_THAT(store.error().message, HasSubstr("up to 1"));
}

TEST_F(RocksStoreTest, RefusesAFormatThatIsNone) {
  open();
  for (const char* text : {"", "syncline store 1", "syncline store one\n", "syncline store 0\n",
                           "syncline store 1\nmore", "other 1\n", "syncline store 99999999999\n"}) {
    write_file("FORMAT", text);
    EXPECT_CODE(RocksStore::open(path(), kCreate), ErrorCode::kStoreDamaged);
  }
}

TEST_F(RocksStoreTest, RefusesADatabaseThatIsNotOurs) {
  open();
  fs::remove(path() + "/FORMAT");
  EXPECT_CODE(RocksStore::open(path(), kCreate), ErrorCode::kStoreDamaged);
}

TEST_F(RocksStoreTest, IsNotMadeAnewOverOneThatLostItsManifestPointer) {
  EXPECT_OK(put(*open(), "a", "1", true));
  fs::remove(path() + "/CURRENT");
  EXPECT_CODE(RocksStore::open(path(), kCreate), ErrorCode::kStoreDamaged);
}

TEST_F(RocksStoreTest, IsMadeAfterAMakingThatWasCutShort) {
  fs::create_directory(path());
  write_file("FORMAT", "syncline store 1\n");
  EXPECT_CODE(RocksStore::open(path(), {}), ErrorCode::kNotFound);
  EXPECT_TRUE(open());
}

TEST_F(RocksStoreTest, SaysSoWhereADirectoryCannotBeMade) {
  std::ofstream(temp_.path() + "/file") << "x";
  EXPECT_CODE(RocksStore::open(temp_.path() + "/file/store", kCreate), ErrorCode::kIo);
}

// Every byte of a table is either checked or not needed: whatever bit flips, nothing wrong is
// served.
TEST_F(RocksStoreTest, NeverServesAFlippedTable) {
  std::map<Bytes, Bytes> model;
  {
    const auto store = open();
    for (int i = 0; i < 200; ++i) model[fmt::format("key{}", i)] = Bytes(50, 'a' + i % 26);
    for (const auto& [key, value] : model) EXPECT_OK(put(*store, key, value));
    EXPECT_OK(store->flush());
  }
  const auto tables = files(".sst");
  ASSERT_EQ(tables.size(), 1u);
  const uint64_t size = fs::file_size(tables[0]);
  int noticed = 0;
  for (uint64_t at = 7; at < size; at += size / 23) {
    flip(tables[0], at);
    const auto store = RocksStore::open(path(), {});
    if (!store) {
      EXPECT_EQ(store.error().code, ErrorCode::kStoreDamaged) << store.error().message;
      ++noticed;
    } else {
      Pairs seen;
      auto scan = (*store)->scan("", "");
      for (; scan->valid(); scan->next()) seen.emplace_back(scan->key(), scan->value());
      if (!scan->status()) {
        EXPECT_EQ(scan->status().error().code, ErrorCode::kStoreDamaged);
        ++noticed;
      } else {
        EXPECT_EQ(seen, all_of(model)) << "after a flip at " << at;
      }
      for (const auto& [key, value] : model) {
        const auto got = (*store)->get(key);
        EXPECT_TRUE(!got || got->value_or("(none)") == value) << "after a flip at " << at;
      }
    }
    flip(tables[0], at);
  }
  EXPECT_GT(noticed, 10);
}

TEST_F(RocksStoreTest, ReportsAMissingTable) {
  {
    const auto store = open();
    EXPECT_OK(put(*store, "a", "1"));
    EXPECT_OK(store->flush());
  }
  fs::remove(files(".sst")[0]);
  EXPECT_CODE(RocksStore::open(path(), kCreate), ErrorCode::kStoreDamaged);
}

TEST_F(RocksStoreTest, CutsATornTailOfTheLogAndNothingElse) {
  {
    const auto store = open();
    EXPECT_OK(put(*store, "a", Bytes(100, '1')));
    EXPECT_OK(put(*store, "b", Bytes(100, '2')));
  }
  const auto logs = files(".log");
  ASSERT_EQ(logs.size(), 1u);
  fs::resize_file(logs[0], fs::file_size(logs[0]) - 30);
  EXPECT_THAT(all_of(*open()), ElementsAre(Pair("a", Bytes(100, '1'))));
}

TEST_F(RocksStoreTest, StopsAtDamageInTheMiddleOfTheLog) {
  {
    const auto store = open();
    for (int i = 0; i < 50; ++i) EXPECT_OK(put(*store, fmt::format("k{}", i), Bytes(1000, 'v')));
  }
  flip(files(".log")[0], 5000);
  EXPECT_CODE(RocksStore::open(path(), {}), ErrorCode::kStoreDamaged);
}

TEST_F(RocksStoreTest, ABackupIsAWholeStore) {
  const auto store = open();
  EXPECT_OK(put(*store, "a", "1"));
  Batch derived;
  derived.put("b", "2");
  EXPECT_OK(store->write(derived, BatchKind::derived, false));
  fs::create_directory(path("backup"));
  EXPECT_OK(store->backup(path("backup")));
  EXPECT_OK(put(*store, "c", "3"));
  EXPECT_OK(store->backup(path("deep/er")));
  EXPECT_CODE(store->backup(path("backup")), ErrorCode::kExists);
  const auto copy = RocksStore::open(path("backup"), {});
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_THAT(all_of(**copy), ElementsAre(Pair("a", "1"), Pair("b", "2")));
}

TEST_F(RocksStoreTest, AnUnfinishedBackupIsNotTakenForAStore) {
  const auto store = open();
  EXPECT_OK(store->backup(path("backup")));
  fs::remove(path("backup") + "/FORMAT");
  EXPECT_CODE(RocksStore::open(path("backup"), {}), ErrorCode::kStoreDamaged);
}

TEST_F(RocksStoreTest, ReclaimsTheFilesOfErasedRanges) {
  const auto store = open();
  auto ingestion = store->start_ingestion();
  ASSERT_TRUE(ingestion);
  for (char keyspace : {'b', 'c', 'd'})  // a file for each
    for (int i = 0; i < 100; ++i)
      EXPECT_OK((*ingestion)->add(fmt::format("{}{}", keyspace, 100 + i), Bytes(10'000, 'v')));
  EXPECT_OK((*ingestion)->commit(Batch()));
  ingestion->reset();
  EXPECT_EQ(files(".sst").size(), 3u);
  Batch batch;
  batch.erase_range("b", "d");
  EXPECT_OK(store->write(batch, BatchKind::logged, true));
  auto walk = store->scan("c", "");
  EXPECT_OK(store->reclaim("b", "d"));
  EXPECT_EQ(all_of(*store).size(), 100u);
  EXPECT_EQ(pairs_of(std::move(walk)).size(), 100u);
  EXPECT_EQ(files(".sst").size(), 1u);
}

// Else a power loss could take the end of the older log and leave the newer one.
TEST_F(RocksStoreTest, BeginsNoOtherLogBeforeTheOldOneIsSynced) {
  FaultyFileSystem system;
  const auto store =
      open({.create_if_missing = true, .env = system.env(), .memtable_bytes = 64u << 10});
  system.fail_syncs(true);
  Status written;
  for (int i = 0; i < 200 && written; ++i)
    written = put(*store, fmt::format("a{}", i), std::string(1'000, 'v'));
  ASSERT_FALSE(written) << "three memtables would be full";
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
  EXPECT_EQ(files(".log").size(), 1u);
}

TEST_F(RocksStoreTest, SyncsTheLogOnceAGroupAndNotForNothing) {
  FaultyFileSystem system;
  const auto store = open({.create_if_missing = true, .env = system.env()});
  const uint64_t before = system.log_syncs();
  for (int i = 0; i < 10; ++i) EXPECT_OK(put(*store, fmt::format("a{}", i), "1"));
  EXPECT_EQ(system.log_syncs(), before);
  EXPECT_OK(store->sync());
  EXPECT_EQ(system.log_syncs(), before + 1);
  EXPECT_OK(store->sync());
  EXPECT_EQ(system.log_syncs(), before + 1);
  EXPECT_OK(put(*store, "b", "1", true));
  EXPECT_EQ(system.log_syncs(), before + 2);
}

class TornLog : public RocksStoreTest {
 protected:
  ~TornLog() override { store_.reset(); }
  void open_empty() { store_ = open({.create_if_missing = true, .env = system_.env()}); }
  void open_and_fill() {
    open_empty();
    EXPECT_OK(put(*store_, "a", "1", true));
  }
  void lose_power(uint64_t torn) {
    store_.reset();
    system_.forget_unsynced(torn);
    store_ = open({.env = system_.env()});
  }
  FaultyFileSystem system_;
  std::unique_ptr<RocksStore> store_;
};

// Others fill the disk between our look at it and the write: the log has half a record at its end.
TEST_F(TornLog, IsLeftBehindOnceThereIsSpace) {
  open_and_fill();
  system_.hide_limit(true);
  system_.set_space(50);
  EXPECT_CODE(put(*store_, "b", Bytes(1000, 'b'), true), ErrorCode::kStoreFull);
  EXPECT_CODE(put(*store_, "c", Bytes(1000, 'c'), true), ErrorCode::kStoreFull);
  EXPECT_EQ(get(*store_, "a"), "1");
  system_.set_space(std::nullopt);
  EXPECT_OK(put(*store_, "d", "4", true));
  EXPECT_OK(put(*store_, "e", "5"));
  lose_power(0);
  EXPECT_THAT(all_of(*store_), ElementsAre(Pair("a", "1"), Pair("d", "4")));
}

TEST_F(TornLog, IsLeftBehindInAMemtableThatHoldsNothingYet) {
  open_empty();
  system_.hide_limit(true);
  system_.set_space(50);
  EXPECT_CODE(put(*store_, "b", Bytes(1000, 'b'), true), ErrorCode::kStoreFull);
  system_.set_space(std::nullopt);
  EXPECT_OK(put(*store_, "c", "3", true));
  EXPECT_THAT(all_of(*store_), ElementsAre(Pair("c", "3")));
  lose_power(0);
  EXPECT_THAT(all_of(*store_), ElementsAre(Pair("c", "3")));
  EXPECT_OK(put(*store_, "d", "4", true));
}

// The space may be there again by the next write: that a compaction or flush once found none is
// then no reason to refuse it.
TEST_F(RocksStoreTest, ADiskThatWasFullInTheBackgroundIsNotFullForTheNextWrite) {
  FaultyFileSystem system;
  const auto store =
      open({.create_if_missing = true, .env = system.env(), .memtable_bytes = 64u << 10});
  system.fill_for_tables(true);
  // The last of them may be told of it already, and written only if not.
  size_t written = 0;
  for (int i = 0; i < 64 && system.tables_refused() == 0; ++i)
    written += put(*store, fmt::format("a{:03}", i), std::string(1'000, 'v')) ? 1 : 0;
  // RocksDB takes note of it, then removes what it began.
  while (system.tables_refused() == 0 || !files(".sst").empty()) std::this_thread::yield();
  system.fill_for_tables(false);
  EXPECT_OK(put(*store, "b", "1", true));
  EXPECT_EQ(all_of(*store).size(), written + 1);
}

TEST_F(TornLog, OfAPowerLossIsCutToWholeBatches) {
  for (uint64_t torn : {1, 7, 30, 200, 1030, 1500, 5000}) {
    store_.reset();
    fs::remove_all(path());
    open_and_fill();
    EXPECT_OK(put(*store_, "b", Bytes(1000, 'b')));
    EXPECT_OK(put(*store_, "c", Bytes(1000, 'c')));
    lose_power(torn);
    const Pairs pairs = all_of(*store_);
    ASSERT_GE(pairs.size(), 1u) << torn;
    EXPECT_EQ(pairs.size(), torn < 1030 ? 1u : torn < 2060 ? 2u : 3u) << torn;
  }
}

TEST_F(RocksStoreTest, AFullFlushIsGotOver) {
  FaultyFileSystem system;
  {
    const auto store = open({.create_if_missing = true, .env = system.env()});
    EXPECT_OK(put(*store, "a", Bytes(10'000, 'a'), true));
    system.hide_limit(true);
    system.set_space(20);
    EXPECT_CODE(store->flush(), ErrorCode::kStoreFull);
    EXPECT_CODE(put(*store, "b", "2"), ErrorCode::kStoreFull);
    EXPECT_EQ(get(*store, "a"), Bytes(10'000, 'a'));
    system.set_space(std::nullopt);
    EXPECT_OK(put(*store, "c", "3", true));
    EXPECT_OK(store->flush());
  }
  system.forget_unsynced();
  const auto store = open({.env = system.env()});
  EXPECT_EQ(all_of(*store).size(), 2u);
}

// A file system of its own on a directory, until the end of the test.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path)
      : path_(path),
        mounted_(geteuid() == 0 && mount("tmpfs", path.c_str(), "tmpfs", 0, "size=32m") == 0) {}
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }

 private:
  std::string path_;
  bool mounted_;
};

// Where the machine lets us mount one.
TEST_F(RocksStoreTest, ARealFullDiskIsGotOver) {
  const std::string small = path("small");
  fs::create_directory(small);
  const SmallDisk disk(small);
  if (!disk.mounted()) return;  // mounting a small file system takes root
  {
    auto opened = RocksStore::open(small + "/store",
                                   {.profile = RocksProfile::tiny, .create_if_missing = true});
    ASSERT_TRUE(opened) << opened.error().message;
    RocksStore& store = **opened;
    // More than all that the store can hold beside it: else what is freed could go to a compaction,
    // which for a time needs as much again.
    std::ofstream(small + "/ballast") << std::string(20 << 20, 'x');
    uint64_t written = 0;
    Status status;
    std::map<Bytes, Bytes> model;
    for (; status && written < 5000; ++written) {
      std::string noise(20'000, 0);
      for (size_t j = 0; j < noise.size(); ++j)
        noise[j] = static_cast<char>((j * 2654435761u + written * 40503u) >> 7);
      const Bytes key = fmt::format("k{}", written);
      status = put(store, key, noise, true);
      if (status) model[key] = noise;
    }
    EXPECT_CODE(status, ErrorCode::kStoreFull);
    EXPECT_EQ(all_of(store), all_of(model));
    fs::remove(small + "/ballast");
    EXPECT_OK(put(store, "after", "1", true));
    model.insert_or_assign("after", Bytes("1"));
    EXPECT_EQ(all_of(store), all_of(model));
    opened->reset();
    opened = RocksStore::open(small + "/store", {});
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(all_of(**opened), all_of(model));
  }
}

}  // namespace
}  // namespace syncline::testing
