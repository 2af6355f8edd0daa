#include "node/query/evaluate.h"

#include <gtest/gtest.h>

#include "proto/extended_json.h"
#include "tests/node/query/people.h"

namespace syncline::query {
namespace {

using test::kDog;
using test::kPerson;
using test::kTrip;
using test::People;

class Evaluate : public ::testing::Test {
 protected:
  Evaluate() {
    people_.add(
        kPerson,
        R"({"_id": 1, "name": "Ann", "age": 30, "height": 1.7, "balance": {"$numberDecimal": "10.50"},
      "ok": true, "born": {"$timestampNs": [1000, 5]}, "tags": ["red", "Blue"], "scores": [1, 2, 3], "lucky": [7, 8],
      "limits": {"a": 1, "b": 2}, "extra": 5, "things": [1, "x", null], "home": {"city": "Oslo", "zip": 150},
      "places": [{"city": "Oslo", "zip": 1}, {"city": "Bergen", "zip": 2}], "best": 2, "dogs": ["rex", "fido"],
      "spot": {"type": "Point", "coordinates": [10.75, 59.91]}})");
    people_.add(
        kPerson,
        R"({"_id": 2, "name": "bob", "nick": null, "age": null, "height": 1.5, "ok": false, "tags": [],
      "scores": [], "extra": {"k": {"n": [1, 2]}, "m": "x"}, "best": 99, "dogs": ["gone"], "home": null,
      "spot": {"type": "Point", "coordinates": [200, 59.91]}})");
    people_.add(kPerson,
                R"({"_id": 3, "name": "\u00c9va", "age": 40, "extra": [3, [4, 5], "y"], "best": 1,
      "scores": [5, 9, 11], "tags": ["", null], "dogs": ["rex"], "things": [], "limits": {"k k": 3}})");
    people_.add(kDog, R"({"_id": "rex", "name": "Rex", "weight": 20.5, "age": 3, "owner": 1})");
    people_.add(kDog, R"({"_id": "fido", "name": "Fido", "weight": 4.0, "age": 9, "owner": 1})");
    people_.add(kDog, R"({"_id": "stray", "name": null, "weight": 8.25, "age": 1})");
  }
  std::string find(const std::string& text, std::vector<Value> arguments = {}) {
    return people_.find(text, std::move(arguments));
  }
  std::string dogs(const std::string& text) { return people_.find(text, {}, kDog); }

  People people_;
};

TEST_F(Evaluate, NullFollowsItsTable) {
  EXPECT_EQ(find("age == null"), "2");
  EXPECT_EQ(find("age != null"), "1 3");
  EXPECT_EQ(find("age != 30"), "2 3");
  EXPECT_EQ(find("age < 100"), "1 3");
  EXPECT_EQ(find("age > null"), "");
  EXPECT_EQ(find("age <= null"), "2");
  EXPECT_EQ(find("age >= null"), "2");
  EXPECT_EQ(find("nick == null"), "1 2 3");  // missing is null
}

TEST_F(Evaluate, StringsFollowTheOldWaysOfNull) {
  EXPECT_EQ(find("nick CONTAINS null"), "1 2 3");
  EXPECT_EQ(find("name BEGINSWITH null"), "1 2 3");
  EXPECT_EQ(find("nick CONTAINS[c] null"), "1 2 3");
  EXPECT_EQ(find("best.nick CONTAINS[c] null"), "");
  EXPECT_EQ(find("photo CONTAINS null"), "1 2 3");
  EXPECT_EQ(find("photo CONTAINS[c] null"), "");
  EXPECT_EQ(find("null CONTAINS nick OR null BEGINSWITH[c] nick OR null ENDSWITH photo"), "");
  EXPECT_EQ(find("null LIKE nick"), "1 2 3");
  EXPECT_EQ(find("name CONTAINS[c] null"), "1 2 3");
  EXPECT_EQ(find("nick LIKE null"), "1 2 3");
  EXPECT_EQ(find("name LIKE null"), "");
  EXPECT_EQ(find("nick CONTAINS ''"), "");
}

TEST_F(Evaluate, ComparesStrings) {
  EXPECT_EQ(find("name == 'ann'"), "");
  EXPECT_EQ(find("name ==[c] 'ANN'"), "1");
  EXPECT_EQ(find("name ==[c] '\u00e9VA'"), "3");
  EXPECT_EQ(find("name BEGINSWITH[c] 'A' OR name ENDSWITH 'b'"), "1 2");
  EXPECT_EQ(find("name LIKE '?nn' OR name LIKE[c] 'B*'"), "1 2");
  EXPECT_EQ(find("'Annabel' CONTAINS name"), "1");
  EXPECT_EQ(find("name.@size == 3"), "1 2");  // bytes
  EXPECT_EQ(find("name < 'Z'"), "1");
}

