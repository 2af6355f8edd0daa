#include "node/query/bind.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/node/query/people.h"

namespace syncline::query {
namespace {

using test::kPerson;
using test::People;
using test::refusal;

TEST(Bind, NamesTheNearestProperty) {
  EXPECT_EQ(refusal("nmae == 'x'"), "column 1: 'Person' has no 'nmae'; did you mean 'name'?");
  EXPECT_EQ(refusal("home.cty == 'x'"), "column 6: 'Address' has no 'cty'; did you mean 'city'?");
  EXPECT_EQ(refusal("home.zzzzzzzzz == 'x'"),
            "column 6: 'Address' has no 'zzzzzzzzz'; it has city, zip");
  EXPECT_EQ(refusal("age == 1 SORT(agee ASC)"),
            "column 15: 'Person' has no 'agee'; did you mean 'age'?");
  EXPECT_EQ(refusal("@links.Dgo.owner == null"),
            "column 8: the schema has no 'Dgo'; did you mean 'Dog'?");
  EXPECT_EQ(refusal("age.length == 2"), "column 5: 'Person.age' (int) has no property 'length'");
}

TEST(Bind, RefusesWhatDoesNotCompare) {
  for (const char* text : {"name == 1",
                           "name > 1",
                           "age == 'x'",
                           "ok == 1",
                           "born == 1",
                           "token == 'x'",
                           "best == 'x'",
                           "best == 1",
                           "best == obj('Dog', 'rex')",
                           "best > null",
                           "home > null",
                           "1 == 1",
                           "{1} == 1",
                           "$0 == $0",
                           "name == age",
                           "age CONTAINS 'x'",
                           "name CONTAINS 1",
                           "age ==[c] 1",
                           "name LIKE age",
                           "age TEXT 'x'",
                           "name TEXT tags",
                           "scores == lucky",
                           "dogs == null",
                           "ANY dogs == null",
                           "dogs.owner == null",
                           "ALL name == 'x'",
                           "NONE best.name == 'x'",
                           "age IN 3",
                           "age IN name",
                           "age BETWEEN {1}",
                           "age BETWEEN {1, 2, 3}",
                           "scores BETWEEN {1, 2}",
                           "ANY scores BETWEEN {1, 2}",
                           "age.@type == 'int'",
                           "extra.@type == 'nothing'",
                           "extra.@type > 'int'",
                           "extra.@type == 3",
                           "extra.@type == extra",
                           "lucky[0] == 1",
                           "limits[0] == 1",
                           "scores['x'] == 1",
                           "name[0] == 'x'",
                           "age[*] == 1",
                           "scores.@keys == 'x'",
                           "age.@count == 1",
                           "ok.@size == 1",
                           "tags.@sum == 1",
                           "tags.@max == 'x'",
                           "dogs.@max == 1",
                           "dogs.@max.name == 'x'",
                           "age.@min == 1",
                           "scores.@min.x == 1",
                           "SUBQUERY(scores, $x, $x == 1).@count > 0",
                           "SUBQUERY(best, $x, $x.age == 1).@count > 0",
                           "SUBQUERY(age, $x, TRUEPREDICATE).@count > 0",
                           "SUBQUERY(dogs, $x, SUBQUERY($x.@links.Person.dogs, $x, "
                           "TRUEPREDICATE).@count > 0).@count > 0",
                           "name + 1 == 2",
                           "age + 'x' == 2",
                           "age + ok == 2",
                           "scores + scores == 2",
                           "age == inf",
                           "age == nan",
                           "name == inf",
                           "name geoWithin geoBox([0, 0], [1, 1])",
                           "home geoWithin geoBox([0, 0], [1, 1])",
                           "spot geoWithin geoBox([0, 0], [500, 1])",
                           "spot geoWithin geoCircle([0, 0], -1.0)",
                           "TRUEPREDICATE SORT(scores ASC)",
                           "TRUEPREDICATE DISTINCT(dogs.name)",
                           "@links.Dog.name == 'x'",
                           "@links == 1",
                           "age == B64\"?\"",
                           "born == 1800-01-01@00:00:00",
                           "born == 2021-02-30@00:00:00",
                           "age == obj('Person', 1)"})
    EXPECT_NE(refusal(text, {}, kPerson), "") << text;
}

TEST(Bind, ChecksArguments) {
  EXPECT_EQ(refusal("age == $0"),
            "column 8: the query asks for argument $0, and there are no arguments");
  EXPECT_EQ(refusal("age == $2", {1, 2}),
            "column 8: the query asks for argument $2, and there are only $0 to $1");
  EXPECT_EQ(refusal("age == $0", {"x"}),
            "column 8: cannot compare argument $0 with value \"x\" to a int");
  EXPECT_EQ(refusal("ANY $0 == age", {1}),
            "column 5: ANY, ALL and NONE need a list; argument $0 is none");
  EXPECT_NE(refusal("age IN $0", {1}), "");
  EXPECT_NE(refusal("limits[$0] == 1", {true}), "");
  EXPECT_NE(refusal("$K0 == 1", {3}), "");
  EXPECT_NE(refusal("$K0 == 1", {"a..b"}), "");
  EXPECT_NE(refusal("spot geoWithin $0", {"here"}), "");
  EXPECT_NE(refusal("spot geoWithin $0", {3}), "");
  EXPECT_NE(refusal("age == $0", {std::nan("")}), "");
}

TEST(Bind, RoundsConstantsForFloats) {
  People people;
  Bindings bindings;
  bindings.floats.insert({kPerson, FieldNumber(5)});
  const auto bound = query::bind("height == 1.100000024", people.schema(), kPerson, bindings);
  ASSERT_TRUE(bound);
  EXPECT_EQ((*bound)->text, "height == 1.1");
}

TEST(Bind, KnowsWhatAQueryReads) {
  People people;
  const auto alone = people.bind("age > 3 AND home.city == 'x' AND scores == 1 SORT(name ASC)");
  EXPECT_TRUE(alone->reads.alone());
  EXPECT_EQ(alone->reads.fields, (std::vector<FieldNumber>{FieldNumber(2), FieldNumber(4),
                                                           FieldNumber(14), FieldNumber(18)}));
  const auto linked =
      people.bind("best.name == 'x' AND best.best.age == 1 AND @links.Dog.owner.weight > 3");
  EXPECT_EQ(linked->reads.depth(), 2u);
  ASSERT_EQ(linked->reads.follows.size(), 3u);
  for (const Follows& one : linked->reads.follows) {
    if (one.kind == Follows::Kind::backlink) {
      EXPECT_EQ(one.other, test::kDog);
      EXPECT_EQ(one.field, FieldNumber(5));
      EXPECT_EQ(one.fields, std::vector<FieldNumber>{FieldNumber(3)});
    } else if (one.depth == 1) {
      EXPECT_EQ(one.path, std::vector<FieldNumber>{FieldNumber(21)});
      EXPECT_EQ(one.fields, (std::vector<FieldNumber>{FieldNumber(2), FieldNumber(21)}));
    }
  }
  EXPECT_FALSE(people.bind("best == null")->reads.alone());
}

}  // namespace
}  // namespace syncline::query
