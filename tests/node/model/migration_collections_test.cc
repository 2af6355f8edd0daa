// Collections under migrations: an edit of one element leaves those beside it as they are, and
// large objects cost no more than what was written in them.
#include <gtest/gtest.h>

#include "proto/codec.h"
#include "tests/node/model/migration_fixture.h"

namespace syncline::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string list_of(const std::string& type) {
  return R"("x": {"bsonType": "array", "items": {"bsonType": ")" + type + "\"}}";
}
std::string set_of(const std::string& type) {
  return R"("x": {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": ")" + type +
         "\"}}";
}
std::string dictionary_of(const std::string& type) {
  return R"("x": {"bsonType": "object", "additionalProperties": {"bsonType": ")" + type + "\"}}";
}

// An object of two versions, and edits of single elements of its `x`.
class Edited {
 public:
  // `create`: what version 1 creates it with.
  Edited(const std::string& before, const std::string& after, const std::string& step,
         const std::string& create)
      : versions_(items(before)) {
    EXPECT_EQ(versions_.next(items(after), steps(step)), "");
    held.emplace(versions_).create(1, create);
  }

  Edited& insert(int version, const Value& value) {
    Scope& list = x(version);
    const Step name = ElementId{ChangesetName{NodeId(9), Epoch(1), ++edits_}, 0};
    list.put(name, Item(value), Position{Bytes(1, '\xff')});
    return follow(version, name);
  }
  Edited& set(int version, size_t index, const Value& value) {
    Child& child = x(version).children.at(index);
    child.item = Item(value);
    return follow(version, child.step);
  }
  Edited& erase(int version, size_t index) {
    const Step name = x(version).children.at(index).step;
    x(version).erase(name);
    return follow(version, name);
  }
  Edited& set(int version, const std::string& key, const Value& value) {
    x(version).put(key, Item(value));
    return follow(version, key);
  }
  Edited& erase(int version, const std::string& key) {
    x(version).erase(key);
    return follow(version, key);
  }
  Edited& add(int version, const Value& value) {
    x(version).put(Member{encode_value(value)}, Item());
    return follow(version, Member{encode_value(value)});
  }
  Edited& remove(int version, const Value& value) {
    x(version).erase(Member{encode_value(value)});
    return follow(version, Member{encode_value(value)});
  }
  // Version 1, then version 2.
  std::string seen() const { return held->seen(1) + held->seen(2); }

  std::optional<Held> held;

 private:
  Scope& x(int version) { return *find_scope(held->fields, {versions_.number(version, "x")}); }
  Edited& follow(int version, const Step& element) {
    held->follow(version, {{versions_.number(version, "x"), element}});
    return *this;
  }

  Versions versions_;
  uint64_t edits_ = 0;
};

const std::string kTexts = R"({"convert": "x", "otherwise": 0})";

TEST(MigrationCollections, AnEditOfAListsElementTakesNothingFromThoseBesideIt) {
  Edited item(list_of("string"), list_of("int"), kTexts, R"({"x": ["x", "7"]})");
  EXPECT_EQ(item.seen(), R"({"x":["x","7"]}{"x":[0,7]})");
  EXPECT_EQ(item.insert(2, Value(9)).seen(), R"({"x":["x","7","9"]}{"x":[0,7,9]})");
  EXPECT_EQ(item.held->derived.size(), 1u);
  EXPECT_EQ(item.set(2, 1, Value(8)).seen(), R"({"x":["x","8","9"]}{"x":[0,8,9]})");
  EXPECT_EQ(item.erase(2, 1).seen(), R"({"x":["x","9"]}{"x":[0,9]})");
  EXPECT_EQ(item.set(1, 1, Value("y")).seen(), R"({"x":["x","y"]}{"x":[0,0]})");
  EXPECT_EQ(item.set(2, 0, Value(3)).seen(), R"({"x":["3","y"]}{"x":[3,0]})");
}