TEST_F(Evaluate, ComparesNumbersOfAllKinds) {
  EXPECT_EQ(find("age == 30.0"), "1");
  EXPECT_EQ(find("age == '30'"), "1");
  EXPECT_EQ(find("balance == 10.5"), "1");
  EXPECT_EQ(find("balance > $0", {*parse_decimal128("10.499999999999999999")}), "1");
  EXPECT_EQ(find("age BETWEEN {30, 39}"), "1");
  EXPECT_EQ(find("age / 7 == 4"), "1");
  EXPECT_EQ(find("age * 2 - 10 == 50 OR height + height == 3"), "1 2");
  EXPECT_EQ(find("age / 0 == null"), "1 2 3");
  EXPECT_EQ(find("scores + 1 == 10"), "3");
}

TEST_F(Evaluate, QuantifiesListsOnBothSides) {
  EXPECT_EQ(find("scores == 2"), "1");
  EXPECT_EQ(find("ALL scores > 0"), "1 2 3");
  EXPECT_EQ(find("NONE scores > 3"), "1 2");
  EXPECT_EQ(find("ANY scores > ALL {1, 2}"), "1 3");
  EXPECT_EQ(find("NONE scores > ALL {5, 9}"), "1 2");
  EXPECT_EQ(find("scores == {1, 2, 3}"), "1");
  EXPECT_EQ(find("scores == {3, 2, 1}"), "");
  EXPECT_EQ(find("scores == {}"), "2");
  EXPECT_EQ(find("scores IN {9, 2}"), "1 3");
  EXPECT_EQ(find("9 IN scores"), "3");
  EXPECT_EQ(find("{9, 3} IN scores"), "1 3");
  EXPECT_EQ(find("ALL {9, 5} IN scores"), "3");
  EXPECT_EQ(find("age IN $0", {List{30, 40}}), "1 3");
  EXPECT_EQ(find("age == NONE {30}"), "2 3");
  EXPECT_EQ(find("ALL lucky > 6 AND lucky.@count == 2"), "1");
  EXPECT_EQ(find("ALL scores BETWEEN {1, 3} AND scores.@count > 0"), "1");
  EXPECT_EQ(find("scores[0] == 1 OR scores[LAST] == 11"), "1 3");
  EXPECT_EQ(find("scores[7] == null"), "1 2 3");
  EXPECT_EQ(find("tags.length == 4"), "1");
  EXPECT_EQ(find("ALL tags.length == 0"), "2 3");  // that of null is 0
  EXPECT_EQ(find("NONE tags.length == null AND NONE things.length == 0"), "1 2 3");
  EXPECT_EQ(find("ALL tags ==[c] 'blue'"), "2");
}

TEST_F(Evaluate, Aggregates) {
  EXPECT_EQ(find("scores.@sum == 6"), "1");
  EXPECT_EQ(find("scores.@sum == 0 AND scores.@min == null"), "2");
  EXPECT_EQ(find("scores.@avg > 2.0 AND scores.@max > 3"), "3");
  EXPECT_EQ(find("dogs.@max.weight > 20"), "1 3");
  EXPECT_EQ(find("dogs.@avg.age == 6"), "1");
  EXPECT_EQ(find("dogs.@sum.weight == 24.5"), "1");
  EXPECT_EQ(find("limits.@max == 2"), "1");
  EXPECT_EQ(find("limits.@values.@max == 2"), "1");
  EXPECT_EQ(find("things.@min == 1"), "1");
}

TEST_F(Evaluate, FollowsLinksWhereTheyLead) {
  EXPECT_EQ(find("best.name == 'Ann'"), "3");
  EXPECT_EQ(find("best.best.name == 'bob'"), "3");
  EXPECT_EQ(find("best == null"), "2");       // there is no 99
  EXPECT_EQ(find("best.name == null"), "2");  // a broken chain is null
  EXPECT_EQ(find("best == obj('Person', 1)"), "3");
  EXPECT_EQ(find("best IN {obj('Person', 1), obj('Person', 2)}"), "1 3");
  EXPECT_EQ(find("best != $0", {object_reference("Person", 2)}), "2 3");
  EXPECT_EQ(find("dogs.@count == 2"), "1");
  EXPECT_EQ(find("dogs.@count == 0"), "2");  // what is gone does not count
  EXPECT_EQ(find("home.@count == 1 AND best.@count == 1"), "1");
  EXPECT_EQ(find("home.@count == 0"), "2 3");
  EXPECT_EQ(find("dogs.name == 'Rex'"), "1 3");
  EXPECT_EQ(find("ALL dogs.weight > 10"), "2 3");
  EXPECT_EQ(find("dogs[1].name == 'Fido'"), "1");
  EXPECT_EQ(find("'Fido' IN dogs.name"), "1");
  EXPECT_EQ(find("ANY dogs == obj('Dog', 'fido')"), "1");
  // ANY of one value is that value.
  EXPECT_EQ(find("ANY best.name == 'Ann' OR SOME age == 30"), "1 3");
}

