#include "storage/memory_store.h"
#include "storage/rocks_store.h"
#include "tests/storage/faulty_file_system.h"
#include "tests/storage/store_conformance.h"
#include "tests/storage/temp_directory.h"

namespace syncline::testing {
namespace {

class MemoryHarness : public StoreHarness {
 public:
  Store& store() override { return store_; }
  void kill() override { store_.kill(); }
  void lose_power() override { store_.lose_power({}); }
  void fail_syncs() override {
    store_.fail_at(MemoryStore::Operation::sync, 1, ErrorCode::kIo, /*for_good=*/true);
  }
  void set_full(bool full) override {
    store_.clear_faults();
    if (full)
      store_.fail_at(MemoryStore::Operation::write, 1, ErrorCode::kStoreFull, /*for_good=*/true);
  }

 private:
  MemoryStore store_;
};

class RocksHarness : public StoreHarness {
 public:
  explicit RocksHarness(RocksProfile profile) : profile_(profile) { open(); }
  Store& store() override { return *store_; }
  void kill() override {
    store_.reset();
    files_.fail_syncs(false);
    open();
  }
  void lose_power() override {
    store_.reset();
    files_.fail_syncs(false);
    files_.forget_unsynced();
    open();
  }
  void fail_syncs() override { files_.fail_syncs(true); }
  void set_full(bool full) override {
    files_.set_space(full ? std::optional<uint64_t>(3) : std::nullopt);
  }

 private:
  void open() {
    auto store =
        RocksStore::open(directory_.path() + "/store",
                         {.profile = profile_, .create_if_missing = true, .env = files_.env()});
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
  }
  const RocksProfile profile_;
  TempDirectory directory_;
  FaultyFileSystem files_;
  std::unique_ptr<RocksStore> store_;
};

}  // namespace

std::vector<StoreMaker> store_makers() {
  return {
      {"Memory", [] { return std::unique_ptr<StoreHarness>(new MemoryHarness); }},
      {"RocksStd",
       [] { return std::unique_ptr<StoreHarness>(new RocksHarness(RocksProfile::std)); }},
      {"RocksTiny",
       [] { return std::unique_ptr<StoreHarness>(new RocksHarness(RocksProfile::tiny)); }},
      {"RocksLog",
       [] { return std::unique_ptr<StoreHarness>(new RocksHarness(RocksProfile::log)); }},
  };
}

std::vector<StoreMaker> two_store_makers() {
  auto all = store_makers();
  all.resize(2);
  return all;
}

Pairs pairs_of(std::unique_ptr<Iterator> iterator) {
  Pairs out;
  for (; iterator->valid(); iterator->next())
    out.emplace_back(Bytes(iterator->key()), Bytes(iterator->value()));
  EXPECT_OK(iterator->status());
  return out;
}

Pairs all_of(const Reader& reader) { return pairs_of(reader.scan("", "")); }

Pairs all_of(const std::map<Bytes, Bytes>& model) { return {model.begin(), model.end()}; }

Bytes get(const Reader& reader, BytesView key) {
  const auto value = reader.get(key);
  if (!value) return "(error)";
  return value->value_or("(none)");
}

void play(const Batch& batch, std::map<Bytes, Bytes>* model) {
  for (const Batch::Change& change : batch.changes()) {
    if (change.kind == Batch::Change::Kind::put) {
      (*model)[change.key] = change.value;
    } else if (change.kind != Batch::Change::Kind::erase_range) {
      model->erase(change.key);
    } else if (change.value.empty() || change.key < change.value) {
      model->erase(model->lower_bound(change.key),
                   change.value.empty() ? model->end() : model->lower_bound(change.value));
    }
  }
}

Pairs range_of(const std::map<Bytes, Bytes>& model, BytesView from, BytesView to, bool back) {
  Pairs out;
  for (const auto& [key, value] : model)
    if (key >= from && (to.empty() || key < to)) out.emplace_back(key, value);
  if (back) std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace syncline::testing
