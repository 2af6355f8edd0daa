#include "node/query/to_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/node/query/people.h"
#include "tests/node/query/random_queries.h"

namespace syncline::query {
namespace {

using test::kPerson;
using test::People;

std::string text_of(const std::string& query, std::vector<Value> arguments = {}) {
  People people;
  const auto bound = people.bind(query, std::move(arguments));
  return bound == nullptr ? "" : bound->text;
}

TEST(CanonicalText, IsOneForQueriesThatAreTheSame) {
  const std::string text = "age == 1 AND name == \"x\"";
  for (const char* same :
       {"name = 'x' && age == 1", "1 == age AND 'x' == name",
        "(age == 1) and (name == 'x' && age == 1)",
        "NOT NOT (age == 1) AND name == 'x' AND TRUEPREDICATE", "age IN {1} AND name == 'x'",
        "age == 1.0 AND name == \"\\u0078\"", "age == '1' and ANY {'x'} == name"})
    EXPECT_EQ(text_of(same), text) << same;
  EXPECT_EQ(text_of("age == $0 AND name == $1", {Value(int32_t{1}), Value("x")}), text);
}

TEST(CanonicalText, TellsWhatDiffersApart) {
  EXPECT_NE(text_of("age == 1 OR ok == true AND name == 'x'"),
            text_of("(age == 1 OR ok == true) AND name == 'x'"));
  EXPECT_NE(text_of("ALL scores == 1"), text_of("scores == 1"));
  EXPECT_NE(text_of("scores == {1, 2}"), text_of("ANY scores == {1, 2}"));
  EXPECT_NE(text_of("scores == {1, 2}"), text_of("scores == {2, 1}"));
  EXPECT_NE(text_of("name == 'A'"), text_of("name ==[c] 'A'"));
}

TEST(CanonicalText, TurnsComparisonsSoThatConstantsStandRight) {
  EXPECT_EQ(text_of("3 < age"), "age > 3");
  EXPECT_EQ(text_of("{3, 1, 1.0} == age"), "age == {1, 3}");
  EXPECT_EQ(text_of("'x' CONTAINS name"), "\"x\" CONTAINS name");
}

TEST(CanonicalText, DecidesWhatIsConstant) {
  EXPECT_EQ(text_of("FALSEPREDICATE AND age == 1"), "FALSEPREDICATE");
  EXPECT_EQ(text_of("TRUEPREDICATE OR age == 1"), "TRUEPREDICATE");
  EXPECT_EQ(text_of("age == 2 * 3 + 1"), "age == 7");
}

TEST(CanonicalText, ParsesToTheSameAgain) {
  const std::vector<std::string> queries = {
      "born > 2021-02-20@17:30:15:5 OR born == T-3:-5",
      "token == uuid(3b241101-e2bb-4255-8caf-4136c566a962) OR oid == oid(5f2b1e1e1e1e1e1e1e1e1e1e)",
      "photo == binary('x\\u0001') OR photo BEGINSWITH bin(B64\"//8=\")",
      "balance == 1.10 OR balance IN {1, 2.50, NULL} OR balance == inf",
      "height == 0.1 OR height == inf OR height == -1e300 OR height == nan",
      "extra == 'x\"y\\\\z' OR extra.@type == 'string' OR extra.@type IN {'int', 'collection'}",
      "extra.a.b[0][*]['k k'] == 3 OR extra[*].@keys == 'x' OR extra[LAST] == true OR extra.@size "
      "> 2",
      "extra == obj('Dog', 'rex') OR best == obj('Person', 3) OR best == null OR best IN "
      "{obj('Person', 1)}",
      "tags.length > 2 OR tags.@count == 2 OR name.@size == 3 OR dogs.@count == 1",
      "scores[0] == 1 OR scores[LAST] == 2 OR scores[*] == 3 OR ALL lucky > 3 OR NONE tags == 'x'",
      "limits['a'] == 1 OR limits.b == 2 OR limits.@keys == 'c' OR ALL limits.@values > 3 OR "
      "limits.@max == 3",
      "scores.@sum > 3 OR dogs.@avg.weight < 3.5 OR @links.Dog.owner.@min.age == 2",
      "@links.@count == 2 OR best.@links.@count == 1 OR @links.Dog.owner.name == 'x' OR "
      "@links.Dog.owner.@count > 3",
      "SUBQUERY(dogs, $d, $d.weight > 3 AND $d.owner == NULL AND SUBQUERY($d.@links.Person.dogs, "
      "$p, $p.age > 3).@count > 0).@count > 1",
      "SUBQUERY(places, $x, $x.city == 'Oslo').@count == 1 OR places.city == 'Bergen' OR home == "
      "NULL",
      "age * 2 + height / 3 - 1 > balance OR (age + 1) * 2 == 6 OR scores + 1 == 3",
      "spot GEOWITHIN geoBox([1, 2], [3.5, 4]) OR spot GEOWITHIN geoCircle([1, 2], 0.01) OR "
      "spot GEOWITHIN geoPolygon({[0, 0], [4, 0], [4, 4], [0, 0]}, {[3, 1], [3.5, 1], [3.5, 1.5], "
      "[3, 1]})",
      "age BETWEEN {1, 3} SORT(name ASC, best.age DESC, home.city ASC, limits['a'] ASC) "
      "DISTINCT(age) LIMIT(3)",
      "name TEXT 'quick -dog' OR name LIKE[c] 'Ä*' OR name ENDSWITH[c] NULL",
      "ALL scores > ANY {1, 2} OR ANY {1, 2} > ALL scores OR NONE {1, 2} == NONE scores OR ALL {1} "
      "IN scores",
      "things == {1, 'x', NULL} OR things != {} OR ANY things == {1, 2} OR things.@type == 'int'",
  };
  for (const std::string& query : queries) {
    const std::string text = text_of(query);
    EXPECT_EQ(text_of(text), text) << query;
  }
}

TEST(CanonicalText, QuotesNamesThatAreNoNames) {
  Schema schema = *test::people_schema();
  TypeDef& person = *std::find_if(schema.types.begin(), schema.types.end(),
                                  [](const TypeDef& type) { return type.number == kPerson; });
  person.fields[1].name = "and";
  person.fields[2].name = "a `b`\nc";
  const auto shared = std::make_shared<const Schema>(std::move(schema));
  const auto bound = query::bind("`and` == 'x' OR `a ``b``\nc` == 'y'", shared, kPerson);
  ASSERT_TRUE(bound) << bound.error().message;
  const auto again = query::bind((*bound)->text, shared, kPerson);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ((*again)->text, (*bound)->text);
}

TEST(CanonicalText, MeansTheSameForRandomQueries) {
  std::mt19937 random(2);
  for (int round = 0; round < 20; ++round) {
    People people;
    test::add_random_people(random, 10, &people);
    for (int i = 0; i < 60; ++i) {
      const std::string text = test::random_query(random);
      const auto bound = people.bind(text);
      ASSERT_NE(bound, nullptr);
      const auto again = people.bind(bound->text);
      ASSERT_NE(again, nullptr) << text;
      EXPECT_EQ(again->text, bound->text) << text;
      for (const auto& row : people.rows(kPerson))
        EXPECT_EQ(matches(*again, *row, people), matches(*bound, *row, people)) << text << "\n"
                                                                                << bound->text;
    }
  }
}

}  // namespace
}  // namespace syncline::query