TEST_F(Evaluate, FollowsLinksBack) {
  EXPECT_EQ(find("@links.Dog.owner.name == 'Fido'"), "1");
  EXPECT_EQ(find("@links.Dog.owner.@count == 2"), "1");
  EXPECT_EQ(find("@links.Person.best.@count == 0"), "3");
  EXPECT_EQ(find("@links.@count == 3"), "1");
  EXPECT_EQ(dogs("@links.Person.dogs.name == 'Ann'"), "rex fido");
  EXPECT_EQ(dogs("@links.Person.dogs.@sum.age == 70"), "rex");
  EXPECT_EQ(dogs("owner.@links.Person.best.name == '\u00c9va'"), "rex fido");
}

TEST_F(Evaluate, CountsNothingBehindWhatNoTypeLinksTo) {
  // Nothing links to a Trip.
  people_.add(kTrip, R"({"_id": 1, "dogs": {"a": "rex", "b": "gone", "c": null}})");
  EXPECT_EQ(people_.find("@links.@count == 0", {}, kTrip), "1");
  EXPECT_EQ(dogs("@links.Trip.dogs.@links.@count == 0"), "rex fido stray");
  EXPECT_EQ(dogs("@links.Trip.dogs.@count == 1"), "rex");
}

TEST_F(Evaluate, CountsBySubquery) {
  EXPECT_EQ(find("SUBQUERY(dogs, $d, $d.weight > 10).@count == 1"), "1 3");
  EXPECT_EQ(find("SUBQUERY(dogs, $d, weight > 10 AND $d.age == 3).@count > 0"), "1 3");
  EXPECT_EQ(find("SUBQUERY(places, $p, $p.city == 'Oslo').@count == 1"), "1");
  EXPECT_EQ(find("SUBQUERY(@links.Dog.owner, $d, $d.age > 5).@count == 1"), "1");
  EXPECT_EQ(find("SUBQUERY(dogs, $d, SUBQUERY($d.@links.Person.dogs, $p, $p.age > 35).@count > "
                 "0).@count == 1"),
            "1 3");
  // Beyond the predecessor: the variable of the outer one.
  EXPECT_EQ(find("SUBQUERY(dogs, $d, SUBQUERY($d.@links.Person.dogs, $p, $p.age > $d.age * "
                 "13).@count > 0).@count > 0"),
            "1 3");
}

TEST_F(Evaluate, LooksIntoMixedValues) {
  EXPECT_EQ(find("extra == 5"), "1");
  EXPECT_EQ(find("extra.k.n[1] == 2"), "2");
  EXPECT_EQ(find("extra['k']['n'][*] == 1"), "2");
  EXPECT_EQ(find("extra[*] == 'y'"), "3");
  EXPECT_EQ(find("extra[1][FIRST] == 4"), "3");
  EXPECT_EQ(find("extra.@keys == 'm'"), "2");
  EXPECT_EQ(find("extra.@size == 3"), "3");
  EXPECT_EQ(find("extra.@type == 'int'"), "1");
  EXPECT_EQ(find("extra.@type == 'collection'"), "2 3");
  EXPECT_EQ(find("extra.@type != 'numeric'"), "2 3");
  EXPECT_EQ(find("extra.@type IN {'list', 'int'}"), "1 3");
  EXPECT_EQ(find("ANY things.@type == 'null'"), "1");
  EXPECT_EQ(find("things == {1, 'x', null}"), "1");
  EXPECT_EQ(find("extra.nothing == null"), "1 2 3");
}

TEST_F(Evaluate, FindsNoFloatsInMixedValues) {
  people_.add(kPerson, R"({"_id": 4, "extra": 2.5})");
  EXPECT_EQ(find("extra.@type == 'double'"), "4");
  EXPECT_EQ(find("extra.@type == 'float'"), "");
}

