// Random batches, ingestions, snapshots and crashes on every Store, beside a plain map. The seed is
// in the trace.
#include <random>

#include "storage/memory_store.h"
#include "tests/storage/store_conformance.h"

namespace syncline::testing {
namespace {

class StoreModel : public StoreTest {};
INSTANTIATE_TWO_STORES(StoreModel);

class RandomRun {
 public:
  RandomRun(StoreHarness& harness, uint32_t seed) : harness_(harness), random_(seed) {}

  void steps(int count) {
    Batch wipe;
    wipe.erase_range("", "");
    write(wipe, true);
    for (int i = 0; i < count && !::testing::Test::HasFatalFailure(); ++i) step();
    check_snapshots();
  }

 private:
  uint32_t below(uint32_t n) { return random_() % n; }
  Bytes key() {
    Bytes key(1, static_cast<char>(1 + below(4)));
    for (uint32_t n = below(3); n > 0; --n) key.push_back(static_cast<char>(below(3) * 127));
    return key;
  }
  Batch batch() {
    Batch batch;
    for (uint32_t n = 1 + below(6); n > 0; --n) {
      switch (below(6)) {
        case 0:
          batch.erase(key());
          break;
        case 1:
          batch.erase_range(key(), below(10) == 0 ? Bytes() : key());
          break;
        default:
          batch.put(key(), std::to_string(random_()) + Bytes(below(50), 'x'));
          break;
      }
    }
    return batch;
  }
  void write(const Batch& batch, bool sync) {
    ASSERT_TRUE(harness_.store().write(batch, BatchKind::logged, sync));
    play(batch, &model_);
    if (sync) durable_ = model_;
  }
  void ingest() {
    auto ingestion = harness_.store().start_ingestion();
    ASSERT_TRUE(ingestion);
    std::map<Bytes, Bytes> run;
    // Now and then too much for the log.
    const size_t size = below(3) == 0 ? 40'000 : 10;
    for (uint32_t n = below(12); n > 0; --n) run[key()] = Bytes(size, 'a' + below(26));
    for (const auto& [key, value] : run) ASSERT_TRUE((*ingestion)->add(key, value));
    const Batch changes = below(3) == 0 ? Batch() : batch();
    ASSERT_TRUE((*ingestion)->commit(changes));
    for (const auto& [key, value] : run) model_[key] = value;
    play(changes, &model_);
    durable_ = model_;
  }
  void crash() {
    check_snapshots();
    if (below(2) == 0) {
      harness_.kill();
    } else {
      harness_.lose_power();
      model_ = durable_;
    }
    durable_ = model_;
  }
  void check_snapshots() {
    for (auto& [snapshot, then] : snapshots_) ASSERT_EQ(all_of(*snapshot), then);
    snapshots_.clear();
  }
  void step() {
    switch (below(24)) {
      case 0:
        ASSERT_TRUE(harness_.store().flush());
        durable_ = model_;
        break;
      case 1:
        ASSERT_TRUE(harness_.store().sync());
        durable_ = model_;
        break;
      case 2:
        if (below(6) == 0) crash();
        break;
      case 3:
        snapshots_.emplace_back(harness_.store().snapshot(), all_of(model_));
        break;
      case 4:
        if (snapshots_.size() > 2) {
          ASSERT_EQ(all_of(*snapshots_[1].first), snapshots_[1].second);
          snapshots_.erase(snapshots_.begin() + 1);
        }
        break;
      case 5:
        if (below(3) == 0) ingest();
        break;
      default:
        write(batch(), below(8) == 0);
        break;
    }
    const Bytes from = below(3) == 0 ? Bytes() : key(), to = below(3) == 0 ? Bytes() : key();
    ASSERT_EQ(pairs_of(harness_.store().scan(from, to)), range_of(model_, from, to, false));
    ASSERT_EQ(pairs_of(harness_.store().scan_back(from, to)), range_of(model_, from, to, true));
    if (const auto* memory = dynamic_cast<MemoryStore*>(&harness_.store())) {
      size_t bytes = 0;
      for (const auto& [key, value] : model_) bytes += key.size() + value.size();
      ASSERT_EQ(memory->bytes(), bytes);
    }
    const Bytes one = key();
    ASSERT_EQ(get(harness_.store(), one), model_.contains(one) ? model_[one] : "(none)");
  }

  StoreHarness& harness_;
  std::mt19937 random_;
  std::map<Bytes, Bytes> model_, durable_;
  std::vector<std::pair<std::unique_ptr<Reader>, Pairs>> snapshots_;
};

TEST_P(StoreModel, AgreesWithAPlainMap) {
  for (uint32_t seed = 1; seed <= (GetParam().name == "Memory" ? 100u : 4u); ++seed) {
    SCOPED_TRACE(seed);
    ASSERT_NO_FATAL_FAILURE(RandomRun(harness(), seed).steps(300));
  }
}

}  // namespace
}  // namespace syncline::testing
