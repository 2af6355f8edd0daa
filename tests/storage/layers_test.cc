// Layers over every Store: newer layers hide older ones and the Store, whatever the order of
// changes.
#include <random>

#include "tests/storage/store_conformance.h"

namespace syncline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class LayersTest : public StoreTest {
 protected:
  void fill(const std::vector<const char*>& keys) {
    Batch batch;
    for (const char* key : keys) batch.put(key, "store");
    EXPECT_OK(store().write(batch, BatchKind::derived, false));
  }
  static Batch put(const char* key, const char* value) {
    Batch batch;
    batch.put(key, value);
    return batch;
  }
  static Batch erase(const char* key) {
    Batch batch;
    batch.erase(key);
    return batch;
  }
  static Batch erase_range(const char* from, const char* to) {
    Batch batch;
    batch.erase_range(from, to);
    return batch;
  }
};
INSTANTIATE_TWO_STORES(LayersTest);

TEST_P(LayersTest, WithoutLayersTheStoreShows) {
  fill({"a", "b"});
  const Layers layers(&store());
  EXPECT_EQ(layers.depth(), 0u);
  EXPECT_THAT(all_of(layers), ElementsAre(Pair("a", "store"), Pair("b", "store")));
}

TEST_P(LayersTest, NewerLayersHideOlderOnes) {
  fill({"a", "b", "c"});
  Layers layers(&store());
  layers.push();
  layers.add(put("b", "one"));
  layers.add(put("d", "one"));
  layers.push();
  layers.add(put("b", "two"));
  layers.add(erase("c"));
  layers.add(erase("nothing"));
  EXPECT_EQ(get(layers, "b"), "two");
  EXPECT_EQ(get(layers, "c"), "(none)");
  EXPECT_EQ(get(layers, "a"), "store");
  EXPECT_THAT(all_of(layers), ElementsAre(Pair("a", "store"), Pair("b", "two"), Pair("d", "one")));
  EXPECT_THAT(pairs_of(layers.scan_back("b", "")), ElementsAre(Pair("d", "one"), Pair("b", "two")));
}

TEST_P(LayersTest, ARangeEraseHidesWhatIsBelowAndNotWhatComesAfter) {
  fill({"a", "b", "c", "d"});
  Layers layers(&store());
  layers.push();
  layers.add(put("b", "before"));
  layers.add(erase_range("b", "d"));
  layers.add(put("c", "after"));
  EXPECT_THAT(all_of(layers),
              ElementsAre(Pair("a", "store"), Pair("c", "after"), Pair("d", "store")));
  layers.push();
  layers.add(erase_range("a", "c"));
  layers.add(put("b", "top"));
  EXPECT_THAT(all_of(layers),
              ElementsAre(Pair("b", "top"), Pair("c", "after"), Pair("d", "store")));
  layers.add(erase_range("", ""));
  EXPECT_THAT(all_of(layers), IsEmpty());
  EXPECT_EQ(get(layers, "d"), "(none)");
  EXPECT_THAT(pairs_of(layers.scan_back("", "")), IsEmpty());
}

TEST_P(LayersTest, TheLowestLayerGoesIntoTheStoreAndNothingShownChanges) {
  fill({"a", "b", "c"});
  Layers layers(&store());
  layers.push();
  layers.add(erase_range("a", "c"));
  layers.add(put("a", "one"));
  layers.push();
  layers.add(put("b", "two"));
  const Pairs before = all_of(layers);
  const size_t bytes = layers.bytes();
  EXPECT_OK(store().write(layers.pop_lowest(), BatchKind::derived, false));
  EXPECT_EQ(layers.depth(), 1u);
  EXPECT_LT(layers.bytes(), bytes);
  EXPECT_EQ(all_of(layers), before);
  EXPECT_OK(store().write(layers.pop_lowest(), BatchKind::derived, false));
  EXPECT_EQ(layers.depth(), 0u);
  EXPECT_EQ(layers.bytes(), 0u);
  EXPECT_EQ(all_of(store()), before);
}