TEST_F(Evaluate, LooksIntoDictionaries) {
  EXPECT_EQ(find("limits['a'] == 1"), "1");
  EXPECT_EQ(find("limits.b == 2"), "1");
  EXPECT_EQ(find("limits['k k'] == 3 OR limits[$0] == 1", {Value("a")}), "1 3");
  EXPECT_EQ(find("limits == 3"), "3");
  EXPECT_EQ(find("ALL limits.@values > 1"), "2 3");
  EXPECT_EQ(find("limits.@keys BEGINSWITH 'k'"), "3");
  EXPECT_EQ(find("limits.@count == 2"), "1");
  // What a dictionary lacks is null, of each of many objects too; behind [*] it is nothing.
  EXPECT_EQ(dogs("@links.Person.dogs.limits['a'] == null"), "rex");
  EXPECT_EQ(dogs("@links.Person.dogs.limits['k k'] == null"), "rex fido");
  EXPECT_EQ(dogs("ALL @links.Person.dogs.limits.a == 1 AND @links.@count > 0"), "fido");
  EXPECT_EQ(find("things[*].a == null"), "");
  // It counts all its entries, whether their links lead anywhere or not.
  people_.add(kTrip, R"({"_id": 1, "dogs": {"a": "rex", "b": "gone", "c": null}})");
  EXPECT_EQ(people_.find("dogs.@count == 3 AND dogs.name == 'Rex'", {}, kTrip), "1");
}

TEST_F(Evaluate, CountsNanosecondsBefore1970Downward) {
  people_.add(kPerson, R"({"_id": 4, "born": {"$timestampNs": [-1, -1]}})");
  EXPECT_EQ(find("born == 1969-12-31@23:59:59:1"), "4");
  EXPECT_EQ(find("born == T-1:-1 AND born < 1969-12-31T23:59:59"), "4");
}

TEST_F(Evaluate, FindsPlaces) {
  EXPECT_EQ(find("spot geoWithin geoCircle([10.7, 59.9], 0.001)"), "1");
  EXPECT_EQ(find("spot geoWithin geoBox([-180, -90], [180, 90])"),
            "1");  // 200 degrees are no place
  EXPECT_EQ(
      find("spot geoWithin $0", {Value("geoPolygon({[0, 50], [20, 50], [20, 65], [0, 50]})")}),
      "1");
  EXPECT_EQ(find("spot geoWithin geoCircle([$0, $1], 0.001)", {Value(10.7), Value(59.9)}), "1");
}

TEST_F(Evaluate, FindsWords) {
  EXPECT_EQ(find("name TEXT 'ann'"), "1");
  EXPECT_EQ(find("name TEXT 'EVA'"), "3");
  EXPECT_EQ(find("name TEXT 'b* -bill'"), "2");
}

TEST_F(Evaluate, TakesPathsAsArgumentsAndOtherNames) {
  EXPECT_EQ(find("$K0 == $1", {Value("best.name"), Value("Ann")}), "3");
  Bindings bindings;
  bindings.mapping.paths[{"Person", "friend"}] = "best";
  bindings.mapping.paths[{"Person", "town"}] = "home.city";
  bindings.mapping.paths[{"Dog", "lovers"}] = "@links.Person.dogs";
  const auto bound = query::bind("friend.town == 'Oslo'", people_.schema(), kPerson, bindings);
  ASSERT_TRUE(bound) << bound.error().message;
  EXPECT_EQ((*bound)->text, "best.home.city == \"Oslo\"");
  const auto inverse = query::bind("lovers.@count > 1", people_.schema(), kDog, bindings);
  ASSERT_TRUE(inverse) << inverse.error().message;
  EXPECT_EQ((*inverse)->text, "@links.Person.dogs.@count > 1");
}

TEST_F(Evaluate, SortsCutsAndDropsInWrittenOrder) {
  EXPECT_EQ(find("TRUEPREDICATE SORT(age DESC)"), "3 1 2");
  EXPECT_EQ(find("TRUEPREDICATE SORT(age ASC)"), "2 1 3");
  EXPECT_EQ(find("TRUEPREDICATE SORT(ok DESC, _id ASC)"), "1 2 3");
  EXPECT_EQ(find("TRUEPREDICATE SORT(age DESC) LIMIT(1)"), "3");
  EXPECT_EQ(find("TRUEPREDICATE LIMIT(2) SORT(age ASC)"), "2 1");
  EXPECT_EQ(find("TRUEPREDICATE LIMIT(2) LIMIT(1)"), "1");
  EXPECT_EQ(find("TRUEPREDICATE LIMIT(0)"), "");
  EXPECT_EQ(find("TRUEPREDICATE SORT(best.name DESC) DISTINCT(nick)"), "1");
  EXPECT_EQ(find("TRUEPREDICATE SORT(name DESC) SORT(nick ASC)"), "3 2 1");  // equal ones stay
}

}  // namespace
}  // namespace syncline::query
