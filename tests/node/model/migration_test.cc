// What migrations make of objects: each step both ways, chains, embedded objects, numbers.
#include "node/model/migration.h"

#include <nlohmann/json.hpp>
#include <random>

#include "tests/node/model/migration_fixture.h"

namespace syncline::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string property(const std::string& name, const std::string& type) {
  return "\"" + name + R"(": {"bsonType": ")" + type + "\"}";
}

const std::string kAddress =
    R"("address": {"bsonType": "object", "title": "Address", "properties": {
       "street": {"bsonType": "string"}, "city": {"bsonType": "string"}}})";
const std::string kAddressWithoutCity =
    R"("address": {"bsonType": "object", "title": "Address", "properties": {
       "street": {"bsonType": "string"}}})";

TEST(MigrationNumbers, ARenamedFieldKeepsItsNumberAndSwapsAreNoTrouble) {
  Versions versions(items(property("a", "string") + ", " + property("b", "string")));
  ASSERT_EQ(versions.next(items(property("a", "string") + ", " + property("b", "string")),
                          steps(R"({"rename": "a", "to": "b"}, {"rename": "b", "to": "a"})")),
            "");
  EXPECT_EQ(versions.number(1, "a"), versions.number(2, "b"));
  EXPECT_EQ(versions.number(1, "b"), versions.number(2, "a"));
  EXPECT_EQ(versions.schema(1).version, 1u);
  EXPECT_EQ(versions.schema(2).version, 2u);
  EXPECT_EQ(Held(versions).create(1, R"({"a": "x"})").seen(2), R"({"b":"x"})");
}

TEST(MigrationNumbers, WhatIsConvertedOrBroughtBackHasANumberOfItsOwn) {
  Versions versions(items(property("a", "int")));
  ASSERT_EQ(versions.next(items(property("a", "string")),
                          steps(R"({"convert": "a", "otherwise_back": 0})")),
            "");
  EXPECT_NE(versions.number(1, "a"), versions.number(2, "a"));
  EXPECT_TRUE(versions.type(2).is_retired(versions.number(1, "a")));
  ASSERT_EQ(versions.next(items(""), steps(R"({"drop": "a"})")), "");
  EXPECT_TRUE(versions.type(3).is_retired(versions.number(1, "a")));
  EXPECT_TRUE(versions.type(3).is_retired(versions.number(2, "a")));
  ASSERT_EQ(versions.next(items(property("a", "int")), steps("")), "");
  EXPECT_FALSE(versions.type(4).is_retired(versions.number(4, "a")));
  EXPECT_NE(versions.number(4, "a"), versions.number(1, "a"));
  EXPECT_NE(versions.number(4, "a"), versions.number(2, "a"));
  for (const FieldDef& field : versions.type(4).retired)
    EXPECT_TRUE(field.name.starts_with('$')) << field.name << " can be written";
}

TEST(MigrationNumbers, ARenameToANameThatIsRetiredTakesNothingOver) {
  Versions versions(items(property("a", "int") + ", " + property("b", "string")));
  ASSERT_EQ(versions.next(items(property("a", "string")),
                          steps(R"({"drop": "a"}, {"rename": "b", "to": "a"})")),
            "");
  EXPECT_EQ(versions.number(2, "a"), versions.number(1, "b"));
}

TEST(MigrationNumbers, ATypeIsRenamedOrDroppedAndItsNameComesBackAsAnother) {
  const AppFiles first = with_type(items(""), "Old", property("x", "int"));
  Versions versions(first);
  ASSERT_EQ(versions.next(with_type(items(""), "New", property("x", "int")),
                          R"({"types": {"Old": {"rename": "New"}}})"),
            "");
  EXPECT_EQ(versions.type(1, "Old").number, versions.type(2, "New").number);
  ASSERT_EQ(versions.next(items(""), R"({"types": {"New": {"drop": true}}})"), "");
  ASSERT_EQ(versions.next(with_type(items(""), "New", property("x", "int")), "{}"), "");
  EXPECT_NE(versions.type(4, "New").number, versions.type(2, "New").number);
}