TEST_P(LayersTest, TheLowestLayerComesWithoutThePutsThatALaterPutHides) {
  Layers layers(&store());
  layers.push();
  layers.add(put("a", "one"));
  layers.add(put("b", "one"));
  layers.add(put("a", "two"));
  layers.add(erase("b"));
  layers.add(put("a", "three"));
  const Batch lowest = layers.pop_lowest();
  std::vector<Bytes> values;
  for (const Batch::Change& change : lowest.changes()) values.push_back(change.key + change.value);
  EXPECT_THAT(values, ElementsAre("bone", "b", "athree"));
}

TEST_P(LayersTest, ClearShowsTheStoreAgain) {
  fill({"a"});
  Layers layers(&store());
  layers.push();
  layers.add(erase("a"));
  layers.push();
  layers.clear();
  EXPECT_EQ(layers.depth(), 0u);
  EXPECT_EQ(get(layers, "a"), "store");
}

TEST_P(LayersTest, IteratorsSeeTheLayersAtTheirMaking) {
  fill({"a", "b", "c"});
  Layers layers(&store());
  layers.push();
  layers.add(put("b", "one"));
  auto forward = layers.scan("", "");
  auto back = layers.scan_back("", "");
  layers.add(erase_range("", ""));
  layers.push();
  layers.add(put("z", "two"));
  EXPECT_OK(store().write(layers.pop_lowest(), BatchKind::derived, false));
  layers.clear();
  EXPECT_THAT(pairs_of(std::move(forward)),
              ElementsAre(Pair("a", "store"), Pair("b", "one"), Pair("c", "store")));
  EXPECT_THAT(pairs_of(std::move(back)),
              ElementsAre(Pair("c", "store"), Pair("b", "one"), Pair("a", "store")));
  EXPECT_THAT(all_of(store()), IsEmpty());
}

TEST_P(LayersTest, AgreeWithAPlainMapUnderRandomChanges) {
  for (uint32_t seed = 1; seed <= (GetParam().name == "Memory" ? 100u : 4u); ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto below = [&](uint32_t n) { return random() % n; };
    const auto key = [&] { return Bytes(1, static_cast<char>('a' + below(16))); };
    std::map<Bytes, Bytes> model;
    Batch wipe;
    wipe.erase_range("", "");
    EXPECT_OK(store().write(wipe, BatchKind::derived, false));
    Layers layers(&store());
    std::vector<std::pair<std::unique_ptr<Iterator>, Pairs>> walks;
    for (int step = 0; step < 120; ++step) {
      if (layers.depth() == 0 || below(6) == 0) layers.push();
      Batch batch;
      for (uint32_t n = below(4); n > 0; --n) {
        switch (below(4)) {
          case 0:
            batch.erase(key());
            break;
          case 1:
            batch.erase_range(key(), below(8) == 0 ? Bytes() : key());
            break;
          default:
            batch.put(key(), std::to_string(step));
            break;
        }
      }
      layers.add(batch);
      play(batch, &model);
      if (layers.depth() > 0 && below(5) == 0) {
        ASSERT_TRUE(store().write(layers.pop_lowest(), BatchKind::derived, false));
      }
      const Bytes from = below(4) == 0 ? Bytes() : key(), to = below(4) == 0 ? Bytes() : key();
      ASSERT_EQ(pairs_of(layers.scan(from, to)), range_of(model, from, to, false));
      ASSERT_EQ(pairs_of(layers.scan_back(from, to)), range_of(model, from, to, true));
      const Bytes one = key();
      ASSERT_EQ(get(layers, one), model.contains(one) ? model[one] : "(none)");
      if (below(8) == 0) {
        const bool back = below(2) == 0;
        walks.emplace_back(back ? layers.scan_back(from, to) : layers.scan(from, to),
                           range_of(model, from, to, back));
      }
      if (walks.size() > 3) {
        ASSERT_EQ(pairs_of(std::move(walks.front().first)), walks.front().second);
        walks.erase(walks.begin());
      }
    }
  }
}

}  // namespace
}  // namespace syncline::testing
