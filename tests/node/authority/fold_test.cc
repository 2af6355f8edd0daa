#include "node/authority/fold.h"

#include "storage/keyspace.h"
#include "tests/node/authority/histories.h"

namespace syncline::authority_test {
namespace {

constexpr uint64_t kSeeds = 12;
constexpr int kSteps = 60;

// Folds what the log holds into an empty store, each entry so often.
void fold_all(const Site& site, int times, MemoryStore* store) {
  Totals totals(store);
  for (const Entry& entry : site.entries()) {
    for (int i = 0; i < times; ++i) {
      Batch batch = must(fold(*store, entry, {LogIndex(entry.seq.value), {}}, &totals, {})).batch;
      totals.write(&batch);
      must(store->write(batch, BatchKind::derived, false));
    }
  }
}

TEST(Fold, TwiceIsOnceWhateverTheEntryDid) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Site site;
    live_a_history(&site, seed, kSteps);
    MemoryStore once;
    fold_all(site, 1, &once);
    MemoryStore twice;
    fold_all(site, 2, &twice);
    ASSERT_EQ(state_of(once), state_of(twice)) << "seed " << seed;
  }
}

TEST(Fold, OfTheSameEntriesGivesTheSameBytesWithKnownImagesAndWithout) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Site site;
    live_a_history(&site, seed, kSteps);
    MemoryStore recovered;
    must(initialise_state(&recovered, Incarnation(77)));
    const RecoveryReport report = must(recover(&recovered, site.log));
    EXPECT_EQ(report.replayed_entries, site.head().seq.value);
    ASSERT_EQ(state_of(site.disk), state_of(recovered)) << "seed " << seed;
  }
}

TEST(Fold, ListsEachObjectOnceBySeqAndCountsWhatIsThere) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Site site;
    live_a_history(&site, seed, kSteps);
    for (const TypeDef& type : site.schema().types) {
      std::map<ObjectKey, LogSeq> present;
      for (auto at = scan_rows(site.disk, type.number); at->valid(); at->next())
        present[state_keys::key_of_row(at->key())] = must(decode_row(at->value())).changed;
      std::set<ObjectKey> listed;
      size_t marks = 0;
      const Bytes index = state_keys::by_seq_of(type.number);
      for (auto at = site.disk.scan(index, prefix_end(index)); at->valid(); at->next()) {
        const auto [seq, key] = state_keys::parts_of_by_seq(at->key());
        EXPECT_TRUE(listed.insert(key).second) << "listed twice, seed " << seed;
        EXPECT_EQ(present.contains(key), at->value().empty());
        if (at->value().empty()) {
          EXPECT_EQ(present[key], seq);
        }
        marks += at->value().empty() ? 0 : 1;
      }
      EXPECT_EQ(listed.size(), present.size() + marks);
      const auto count = must(site.disk.get(state_keys::type_count(type.number)));
      EXPECT_EQ(count ? get_u64_big_endian(*count) : 0, present.size()) << "seed " << seed;
    }
  }
}

TEST(Fold, OfAnUpdateOfWhatIsAbsentSaysThatTheStateDoesNotFit) {
  Site site;
  site.write(site.put_box("a", "one"));
  site.write(site.put_box("a", "two"));
  MemoryStore empty;
  Totals totals(&empty);
  const auto folded = fold(empty, site.entries().back(), {LogIndex(1), {}}, &totals, {});
  ASSERT_FALSE(folded);
  EXPECT_EQ(folded.error().code, ErrorCode::kStoreDamaged);
}

TEST(Records, OfALargeEntryAreSeveralAndComeTogetherAgain) {
  Entry entry;
  entry.seq = LogSeq(3);
  entry.payload = noise(1'200'000);
  const std::vector<Bytes> records = records_of(entry);
  ASSERT_EQ(records.size(), 3u);
  EntryAssembler assembler;
  EXPECT_FALSE(must(assembler.add(records[0])));
  EXPECT_FALSE(must(assembler.add(records[1])));
  EXPECT_EQ(must(assembler.add(records[2])), entry);
  EXPECT_FALSE(assembler.add("\x07"));
  EXPECT_FALSE(assembler.add(""));
}

}  // namespace
}  // namespace syncline::authority_test