TEST(MigrationNumbers, TheVersionIsWhereTheMigrationsLead) {
  EXPECT_EQ(version_of(items("")), 1);
  EXPECT_EQ(version_of({{"migrations/1-2.json", ""}, {"migrations/2-3.json", ""}}), 3);
  EXPECT_EQ(version_of({{"migrations/9-10.json", ""}, {"migrations/2-3.json", ""}}), 10);
  EXPECT_EQ(version_of({{"migrations/x.json", ""}, {"migrations/2-9.json", ""}}), 1);
  EXPECT_EQ(migration_path(4), "migrations/4-5.json");
}

TEST(MigrationSteps, ConvertGoesBothWaysAndSaysOtherwise) {
  Versions versions(items(property("serial", "string"), R"("serial")"));
  ASSERT_EQ(versions.next(items(property("serial_number", "long"), R"("serial_number")"),
                          steps(R"({"convert": "serial", "to": "serial_number", "otherwise": 0})")),
            "");
  Held held(versions);
  EXPECT_EQ(held.create(1, R"({"serial": "42"})").seen(2), R"({"serial_number":42})");
  EXPECT_EQ(held.write(1, R"({"serial": "none"})").seen(2), R"({"serial_number":0})");
  EXPECT_EQ(held.seen(1), R"({"serial":"none"})") << "what was written stays";
  EXPECT_EQ(held.write(2, R"({"serial_number": 7})").seen(1), R"({"serial":"7"})");
  ASSERT_EQ(held.derived.size(), 1u);
  EXPECT_EQ(held.derived[0].operation.path, Path{versions.number(1, "serial")});
  EXPECT_THAT(held.derived[0].from, ElementsAre(Step(versions.number(2, "serial_number"))));
}

TEST(MigrationSteps, ConvertByValues) {
  Versions versions(items(property("state", "string"), R"("state")"));
  ASSERT_EQ(versions.next(items(property("state", "bool"), R"("state")"),
                          steps(R"({"convert": "state", "values": [["on", true], ["off", false]],
                              "otherwise": false})")),
            "")
      << "both truth values are named, so that nothing is without counterpart on the way back";
  Held held(versions);
  EXPECT_EQ(held.create(1, R"({"state": "on"})").seen(2), R"({"state":true})");
  EXPECT_EQ(held.write(2, R"({"state": false})").seen(1), R"({"state":"off"})");
  EXPECT_EQ(held.write(1, R"({"state": "broken"})").seen(2), R"({"state":false})");
}

TEST(MigrationSteps, WhatIsMissingOrNullStaysSoWhereItMay) {
  Versions versions(items(property("a", "int")));
  ASSERT_EQ(versions.next(items(property("a", "string")), steps(R"({"convert": "a"})")), "");
  Held held(versions);
  EXPECT_EQ(held.create(1, R"({"a": 5})").seen(2), R"({"a":"5"})");
  held.fields.put(versions.number(1, "a"), Item(Value()));
  held.follow(1, {{versions.number(1, "a")}});
  EXPECT_EQ(held.seen(2), R"({"a":null})");
  EXPECT_EQ(held.write(1, R"({"a": null})").seen(2), "{}");
  EXPECT_EQ(held.write(2, R"({"a": "no number"})").seen(1), "{}");
}

TEST(MigrationSteps, SplitGoesBothWays) {
  Versions versions(items(property("name", "string"), R"("name")"));
  ASSERT_EQ(
      versions.next(items(property("first", "string") + ", " + property("last", "string")),
                    steps(R"({"split": "name", "into": ["first", "last"], "separator": " "})")),
      "");
  Held held(versions);
  EXPECT_EQ(held.create(1, R"({"name": "Ada King Lovelace"})").seen(2),
            R"({"first":"Ada","last":"King Lovelace"})");
  EXPECT_EQ(held.write(2, R"({"first": "Bea"})").seen(1), R"({"name":"Bea King Lovelace"})");
  EXPECT_EQ(held.write(1, R"({"name": "Cleo"})").seen(2), R"({"first":"Cleo"})");
  EXPECT_EQ(held.write(2, R"({"last": "Day"})").seen(1), R"({"name":"Cleo Day"})");
  held.write(2, R"({"first": null})");
  EXPECT_EQ(held.write(2, R"({"last": null})").seen(1), R"({"name":""})");
}

