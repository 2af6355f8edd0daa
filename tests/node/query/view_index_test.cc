#include "node/query/view_index.h"

#include <gtest/gtest.h>

#include <random>

#include "node/query/compare.h"
#include "tests/node/query/people.h"
#include "tests/node/query/random_queries.h"

namespace syncline::query {
namespace {

using test::kPerson;
using test::People;

std::set<ViewIndex::Id> candidates(const ViewIndex& index, const Row& row) {
  std::set<ViewIndex::Id> ids;
  index.candidates({&row.id, &row.fields}, &ids);
  return ids;
}

class ViewIndexTest : public testing::Test {
 protected:
  void add(ViewIndex::Id id, const std::string& text) {
    terms_[id] = index_terms(*people_.bind(text), TermKinds::all);
    index_.add(id, terms_[id]);
  }
  void remove(ViewIndex::Id id) {
    index_.remove(id, terms_.at(id));
    terms_.erase(id);
  }
  std::set<ViewIndex::Id> asked_for(const std::string& person) {
    people_.add(kPerson, person);
    return candidates(index_, *people_.rows(kPerson).back());
  }
  using Ids = std::set<ViewIndex::Id>;
  People people_;
  ViewIndex index_{people_.schema(), kPerson};
  std::map<ViewIndex::Id, IndexTerms> terms_;
};

TEST_F(ViewIndexTest, YieldsWhatWordsAndPlacesMayConcern) {
  add(1, "name TEXT 'milk'");
  add(2, "name TEXT 'a* b*'");  // of two words: the ranges have nothing in common
  add(3, "spot geoWithin geoCircle([10.75, 59.91], 0.01)");
  EXPECT_EQ(asked_for(R"({"_id": 1, "name": "fresh Milk"})"), (Ids{1}));
  EXPECT_EQ(asked_for(R"({"_id": 2, "name": "ab bc"})"), (Ids{2}));
  EXPECT_EQ(asked_for(R"({"_id": 3, "spot": {"type": "Point", "coordinates": [10.8, 59.9]}})"),
            (Ids{3}));
  EXPECT_EQ(
      asked_for(R"({"_id": 4, "name": "x", "spot": {"type": "Point", "coordinates": [0, 0]}})"),
      (Ids{}));
}

TEST_F(ViewIndexTest, YieldsWhatAValueOrARangeMayConcern) {
  add(1, "name == 'Ann'");
  add(2, "name == 'Bob' AND age > 3");
  add(3, "age >= 10 AND age < 20");
  add(4, "'red' IN tags");
  add(5, "name CONTAINS 'z'");
  EXPECT_EQ(asked_for(R"({"_id": 1, "name": "Ann", "age": 5})"), (Ids{1, 5}));
  EXPECT_EQ(asked_for(R"({"_id": 2, "name": "Bob", "age": 10})"), (Ids{2, 3, 5}));
  EXPECT_EQ(asked_for(R"({"_id": 3, "name": "Cid", "age": 20})"), Ids{5}) << "one narrowed range";
  EXPECT_EQ(asked_for(R"({"_id": 4, "tags": ["blue", "red"]})"), (Ids{4, 5}));
}

TEST_F(ViewIndexTest, ForgetsWhatIsRemoved) {
  add(1, "name == 'Ann'"), add(2, "name == 'Ann' OR age > 3"), add(3, "TRUEPREDICATE");
  remove(1), remove(3);
  EXPECT_EQ(asked_for(R"({"_id": 1, "name": "Ann", "age": 1})"), Ids{2});
  remove(2);
  EXPECT_TRUE(index_.empty());
}

TEST_F(ViewIndexTest, LooksInsideOnlyIfSomebodyAsksForMoreThanEverything) {
  add(1, "TRUEPREDICATE");
  ASSERT_NE(index_.all_alike(), nullptr);
  EXPECT_EQ(*index_.all_alike(), Ids{1});
  add(2, "age == 1");
  EXPECT_EQ(index_.all_alike(), nullptr);
}

// Whatever the queries and objects are: a query that matches is a candidate.
TEST(ViewIndexProperty, MissesNobody) {
  std::mt19937 random(20'251);
  for (int round = 0; round < 40; ++round) {
    People people;
    test::add_random_people(random, 30, &people);
    ViewIndex index(people.schema(), kPerson);
    std::map<ViewIndex::Id, std::shared_ptr<const BoundQuery>> queries;
    for (ViewIndex::Id id = 1; id <= 60; ++id) {
      queries[id] = people.bind(test::random_query(random));
      index.add(id, index_terms(*queries[id], TermKinds::all));
    }
    for (ViewIndex::Id id = 1; id <= 60; id += 3) {
      index.remove(id, index_terms(*queries[id], TermKinds::all));
      queries.erase(id);
    }
    for (const auto& row : people.rows(kPerson)) {
      const auto found = candidates(index, *row);
      for (const auto& [id, query] : queries) {
        if (!matches(*query, *row, people)) continue;
        ASSERT_TRUE(found.contains(id)) << query->text;
      }
      for (ViewIndex::Id id : found) ASSERT_TRUE(queries.contains(id)) << "it was removed";
    }
  }
}

TEST(IntervalsProperty, FindWhatHoldsTheKeyAndNothingElse) {
  std::mt19937 random(7);
  const auto key = [&] { return comparison_key(static_cast<int64_t>(random() % 50)); };
  for (int round = 0; round < 50; ++round) {
    Intervals intervals;
    std::map<Intervals::Id, Interval> known;
    for (Intervals::Id id = 0; id < 80; ++id) {
      Interval interval{key(), key(), random() % 2 == 0, random() % 2 == 0};
      if (interval.high < interval.low) std::swap(interval.low, interval.high);
      intervals.add(interval, id);
      known[id] = std::move(interval);
      if (random() % 3 == 0) {
        auto gone = std::next(known.begin(), random() % known.size());
        intervals.remove(gone->second, gone->first);
        known.erase(gone);
      }
    }
    for (int64_t value = -1; value <= 50; ++value) {
      std::vector<Intervals::Id> found;
      intervals.find(comparison_key(value), &found);
      std::set<Intervals::Id> expected;
      for (const auto& [id, interval] : known)
        if (interval.holds(comparison_key(value))) expected.insert(id);
      EXPECT_EQ(std::set<Intervals::Id>(found.begin(), found.end()), expected);
      EXPECT_EQ(found.size(), expected.size());
    }
  }
}

}  // namespace
}  // namespace syncline::query
