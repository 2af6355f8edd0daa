// Indexes that views make for themselves: whole whatever happens meanwhile, and of use.
#include <fmt/format.h>

#include "node/authority/state_lookup.h"
#include "node/authority/stored_row.h"
#include "node/query/compare.h"
#include "tests/node/authority/harness.h"
#include "tests/node/authority/histories.h"

namespace syncline::authority_test {
namespace {

class StateIndexesTest : public testing::Test {
 protected:
  void subscribe(const Device& device, const std::string& query) {
    site_.write([&](Draft& draft) {
      must(draft.put(system_type::kSubscription, Document{{"_id", subscription_prefix(device.id)},
                                                          {"node", to_string(device.id)},
                                                          {"type", "Box"},
                                                          {"query", query}}));
    });
  }
  void put_boxes(int count, const std::function<Document(int)>& box) {
    for (int first = 0; first < count; first += 500) {
      site_.write([&](Draft& draft) {
        for (int i = first; i < std::min(first + 500, count); ++i) {
          Document document = box(i);
          document.set("_id", fmt::format("{:05}", i));
          must(draft.put(site_.type("Box"), document));
        }
      });
    }
  }
  std::vector<StateIndexRecord> records() {
    const auto bytes = must(site_.disk.get(state_keys::indexes()));
    return bytes ? must(decode_state_indexes(*bytes)).indexes : std::vector<StateIndexRecord>();
  }
  // As it stands in the state, and as the objects there would have it.
  std::set<Bytes> stored(const StateIndexRecord& index) {
    std::set<Bytes> keys;
    const Bytes from = state_keys::index_rows_of(index.number);
    for (auto at = site_.disk.scan(from, prefix_end(from)); at->valid(); at->next())
      keys.emplace(at->key());
    return keys;
  }
  std::set<Bytes> computed(const StateIndexRecord& index) {
    std::set<Bytes> keys;
    for (auto at = scan_rows(site_.disk, index.type); at->valid(); at->next()) {
      const StoredRow stored{Bytes(at->value())};
      const Row* row = must(stored.row());
      for (const Bytes& value :
           query::index_keys(site_.schema(), index.type, path_of(index), {&row->id, &row->fields}))
        keys.insert(state_keys::index(index.number, indexed_value(value),
                                      state_keys::key_of_row(at->key())));
    }
    return keys;
  }
  void expect_whole() {
    for (const StateIndexRecord& index : records()) {
      EXPECT_TRUE(index.ready);
      EXPECT_EQ(stored(index), computed(index)) << "index " << index.number;
    }
  }
  // Of all that the device is told next.
  uint64_t walked_by(Device& device) {
    device.forget();
    site_.connect(device);
    const std::vector<Delta> deltas = device.all<Delta>();
    return deltas.empty() ? 0 : deltas.back().total_objects;
  }