TEST(MigrationSteps, MergeGoesBothWays) {
  Versions versions(items(property("street", "string") + ", " + property("town", "string")));
  ASSERT_EQ(versions.next(items(property("line", "string")),
                          steps(R"({"merge": ["street", "town"], "into": "line",
                                    "separator": ", "})")),
            "");
  Held held(versions);
  EXPECT_EQ(held.create(1, R"({"street": "Main 1", "town": "Y"})").seen(2),
            R"({"line":"Main 1, Y"})");
  EXPECT_THAT(held.derived[0].from,
              ElementsAre(Step(versions.number(1, "street")), Step(versions.number(1, "town"))));
  EXPECT_EQ(held.write(2, R"({"line": "Side 2, Z"})").seen(1), R"({"street":"Side 2","town":"Z"})");
  EXPECT_EQ(held.write(2, R"({"line": null})").seen(1), "{}");
}

TEST(MigrationSteps, MoveOutOfAnEmbeddedObjectAndBack) {
  Versions versions(items(kAddress));
  ASSERT_EQ(versions.next(items(kAddressWithoutCity + ", " + property("city", "string")),
                          steps(R"({"move": "address.city", "to": "city"})")),
            "");
  Held held(versions);
  EXPECT_EQ(held.create(1, R"({"address": {"street": "Main", "city": "Y"}})").seen(2),
            R"({"address":{"street":"Main"},"city":"Y"})");
  EXPECT_EQ(held.write(2, R"({"city": "Z"})").seen(1),
            R"({"address":{"city":"Z","street":"Main"}})");
  Held bare(versions);
  EXPECT_EQ(bare.create(2, R"({"city": "Z"})").seen(1), R"({"address":{"city":"Z"}})");
  ASSERT_EQ(bare.derived.size(), 2u);
  EXPECT_EQ(bare.derived[0].operation.kind, OperationKind::create);
  EXPECT_EQ(bare.derived[1].operation.kind, OperationKind::set);
  EXPECT_EQ(held.write(1, R"({"address": null})").seen(2), "{}");
}

TEST(MigrationSteps, MoveIntoAnEmbeddedObject) {
  Versions versions(items(kAddressWithoutCity + ", " + property("city", "string")));
  ASSERT_EQ(versions.next(items(kAddress), steps(R"({"move": "city", "to": "address.city"})")), "");
  Held held(versions);
  EXPECT_EQ(held.create(1, R"({"city": "Y"})").seen(2), R"({"address":{"city":"Y"}})");
  EXPECT_EQ(held.write(1, R"({"city": null})").seen(2), R"({"address":{}})");
}

TEST(MigrationSteps, MoveTakesListsAlongElementByElement) {
  const std::string tags = R"({"bsonType": "array", "items": {"bsonType": "string"}})";
  Versions versions(items("\"tags\": " + tags));
  ASSERT_EQ(versions.next(items(R"("more": {"bsonType": "object", "title": "More", "properties":
                                {"tags": )" +
                                tags + "}}"),
                          steps(R"({"move": "tags", "to": "more.tags"})")),
            "");
  Held held(versions);
  EXPECT_EQ(held.create(1, R"({"tags": ["a", "b", "c"]})").seen(2),
            R"({"more":{"tags":["a","b","c"]}})");
  Scope* list = find_scope(held.fields, {versions.number(1, "tags")});
  const Child last = list->children[2];
  const Path path{versions.number(1, "tags"), last.step};
  list->erase(list->children[1].step);
  list->put(last.step, last.item, Position{Bytes(1, '\x01')});
  held.follow(1, {path});
  EXPECT_EQ(held.seen(2), R"({"more":{"tags":["c","a"]}})");
  std::vector<OperationKind> kinds;
  for (const Derived& one : held.derived) kinds.push_back(one.operation.kind);
  EXPECT_THAT(kinds, ElementsAre(OperationKind::erase, OperationKind::move));
}

