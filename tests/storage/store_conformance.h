// What a suite over every Store needs: a store that can be killed, lose power and be opened again;
// and shorthands.
//
// Suites derive from StoreTest and are instantiated with INSTANTIATE_STORES(Suite).
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.h"

namespace syncline::testing {

class StoreHarness {
 public:
  virtual ~StoreHarness() = default;
  virtual Store& store() = 0;
  // The process ends and another opens the store. Nothing read from the old one may be alive.
  virtual void kill() = 0;
  // So too, and what was not synced or flushed is gone.
  virtual void lose_power() = 0;
  // Every sync of a log from now on fails, until the store is opened again.
  virtual void fail_syncs() = 0;
  // Writes find no space, until told otherwise.
  virtual void set_full(bool full) = 0;
};

struct StoreMaker {
  std::string name;
  std::unique_ptr<StoreHarness> (*make)();
};
std::vector<StoreMaker> store_makers();
// One of each kind: for suites where RocksDB's profiles make no difference.
std::vector<StoreMaker> two_store_makers();

class StoreTest : public ::testing::TestWithParam<StoreMaker> {
 protected:
  StoreTest() : harness_(GetParam().make()) {}
  Store& store() { return harness_->store(); }
  StoreHarness& harness() { return *harness_; }

 private:
  std::unique_ptr<StoreHarness> harness_;
};

#define INSTANTIATE_STORES(suite) INSTANTIATE_THESE(suite, store_makers())
#define INSTANTIATE_TWO_STORES(suite) INSTANTIATE_THESE(suite, two_store_makers())
#define INSTANTIATE_THESE(suite, makers)                                                    \
  INSTANTIATE_TEST_SUITE_P(Stores, suite, ::testing::ValuesIn(::syncline::testing::makers), \
                           [](const auto& info) { return info.param.name; })

using Pairs = std::vector<std::pair<Bytes, Bytes>>;

// Everything the iterator yields; fails the test if it ends with an error.
Pairs pairs_of(std::unique_ptr<Iterator> iterator);
Pairs all_of(const Reader& reader);
Pairs all_of(const std::map<Bytes, Bytes>& model);
// The value, "(none)", or "(error)".
Bytes get(const Reader& reader, BytesView key);

// Applies a batch to a plain map.
void play(const Batch& batch, std::map<Bytes, Bytes>* model);
Pairs range_of(const std::map<Bytes, Bytes>& model, BytesView from, BytesView to, bool back);

#define EXPECT_OK(expression)                                                 \
  do {                                                                        \
    const auto& expect_ok_result = (expression);                              \
    if (!expect_ok_result) ADD_FAILURE() << expect_ok_result.error().message; \
  } while (false)
#define EXPECT_CODE(expression, expected)                                                         \
  do {                                                                                            \
    const auto& expect_code_result = (expression);                                                \
    if (expect_code_result)                                                                       \
      ADD_FAILURE() << #expression " succeeded";                                                  \
    else                                                                                          \
      EXPECT_EQ(expect_code_result.error().code, expected) << expect_code_result.error().message; \
  } while (false)

}  // namespace syncline::testing
