#include "node/replica/run_reader.h"

#include <gtest/gtest.h>

#include <random>

#include "storage/memory_store.h"

namespace syncline::test {
namespace {

Bytes key_of(uint32_t n) {
  Bytes key = "k";
  for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<char>(n >> shift));
  return key;
}

// Steps of every kind: to the next key, over a few, far on, back, and to keys that are not there.
TEST(RunReader, AnswersWhatASearchAnswersInWhateverOrderItIsAsked) {
  for (uint32_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    MemoryStore store;
    Batch batch;
    for (uint32_t n = 0; n < 400; ++n)
      if (random() % 3 != 0) batch.put(key_of(n), std::to_string(n));
    batch.put("l", "beyond its end");
    ASSERT_TRUE(store.write(batch, BatchKind::logged, false).has_value());
    RunReader reader(&store, "l");
    const uint32_t steps[] = {1, 1, 1, 2, 12, 100, 300};
    uint32_t at = 0;
    for (int asked = 0; asked < 2000; ++asked) {
      // Runs of one kind of step, so that it gets used to them.
      const uint32_t step = steps[(asked / 40 + seed) % std::size(steps)];
      at = (at + step) % 420;
      const auto found = reader.get(key_of(at));
      ASSERT_TRUE(found.has_value());
      const auto expected = store.get(key_of(at));
      ASSERT_EQ(found->has_value(), expected->has_value()) << at;
      if (*found) {
        ASSERT_EQ(**found, **expected);
      }
    }
  }
}

}  // namespace
}  // namespace syncline::test