TEST(MigrationSteps, ConvertTakesCollectionsElementByElement) {
  const auto of = [](const std::string& type, const char* kind) {
    return kind[0] == 'd'
               ? R"("x": {"bsonType": "object", "additionalProperties": {"bsonType": ")" + type +
                     "\"}}"
               : R"("x": {"bsonType": "array", )" +
                     std::string(kind[0] == 's' ? R"("uniqueItems": true, )" : "") +
                     R"("items": {"bsonType": ")" + type + "\"}}";
  };
  for (const char* kind : {"list", "set", "dictionary"}) {
    Versions versions(items(of("int", kind)));
    ASSERT_EQ(versions.next(items(of("string", kind)),
                            steps(R"({"convert": "x", "otherwise_back": -1})")),
              "");
    Held held(versions);
    const bool keys = kind[0] == 'd';
    EXPECT_EQ(held.create(1, keys ? R"({"x": {"k": 1}})" : R"({"x": [1, 2]})").seen(2),
              keys ? R"({"x":{"k":"1"}})" : R"({"x":["1","2"]})");
    EXPECT_EQ(held.write(2, keys ? R"({"x": {"k": "?"}})" : R"({"x": ["?"]})").seen(1),
              keys ? R"({"x":{"k":-1}})" : R"({"x":[-1]})");
  }
}

TEST(MigrationSteps, RequireAndRelaxAreReadings) {
  Versions versions(
      items(property("note", "string") + ", " + property("code", "int"), R"("code")"));
  ASSERT_EQ(versions.next(
                items(property("note", "string") + ", " + property("code", "int"), R"("note")"),
                steps(R"({"require": "note", "default": "-"}, {"relax": "code", "default": 9})")),
            "");
  const auto& readings = versions.chain()[0].readings();
  ASSERT_EQ(readings.size(), 2u);
  for (const Migration::Reading& one : readings) {
    const bool note = one.field == versions.number(1, "note");
    EXPECT_EQ(one.later, note ? std::optional<Value>("-") : std::nullopt);
    EXPECT_EQ(one.earlier, note ? std::nullopt : std::optional<Value>(int32_t{9}));
  }
  EXPECT_EQ(versions.number(1, "note"), versions.number(2, "note"));
  EXPECT_TRUE(versions.chain()[0].steps().empty());
}

TEST(MigrationSteps, DropSaysWhatObjectsOfTheLaterVersionHold) {
  Versions versions(items(property("legacy", "int"), R"("legacy")"));
  ASSERT_EQ(
      versions.next(items(property("x", "int")), steps(R"({"drop": "legacy", "default": 3})")), "");
  for (const bool tell : {true, false}) {
    EXPECT_EQ(Held(versions, tell).create(2, R"({"x": 1})").seen(1), R"({"legacy":3})");
    Held held(versions, tell);
    EXPECT_EQ(held.create(1, R"({"legacy": 8})").seen(1), R"({"legacy":8})");
    EXPECT_THAT(held.derived, IsEmpty());
    held.write(2, R"({"x": 2})");
    EXPECT_THAT(held.derived, IsEmpty());
  }
}

TEST(MigrationSteps, EmbeddedObjectsInListsAndDictionariesAreMigratedInPlace) {
  const auto holding = [](const std::string& type) {
    const std::string door =
        R"({"bsonType": "object", "title": "Door", "properties": {"width": )" + type + "}}";
    return items(R"("doors": {"bsonType": "array", "items": )" + door +
                 R"(}, "by_side": {"bsonType": "object", "additionalProperties": )" + door +
                 R"(}, "main": )" + door);
  };
  Versions versions(holding(R"({"bsonType": "int"})"));
  ASSERT_EQ(versions.next(holding(R"({"bsonType": "string"})"),
                          R"({"types": {"Door": {"fields": [{"convert": "width"}]}}})"),
            "");
  Held held(versions);
  held.create(1, R"({"doors": [{"width": 1}, {"width": 2}], "by_side": {"l": {"width": 3}},
                     "main": {"width": 4}})");
  EXPECT_EQ(held.seen(2), R"({"by_side":{"l":{"width":"3"}},"doors":[{"width":"1"},{"width":"2"}],)"
                          R"("main":{"width":"4"}})");
  const Scope& doors = *find_scope(held.fields, {versions.number(1, "doors")});
  const Path width{versions.number(1, "doors"), doors.children[1].step,
                   versions.number(2, "width", "Door")};
  find_scope(held.fields, {width[0], width[1]})->put(width[2], Item(Value("20")));
  held.follow(2, {width});
  ASSERT_EQ(held.derived.size(), 1u) << "only where it was written";
  EXPECT_THAT(held.derived[0].from, ElementsAre(Step(versions.number(1, "doors"))));
  EXPECT_THAT(held.seen(1), HasSubstr(R"([{"width":1},{"width":20}])"));
}