TEST(MigrationCollections, AListKeepsWhatTheLaterVersionHasBeyondTheEarlier) {
  Edited item(list_of("int"), list_of("double"), R"({"convert": "x", "otherwise_back": 0})",
              R"({"x": [1, 2, 3]})");
  EXPECT_EQ(item.set(2, 0, Value(21.9)).seen(), R"({"x":[21,2,3]}{"x":[21.9,2.0,3.0]})");
  EXPECT_EQ(item.set(1, 1, Value(int32_t{5})).seen(), R"({"x":[21,5,3]}{"x":[21.9,5.0,3.0]})");
  EXPECT_EQ(item.insert(1, Value(int32_t{6})).seen(),
            R"({"x":[21,5,3,6]}{"x":[21.9,5.0,3.0,6.0]})");
  EXPECT_EQ(item.set(1, 0, Value(int32_t{22})).seen(),
            R"({"x":[22,5,3,6]}{"x":[22.0,5.0,3.0,6.0]})");
}

TEST(MigrationCollections, ADictionarysKeysStandAlone) {
  Edited item(dictionary_of("string"), dictionary_of("int"), kTexts,
              R"({"x": {"a": "x", "b": "7"}})");
  EXPECT_EQ(item.set(2, "c", Value(9)).seen(),
            R"({"x":{"a":"x","b":"7","c":"9"}}{"x":{"a":0,"b":7,"c":9}})");
  EXPECT_EQ(item.erase(2, "b").seen(), R"({"x":{"a":"x","c":"9"}}{"x":{"a":0,"c":9}})");
  Edited other(dictionary_of("int"), dictionary_of("double"),
               R"({"convert": "x", "otherwise_back": 0})", R"({"x": {"a": 1, "b": 2}})");
  other.set(2, "a", Value(21.9));
  EXPECT_EQ(other.set(1, "b", Value(int32_t{5})).seen(),
            R"({"x":{"a":21,"b":5}}{"x":{"a":21.9,"b":5.0}})");
}

TEST(MigrationCollections, ASetsMemberStaysThatBecomesOneOfTheOtherSide) {
  Edited item(set_of("string"), set_of("int"), kTexts, R"({"x": ["x", "0", "7"]})");
  EXPECT_EQ(item.seen(), R"({"x":["0","7","x"]}{"x":[0,7]})");
  EXPECT_EQ(item.add(2, Value(9)).seen(), R"({"x":["0","7","9","x"]}{"x":[0,7,9]})");
  EXPECT_EQ(item.remove(1, Value("0")).seen(), R"({"x":["7","9","x"]}{"x":[0,7,9]})")
      << "\"x\" is 0 too";
  EXPECT_EQ(item.remove(2, Value(0)).seen(), R"({"x":["7","9"]}{"x":[7,9]})");
  Edited other(set_of("int"), set_of("double"), R"({"convert": "x", "otherwise_back": 0})",
               R"({"x": [1]})");
  other.add(2, Value(21.9));
  EXPECT_EQ(other.add(1, Value(int32_t{5})).seen(), R"({"x":[1,5,21]}{"x":[5.0,1.0,21.9]})");
  EXPECT_EQ(other.add(2, Value(21.0)).seen(), R"({"x":[1,5,21]}{"x":[5.0,21.0,1.0,21.9]})");
  EXPECT_EQ(other.remove(1, Value(int32_t{1})).seen(), R"({"x":[5,21]}{"x":[5.0,21.0,21.9]})");
}

TEST(MigrationCollections, ASetsMemberStaysThatOneOfTheOtherSideBecomes) {
  Edited item(set_of("string"), set_of("int"),
              R"({"convert": "x", "otherwise": 0, "values": [["r", 1], ["s", 1], ["s", 2]]})",
              R"({"x": ["s"]})");
  EXPECT_EQ(item.add(2, Value(2)).seen(), R"({"x":["s"]}{"x":[1,2]})");
  EXPECT_EQ(item.add(1, Value("5")).seen(), R"({"x":["5","s"]}{"x":[1,2,5]})")
      << "1 is what \"s\" becomes, though 2 is what becomes \"s\"";
}

// Whoever wrote, and wherever: what follows has followed, and nothing follows from it again.
TEST(MigrationCollections, WhatAgreesSettles) {
  for (const char* create : {R"({"x": ["x", "7", "07", "0"]})", R"({"x": ["x"]})", R"({"x": []})"})
    for (const bool set : {false, true}) {
      Edited item(set ? set_of("string") : list_of("string"), set ? set_of("int") : list_of("int"),
                  kTexts, create);
      const std::string seen = item.seen();
      for (const int version : {2, 1, 2}) {
        item.held->follow(version, {Path()});
        EXPECT_THAT(item.held->derived, IsEmpty());
        EXPECT_EQ(item.seen(), seen);
      }
    }
}

