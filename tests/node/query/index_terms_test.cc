#include "node/query/index_terms.h"

#include <gtest/gtest.h>

#include <random>

#include "node/query/compare.h"
#include "node/query/run.h"
#include "tests/node/query/people.h"
#include "tests/node/query/random_queries.h"

namespace syncline::query {
namespace {

using test::kPerson;
using test::People;

TermPath field(uint32_t number) { return {{FieldNumber(number)}, false}; }

IndexTerms terms_of(const std::string& text) {
  People people;
  const auto query = people.bind(text);
  return query == nullptr ? IndexTerms() : index_terms(*query, TermKinds::all);
}

TEST(IndexTerms, AreEqualitiesAndRanges) {
  const IndexTerms equal = terms_of("name == 'Ann'");
  ASSERT_EQ(equal.branches.size(), 1u);
  ASSERT_EQ(equal.branches[0].size(), 1u);
  EXPECT_EQ(equal.branches[0][0].path, field(2));
  EXPECT_EQ(equal.branches[0][0].equals, std::vector<Bytes>{comparison_key("Ann")});

  const IndexTerms range = terms_of("age > 3 AND age <= 7");
  ASSERT_EQ(range.branches.size(), 1u);
  ASSERT_EQ(range.branches[0].size(), 2u);
  const Term& least = range.branches[0][range.branches[0][0].low_inclusive ? 1 : 0];
  EXPECT_EQ(least.low, comparison_key(int64_t{3}));
  EXPECT_FALSE(least.low_inclusive);
  EXPECT_EQ(least.high, Bytes(1, static_cast<char>(ValueKind::number) + 1));
}

TEST(IndexTerms, JoinEqualitiesOfOneField) {
  const IndexTerms terms = terms_of("age == 1 OR age IN {2, 3} OR age == 1.0");
  ASSERT_EQ(terms.branches.size(), 1u);
  EXPECT_EQ(terms.branches[0][0].equals.size(), 3u);
}

TEST(IndexTerms, HaveBranchesForAlternatives) {
  EXPECT_EQ(terms_of("age == 1 OR name == 'x'").branches.size(), 2u);
  EXPECT_EQ(terms_of("(age == 1 OR name == 'x') AND (ok == true OR height > 2)").branches.size(),
            4u);
}

TEST(IndexTerms, ReachIntoEmbeddedObjectsAndCollections) {
  const IndexTerms city = terms_of("home.city == 'Oslo'");
  EXPECT_EQ(city.branches[0][0].path.fields,
            (std::vector<FieldNumber>{FieldNumber(18), FieldNumber(1)}));
  const IndexTerms tag = terms_of("'red' IN tags");
  EXPECT_TRUE(tag.branches[0][0].path.elements);
}

TEST(IndexTerms, SayAnythingWhereNothingIsKnown) {
  for (const char* text :
       {"name != 'x'", "NOT age == 1", "name ==[c] 'x'", "ALL scores == 1", "best.age == 1",
        "age == 1 OR name CONTAINS 'x'", "best == null", "NONE tags == 'a'", "TRUEPREDICATE"})
    EXPECT_TRUE(terms_of(text).anything()) << text;
  EXPECT_TRUE(terms_of("age < NULL").branches.empty());
  EXPECT_TRUE(terms_of("FALSEPREDICATE").branches.empty());
}

TEST(IndexTerms, ReadPrefixes) {
  const Term term = terms_of("name BEGINSWITH 'ab'").branches[0][0];
  EXPECT_TRUE(holds(term, {comparison_key("abc")}));
  EXPECT_TRUE(holds(term, {comparison_key("ab")}));
  EXPECT_FALSE(holds(term, {comparison_key("ac")}));
  EXPECT_TRUE(holds(terms_of("name LIKE 'ab*d'").branches[0][0], {comparison_key("abxd")}));
}

TEST(IndexTerms, AreBounded) {
  std::string text = "age == 0";
  for (int i = 0; i < 100; ++i) text += " OR (age == " + std::to_string(i) + " AND name == 'x')";
  EXPECT_TRUE(terms_of(text).anything());
  std::string product = "(age == 0 OR name == 'a')";
  for (int i = 0; i < 12; ++i) product += " AND (age == " + std::to_string(i) + " OR name == 'b')";
  EXPECT_LE(terms_of(product).branches.size(), kBranchesMax);
}

// The promise: an object that matches is found under the terms of some branch.
TEST(IndexTerms, NeverMissAnObjectThatMatches) {
  std::mt19937 random(1);
  int matched = 0;
  int selective = 0;
  for (int round = 0; round < 60; ++round) {
    People people;
    test::add_random_people(random, 12, &people);
    for (int i = 0; i < 60; ++i) {
      const std::string text = test::random_query(random);
      const auto query = people.bind(text);
      ASSERT_NE(query, nullptr);
      const IndexTerms terms = index_terms(*query, TermKinds::all);
      selective += terms.anything() ? 0 : 1;
      for (const auto& row : people.rows(kPerson)) {
        if (!matches(*query, *row, people)) continue;
        ++matched;
        const bool found =
            std::any_of(terms.branches.begin(), terms.branches.end(), [&](const Branch& branch) {
              return std::all_of(branch.begin(), branch.end(), [&](const Term& term) {
                return holds(term, index_keys(*people.schema(), kPerson, term.path,
                                              {&row->id, &row->fields}));
              });
            });
        EXPECT_TRUE(found) << text << " matches object " << row->id.as_integer();
      }
    }
  }
  EXPECT_GT(matched, 1000);
  EXPECT_GT(selective, 300);
}

}  // namespace
}  // namespace syncline::query