// 1 -> 2 -> 3: an int, a double, a string.
class MigrationChain : public ::testing::TestWithParam<bool> {
 protected:
  MigrationChain() : versions_(items(property("a", "int"))) {
    EXPECT_EQ(
        versions_.next(items(property("b", "double")), steps(R"({"convert": "a", "to": "b"})")),
        "");
    EXPECT_EQ(
        versions_.next(items(property("c", "string")), steps(R"({"convert": "b", "to": "c"})")),
        "");
  }
  std::string all(const Held& held) { return held.seen(1) + held.seen(2) + held.seen(3); }
  Versions versions_;
};

TEST_P(MigrationChain, IsFollowedAwayFromWhatWasWritten) {
  Held held(versions_, GetParam());
  EXPECT_EQ(all(held.create(1, R"({"a": 5})")), R"({"a":5}{"b":5.0}{"c":"5.0"})");
  EXPECT_EQ(all(held.create(2, R"({"b": 5.5})")), R"({"a":5}{"b":5.5}{"c":"5.5"})");
  EXPECT_EQ(all(held.create(3, R"({"c": "6.25"})")), R"({"a":6}{"b":6.25}{"c":"6.25"})");
  EXPECT_EQ(all(held.create(3, R"({"c": "none"})")), R"({}{}{"c":"none"})");
  EXPECT_EQ(all(held.create(3, R"({"c": "7.125"})")), R"({"a":7}{"b":7.125}{"c":"7.125"})");
  EXPECT_EQ(all(held.write(1, R"({"a": 8})")), R"({"a":8}{"b":8.0}{"c":"8.0"})");
  EXPECT_EQ(held.derived.size(), 2u);
  EXPECT_EQ(all(held.write(2, R"({"b": 9.5})")), R"({"a":9}{"b":9.5}{"c":"9.5"})");
  EXPECT_EQ(all(held.write(3, R"({"c": "2.50"})")), R"({"a":2}{"b":2.5}{"c":"2.50"})");
  EXPECT_EQ(held.derived.size(), 2u);
}

TEST_P(MigrationChain, WhatAgreesIsLeftAsItIs) {
  Held held(versions_, GetParam());
  held.create(2, R"({"b": 5.5})").write(1, R"({"a": 5})");
  EXPECT_EQ(held.seen(2), R"({"b":5.5})") << "an app that saves what it read loses nothing";
  EXPECT_THAT(held.derived, IsEmpty());
  held.follow(1, {Path()});
  EXPECT_THAT(held.derived, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(VersionToldOrNot, MigrationChain, ::testing::Bool());

TEST(MigrationSteps, AllOfAnObjectIsDerivedWhenAVersionIsDeployed) {
  Versions versions(items(property("a", "int") + ", " + kAddress));
  ASSERT_EQ(versions.next(items(property("a", "string") + ", " + kAddressWithoutCity + ", " +
                                property("city", "string")),
                          steps(R"({"convert": "a"}, {"move": "address.city", "to": "city"})")),
            "");
  Held held(versions);
  const Scope fields = held.made(1, R"({"a": 5, "address": {"city": "Y"}})");
  const std::vector<Derived> all = derive_all(versions.chain()[0], versions.type(1).number, fields);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].operation.item, Item(Value("5")));
  EXPECT_EQ(all[1].operation.item, Item(Value("Y")));
  EXPECT_THAT(derive_all(versions.chain()[0], versions.type(1).number, Scope{}), IsEmpty());
}

TEST(MigrationSteps, ANewObjectHoldsWhatEitherVersionRequires) {
  for (const bool tell : {true, false}) {
    Versions versions(items(property("a", "string")));
    ASSERT_EQ(versions.next(items(property("b", "int"), R"("b")"),
                            steps(R"({"convert": "a", "to": "b", "otherwise": -1})")),
              "");
    EXPECT_EQ(Held(versions, tell).create(1, "{}").seen(2), R"({"b":-1})");
  }
}

}  // namespace
}  // namespace syncline::test