  Site site_;
  Device& ann_ = site_.enrol("boss");
  Device& bob_ = site_.enrol("clerk");
};

TEST_F(StateIndexesTest, ANarrowViewCostsWhatItShows) {
  put_boxes(2'000, [](int i) { return Document{{"count", int64_t{i}}}; });
  subscribe(ann_, "count == 7 OR count BETWEEN {1990, 1994}");
  EXPECT_GE(walked_by(ann_), 2'000u) << "the first has to look at all";
  ASSERT_EQ(records().size(), 1u);
  expect_whole();
  subscribe(bob_, "count == 8 OR count BETWEEN {1990, 1995}");
  EXPECT_EQ(walked_by(bob_), 7u + 1) << "and its own subscription";
  EXPECT_EQ(bob_.held, site_.shown_to(bob_));
  bob_.forget();
  subscribe(bob_, "count == 9 OR count BETWEEN {1990, 1991}");
  EXPECT_EQ(bob_.all<Delta>().back().total_objects, 8u + 1)
      << "what it held and what it is to have, and the subscription";
  EXPECT_EQ(bob_.held, site_.shown_to(bob_));
}

TEST_F(StateIndexesTest, OfLongValuesWhatBeginsAlikeIsLookedAt) {
  const std::string alike(kIndexedValueBytesMax, 'x');
  put_boxes(40, [&](int i) {
    return Document{{"any", i < 4 ? alike + std::to_string(i) : std::to_string(i)}};
  });
  subscribe(ann_, fmt::format("`any` == '{}2'", alike));
  site_.connect(ann_);
  subscribe(bob_, fmt::format("`any` >= '{}1'", alike));
  EXPECT_EQ(walked_by(bob_), 4u + 1);
  EXPECT_EQ(bob_.held.size(), 3u + 1);
  EXPECT_EQ(bob_.held, site_.shown_to(bob_));
  expect_whole();
}

TEST_F(StateIndexesTest, AFieldThatIsHiddenIsNotLookedUp) {
  put_boxes(30, [](int i) { return Document{{"secret", std::to_string(i)}}; });
  subscribe(ann_, "secret == '3'");
  site_.connect(ann_);
  ASSERT_EQ(records().size(), 1u);
  subscribe(bob_, "secret == null");
  site_.connect(bob_);
  EXPECT_EQ(bob_.held.size(), 30u + 1) << "it reads as missing";
  EXPECT_EQ(bob_.held, site_.shown_to(bob_));
}

// The first five of what has a count above `above`, as an index has no part in it.
std::set<std::string> first_five(const std::map<std::string, int64_t>& counts, int64_t above,
                                 bool ascending) {
  std::vector<std::pair<int64_t, std::string>> order;
  for (const auto& [id, count] : counts)
    if (count > above) order.emplace_back(ascending ? count : -count, id);
  std::sort(order.begin(), order.end());
  std::set<std::string> ids;
  for (size_t i = 0; i < std::min<size_t>(5, order.size()); ++i) ids.insert(order[i].second);
  return ids;
}

TEST_F(StateIndexesTest, AWindowIsReadInItsOrder) {
  std::map<std::string, int64_t> counts;
  put_boxes(400, [&](int i) {
    counts[fmt::format("{:05}", i)] = i / 4;
    return Document{{"count", int64_t{i / 4}}};
  });
  struct Window {
    const char* query;
    int64_t above;
    bool ascending;
  };
  for (const Window& window :
       {Window{"TRUEPREDICATE SORT(count DESC) LIMIT(5)", -1'000, false},
        Window{"TRUEPREDICATE SORT(count ASC) LIMIT(5)", -1'000, true},
        Window{"count > 70 SORT(count ASC) LIMIT(5)", 70, true},
        Window{"TRUEPREDICATE SORT(count DESC, name ASC) LIMIT(5)", -1'000, false}}) {
    subscribe(ann_, window.query);
    site_.connect(ann_);
    for (int i = 0; i < 400; i += 57) {
      const bool live = i % 2 == 0;
      if (!live) site_.disconnect(ann_);
      const std::string id = fmt::format("{:05}", i);
      site_.write(site_.set_box(id, "count", counts[id] = 200 - i));
      if (!live) site_.connect(ann_);
      std::set<std::string> held;
      for (const auto& [name, fields] : ann_.held)
        if (name.type == site_.type("Box"))
          held.insert(*must(id_of(name.key)).get_if<std::string>());
      EXPECT_EQ(held, first_five(counts, window.above, window.ascending)) << window.query << i;
    }
    expect_whole();
    site_.disconnect(ann_);
  }
}

// Where the first in order are looked at in vain, the rest is left to a scan, which begins anew.
TEST_F(StateIndexesTest, AWindowWhoseMembersStandFarBehindIsTheSame) {
  put_boxes(5'000, [](int i) {
    const bool match = i == 1 || i >= 4'998;
    return Document{{"count", int64_t{i}}, {"name", match ? "x" : "o"}};
  });
  subscribe(ann_, "name CONTAINS 'x' SORT(count ASC) LIMIT(2)");
  site_.connect(ann_);
  expect_whole();
  subscribe(bob_, "name CONTAINS 'x' SORT(count ASC) LIMIT(2)");
  site_.connect(bob_);
  EXPECT_EQ(ann_.held.size(), 2u + 1);
  EXPECT_EQ(bob_.held.size(), 2u + 1) << "by the index, then by a scan";
}

// What is decided and not yet in the state when an index is begun was folded without it.
TEST_F(StateIndexesTest, IsNotBuiltOnWhatLayersAboveItWillChange) {
  put_boxes(10, [](int) { return Document{{"name", "old"}}; });
  subscribe(ann_, "name == 'new'");
  site_.holds_appends = true;
  site_.write(site_.set_box("00003", "name", "new"));
  site_.connect(ann_);
  ASSERT_EQ(records().size(), 1u);
  EXPECT_FALSE(records()[0].ready);
  ASSERT_EQ(site_.log.append(site_.appends.back()), AppendAnswer::committed);
  site_.holds_appends = false;
  site_.run({authority_input::CommitAnswered{AppendAnswer::committed}});
  expect_whole();
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
}

// Where a field is missing its default counts, so entries are of one schema.
TEST_F(StateIndexesTest, AreBuiltAnewUnderAnotherSchema) {
  put_boxes(700, [](int i) { return Document{{"count", int64_t{i % 5}}}; });
  subscribe(ann_, "count == 3");
  site_.connect(ann_);
  const StateIndexRecord before = records().at(0);
  ASSERT_TRUE(before.ready);
  auto schema = std::make_shared<Schema>(site_.schema());
  const query::IndexTerms terms{{query::Branch{
      {path_of(before), {query::comparison_key(Value(int64_t{3}))}, {}, {}, true, true}}}};
  const auto found = [&](uint64_t version) {
    return must(StateLookup(&site_.disk, version).matching(site_.type("Box"), terms));
  };
  EXPECT_EQ(found(schema->mark())->size(), 140u);
  StateIndexes indexes = must(StateIndexes::load(site_.disk, schema));
  const uint64_t mark_before = schema->mark();
  ++schema->revision;
  Batch batch;
  indexes.set_schema(schema, site_.head().seq, &batch);
  must(site_.disk.write(batch, BatchKind::derived, false));
  EXPECT_FALSE(found(mark_before)) << "of another schema";
  EXPECT_FALSE(found(schema->mark())) << "not built yet";
  while (indexes.can_build(site_.head().seq)) {
    Batch step;
    must(indexes.build(site_.disk, site_.head().seq, &step));
    must(site_.disk.write(step, BatchKind::derived, false));
  }
  EXPECT_NE(records().at(0).number, before.number);
  EXPECT_TRUE(stored(before).empty());
  expect_whole();
  EXPECT_EQ(found(schema->mark())->size(), 140u);
}

class AfterACrash : public StateIndexesTest, public testing::WithParamInterface<uint64_t> {};

TEST_P(AfterACrash, TheyAreWholeAgain) {
  put_boxes(1'500, [](int i) { return Document{{"count", int64_t{i % 7}}}; });
  subscribe(ann_, "count == 3");
  must(site_.disk.flush());
  site_.connect(ann_);
  for (int i = 0; i < 1'500; i += 300)
    site_.write(site_.set_box(fmt::format("{:05}", i), "count", int64_t{3}));
  site_.write(site_.remove_box("00004"));
  expect_whole();
  ASSERT_GE(site_.disk.unsafe().derived, 3u + 6) << "of the building, and what was written";
  site_.stop();
  site_.disk.kill(GetParam());
  must(recover(&site_.disk, site_.log));
  site_.start();
  site_.run();
  subscribe(bob_, "count == 5");
  site_.connect(bob_);
  expect_whole();
  EXPECT_EQ(records().size(), 1u);
  EXPECT_EQ(bob_.held, site_.shown_to(bob_));
}

INSTANTIATE_TEST_SUITE_P(Batches, AfterACrash, testing::Range<uint64_t>(0, 9));

}  // namespace
}  // namespace syncline::authority_test