Step element(uint64_t i) { return ElementId{ChangesetName{NodeId(1), Epoch(1), i}, 0}; }

Scope long_list(uint64_t length, const Item& item) {
  Scope list{ScopeKind::list, {}};
  for (uint64_t i = 1; i <= length; ++i)
    list.children.push_back({element(i), spread_position(i, length), item});
  return list;
}

TEST(MigrationSteps, ASmallWriteBesideALargeListIsConvertedAlone) {
  const std::string more = R"(, "n": {"bsonType": "int"}, "m": {"bsonType": "int"},
      "doors": {"bsonType": "array", "items": {"bsonType": "object", "title": "Door",
        "properties": {"width": {"bsonType": "int"}}}})";
  Versions versions(items(list_of("int") + more));
  std::string later = more;
  later.replace(later.find(R"("n": {"bsonType": "int"})"), 24, R"("n": {"bsonType": "string"})");
  ASSERT_EQ(versions.next(items(list_of("string") + later),
                          steps(R"({"convert": "x", "otherwise_back": 0},
                                   {"convert": "n", "otherwise_back": 0})")),
            "");
  const TypeNumber type = versions.type(1).number;
  Scope fields;
  fields.put(versions.number(1, "x"), Item(long_list(2'000, Item(Value(int32_t{5})))));
  fields.put(versions.number(1, "n"), Item(Value(int32_t{5})));
  fields.put(versions.number(1, "m"), Item(Value(int32_t{5})));
  Scope door;
  door.put(versions.number(1, "width", "Door"), Item(Value(int32_t{5})));
  fields.put(versions.number(1, "doors"), Item(long_list(10, Item(door))));
  for (const char* written : {"n", "m", "doors"})
    EXPECT_EQ(derive(versions.chain(), type, fields, {{versions.number(1, written)}}, 1).size(),
              written[0] == 'n' ? 1u : 0u);
}

TEST(MigrationSteps, WhatCanHoldItselfDoesNotMove) {
  const auto tree = [](const std::string& name) {
    return items(R"("root": {"bsonType": "object", "title": "Tree", "properties": {
        "n": {"bsonType": "int"}, ")" +
                 name + R"(": {"bsonType": "object", "title": "Tree"}}})");
  };
  Versions versions(tree("a"));
  EXPECT_THAT(
      versions.next(tree("b"), R"({"types": {"Tree": {"fields": [{"move": "a", "to": "b"}]}}})"),
      HasSubstr("a Tree in it would move as well"))
      << "each level would hold all below it twice";
}

TEST(MigrationSteps, WhatIsConvertedInAnEmbeddedObjectGoesAlongWhereThatMoves) {
  const auto holding = [](const std::string& name, const std::string& type) {
    return items("\"" + name +
                 R"(": {"bsonType": "array", "items": {"bsonType": "object", "title": "Door",
                        "properties": {"width": {"bsonType": ")" +
                 type + "\"}}}}");
  };
  Versions versions(holding("doors", "int"));
  ASSERT_EQ(versions.next(holding("gates", "string"),
                          R"({"types": {"Door": {"fields": [{"convert": "width"}]},
                                        "Item": {"fields": [{"move": "doors", "to": "gates"}]}}})"),
            "");
  Held held(versions);
  EXPECT_EQ(held.create(1, R"({"doors": [{"width": 1}]})").seen(2), R"({"gates":[{"width":"1"}]})");
  const Path gates{versions.number(2, "gates")};
  const Path gate{gates[0], find_scope(held.fields, gates)->children[0].step};
  const Step width = versions.number(2, "width", "Door");
  find_scope(held.fields, gate)->put(width, Item(Value("2")));
  held.follow(2, {{gate[0], gate[1], width}});
  EXPECT_EQ(held.seen(1), R"({"doors":[{"width":2}]})");
}

}  // namespace
}  // namespace syncline::test
