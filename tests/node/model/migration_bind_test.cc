// What migrations are refused: in their form, and beside the schemas that they lead between; what
// they say is lost; and that nothing but that is.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <random>

#include "node/model/migration_values.h"
#include "tests/node/model/migration_fixture.h"

namespace syncline::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string of(const std::string& name, const std::string& type) {
  return "\"" + name + R"(": {"bsonType": ")" + type + "\"}";
}

std::string fault_of(const std::string& text, const std::string& path = "migrations/1-2.json") {
  const Result<MigrationPlan> plan = read_migration(path, text);
  return plan ? "" : std::string(name_of(plan.error().code)) + " " + plan.error().message;
}

// Of one migration of Item.
std::string refusal(const AppFiles& before, const AppFiles& after, const std::string& fields) {
  Versions versions(before);
  return versions.next(after, steps(fields));
}

TEST(BadInputMigration, FormsAreRefusedWithPlaceAndRemedy) {
  EXPECT_EQ(fault_of("{}"), "");
  EXPECT_THAT(fault_of("{"), AllOf(HasSubstr("bad_app"), HasSubstr("not JSON: line 1")));
  EXPECT_THAT(fault_of("[]"), HasSubstr("an array, expected an object"));
  EXPECT_THAT(fault_of(R"({"type": {}})"), HasSubstr(R"(did you mean "types"?)"));
  EXPECT_THAT(fault_of(R"({"types": {"A": {"field": []}}})"),
              HasSubstr(R"(/types/A/field: "field" is no key of a type's migration)"));
  EXPECT_THAT(fault_of(R"({"types": {"A": 5}})"), HasSubstr("/types/A"));
  EXPECT_THAT(fault_of(R"({"types": {"A": {"drop": true, "rename": "B"}}})"),
              HasSubstr("a type that is dropped has no other steps"));
  for (const auto& [step, text] : std::vector<std::pair<std::string, std::string>>{
           {"{}", "does not say what it does"},
           {R"({"rename": "a", "drop": "b"})", R"(a "rename" and a "drop")"},
           {R"({"rename": "a"})", R"(a "rename" without "to")"},
           {R"({"rename": 5, "to": "b"})", "a number, expected a string"},
           {R"({"rename": "a.b", "to": "c"})", "takes a field of the type itself"},
           {R"({"rename": "$a", "to": "c"})", "/types/Item/fields/0/rename"},
           {R"({"convert": "a", "tо": "b"})", "is no key of a"},
           {R"({"convert": "a", "values": {}})", "is a list of 1 to 10000 pairs"},
           {R"({"convert": "a", "values": [[1]]})", "/types/Item/fields/0/values/0"},
           {R"({"convert": "a", "otherwise": {"$oid": "x"}})", "/types/Item/fields/0/otherwise"},
           {R"({"split": "a", "into": ["b"], "separator": " "})", "a list of 2 to 100 fields"},
           {R"({"split": "a", "into": ["b", "c"], "separator": ""})", "1 to 1024 bytes"},
           {R"({"merge": ["b", "c"], "into": "a"})", "1 to 1024 bytes"},
           {R"({"move": "a..b", "to": "c"})", "/types/Item/fields/0/move"},
       })
    EXPECT_THAT(fault_of(steps(step)), HasSubstr(text)) << step;
}

TEST(BadInputMigration, NamesAreOfVersionsThatFollowEachOther) {
  for (const char* path : {"migrations/2-1.json", "migrations/1-3.json", "migrations/1-1.json"})
    EXPECT_THAT(fault_of("{}", path), HasSubstr("leads from a version to the next")) << path;
  for (const char* path : {"migrations/0-1.json", "migrations/01-2.json", "migrations/1.json",
                           "migrations/a/1-2.json", "migrations/1000000-1000001.json", "x.json"})
    EXPECT_THAT(fault_of("{}", path), HasSubstr("no migration can have this name")) << path;
}

TEST(BadInputMigration, AnAppIsCheckedWithItsMigrations) {
  AppFiles files = items(of("a", "int"));
  files["migrations/1-2.json"] = steps(R"({"convert": "a", "otherwise": 0})");
  LoadedApp loaded = load(files);
  ASSERT_NE(loaded.app, nullptr) << print_report({loaded.report});
  EXPECT_EQ(loaded.file("migrations/1-2.json")->kind, "migration");
  EXPECT_EQ(loaded.file("migrations/1-2.json")->status, "used");
  EXPECT_THAT(loaded.file("migrations/1-2.json")->messages, IsEmpty());
  EXPECT_EQ(loaded.app->schema.version, 2u);
  files["migrations/3-4.json"] = "{}";
  EXPECT_EQ(load(files).place("migration_gap"), "warning ");
  files["migrations/README.md"] = "why";
  EXPECT_EQ(load(files).place("migration_name"), "error ");
  files.erase("migrations/README.md");
  files["migrations/3-5.json"] = "{}";
  EXPECT_EQ(load(files).place("migration_order"), "error ");
  files.erase("migrations/3-5.json");
  files["migrations/2-3.json"] =
      R"({"types": {"Item": {"fields": [{"drop": "a", "defualt": 1}]}}})";
  EXPECT_EQ(load(files).place("unknown_key"), "error /types/Item/fields/0/defualt");
}

TEST(BadInputMigration, EveryBreakingChangeIsExplained) {
  const AppFiles before = with_type(items(of("gone", "int") + ", " + of("other", "int") + ", " +
                                              of("note", "string") + ", " + of("code", "string"),
                                          R"("code")"),
                                    "Legacy", "");
  const AppFiles after =
      items(of("other", "string") + ", " + of("note", "string") + ", " + of("code", "string"),
            R"("note")");
  Versions versions(before);
  const std::string text = versions.next(after, "{}");
  EXPECT_THAT(
      text, AllOf(HasSubstr(R"("Legacy": {"drop": true})"),
                  HasSubstr(R"(Item.gone: was int, and is gone (breaking): add {"drop": "gone"})"),
                  HasSubstr(R"(add {"convert": "other"})"),
                  HasSubstr(R"(add {"require": "note", "default": ...})"),
                  HasSubstr(R"(add {"relax": "code", "default": ...})")));
  EXPECT_EQ(std::ranges::count(text, '\n'), 4);
  Versions explained(before);
  EXPECT_EQ(explained.next(after, R"({"types": {"Legacy": {"drop": true}, "Item": {"fields": [
      {"drop": "gone"}, {"convert": "other"}, {"require": "note", "default": "-"},
      {"relax": "code", "default": "-"}]}}})"),
            "");
}

TEST(BadInputMigration, WhatNoStepDoesIsSaid) {
  AppFiles other_key = items(of("a", "int"));
  std::string& schema = other_key[kSchemaPath];
  schema.replace(schema.find("objectId"), 8, "string");
  EXPECT_THAT(refusal(items(of("a", "int")), other_key, ""),
              HasSubstr("Item._id: the type of _id is another (breaking): no step does that: make "
                        "a new type"));
}

TEST(BadInputMigration, StepsThatDoNotFitAreRefusedWithPlaceAndRemedy) {
  const std::string a = of("a", "string"), b = of("b", "string"), c = of("c", "string");
  const std::string whole = R"("in": {"bsonType": "object", "title": "In", "properties": {)";
  struct Case {
    AppFiles before, after;
    std::string steps, text;
  };
  for (const Case& one : std::vector<Case>{
           {items(a), items(a), R"({"drop": "x"})", R"(Item has no field "x" in version 1)"},
           {items(a), items(b), R"({"rename": "a", "to": "x"})",
            R"(Item has no field "x" in version 2)"},
           {items(a), items(a), R"({"convert": "_id", "to": "a"})", "_id, which never changes"},
           {items(a + ", " + b), items(c),
            R"({"convert": "a", "to": "c"}, {"convert": "b", "to": "c"})",
            R"(another step makes "c" already)"},
           {items(a), items(b + ", " + c),
            R"({"convert": "a", "to": "b"}, {"convert": "a", "to": "c"})",
            R"(another step takes "a" already)"},
           {items(a + ", " + b), items(b), R"({"convert": "a", "to": "b"})",
            R"("b" of version 2 is the same field in version 1)"},
           {items(a), items(of("b", "binData")), R"({"convert": "a", "to": "b"})",
            "string does not become"},
           {items(a), items(of("b", "int"), "\"b\""), R"({"convert": "a", "to": "b"})",
            R"(say what it holds then by "otherwise")"},
           {items(of("a", "int"), "\"a\""), items(b), R"({"convert": "a", "to": "b"})",
            R"(say what it holds then by "otherwise_back")"},
           {items(a), items(of("b", "int")), R"({"convert": "a", "to": "b", "otherwise": "x"})",
            R"("x" is no value that "b" can hold)"},
           {items(a), items(of("b", "bool")),
            R"({"convert": "a", "to": "b", "values": [[true, "on"]]})",
            R"("values": true is no value of "a" in version 1)"},
           {items(of("a", "int")), items(b + ", " + c),
            R"({"split": "a", "into": ["b", "c"], "separator": " "})",
            "only strings are split and merged"},
           {items(a), items(of("b", "int")), R"({"move": "a", "to": "b"})",
            "what moves stays what it is"},
           {items(a), items(a), R"({"require": "a", "default": ""})", "does not take fewer values"},
           {items(a), items(a, "\"a\""), R"({"require": "a"})",
            "nothing says what version 2 reads"},
           {items(a), items(a, "\"a\""), R"({"require": "a", "default": 5})",
            R"(5 is no value of "a" in version 2)"},
           {items(a, "\"a\""), items(""), R"({"drop": "a"})", R"(version 1 requires "a")"},
           {items(a), items(""), R"({"drop": "a", "default": "x"})", "it needs no default"},
           {items(a), items(a + ", " + b, "\"b\""), "", "Item.b: new, required, and nothing says"},
           {items(a), items(whole + b + "}}"), R"({"move": "a", "to": "a.b"})",
            R"(Item has no field "a.b" in version 2)"},
           {items(a), items(whole + b + ", " + c + R"(}, "required": ["c"]})"),
            R"({"move": "a", "to": "in.b"})", R"(In requires "c" in version 2)"},
       })
    EXPECT_THAT(refusal(one.before, one.after, one.steps), HasSubstr(one.text)) << one.steps;
}

TEST(BadInputMigration, AMoveOutOfAnEmbeddedTypeIsForEveryPlaceThatHasIt) {
  const auto places = [](const std::string& fields, const std::string& more) {
    const std::string in =
        R"({"bsonType": "object", "title": "In", "properties": {)" + fields + "}}";
    return items("\"one\": " + in + ", \"two\": " + in + more);
  };
  const std::string both = of("city", "string") + ", " + of("x", "int");
  const AppFiles before = places(both, "");
  const AppFiles after =
      places(of("x", "int"), ", " + of("c1", "string") + ", " + of("c2", "string"));
  EXPECT_THAT(refusal(before, after, R"({"move": "one.city", "to": "c1"})"),
              HasSubstr("steps take it from some of the objects that In is embedded in"));
  EXPECT_EQ(refusal(before, after,
                    R"({"move": "one.city", "to": "c1"}, {"move": "two.city", "to": "c2"})"),
            "");
}

TEST(BadInputMigration, TypesThatDoNotFitAreRefused) {
  const AppFiles before = with_type(items(""), "Old", "");
  for (const auto& [plan, text] : std::vector<std::pair<std::string, std::string>>{
           {R"({"Nil": {"drop": true}})", R"(version 1 has no type "Nil")"},
           {R"({"Old": {"rename": "Nil"}})", R"(version 2 has no type "Nil")"},
           {R"({"Old": {"rename": "Item"}})", "Item: the type is gone (breaking)"},
           {R"({"Old": {"rename": "Item"}, "Item": {}})",
            R"("Item" of version 2 is not the type that "Item" was)"}}) {
    Versions versions(before);
    EXPECT_THAT(versions.next(items(""), R"({"types": )" + plan + "}"), HasSubstr(text)) << plan;
  }
}

TEST(BadInputMigration, MutatedTextsAreReadOrRefused) {
  const std::string text = steps(
      R"({"rename": "a", "to": "b"}, {"convert": "c", "values": [["on", true]], "otherwise": 0},
         {"split": "n", "into": ["f", "l"], "separator": " "}, {"move": "a.b", "to": "c"},
         {"require": "x", "default": {"$date": 5}}, {"drop": "y"})");
  ASSERT_EQ(fault_of(text), "");
  std::mt19937 random(11);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string mutated = text;
    for (int i = 0; i < 3; ++i) {
      const size_t at = random() % mutated.size();
      if (random() % 3 == 0)
        mutated.erase(at, 1 + random() % 5);
      else if (random() % 2 == 0)
        mutated.insert(at, mutated.substr(random() % mutated.size(), random() % 30));
      else
        mutated[at] = static_cast<char>(random());
    }
    refused += fault_of(mutated).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 1000);
}

TEST(MigrationLosses, AreSaidForEachDirection) {
  Versions versions(
      items(of("name", "string") + ", " + of("x", "double") + ", " + of("fine", "int")));
  ASSERT_EQ(versions.next(items(of("first", "string") + ", " + of("last", "string") + ", " +
                                of("x", "int") + ", " + of("fine", "string")),
                          steps(R"({"split": "name", "into": ["first", "last"], "separator": " "},
                                   {"convert": "x"}, {"convert": "fine"})")),
            "");
  const std::vector<std::string>& losses = versions.chain()[0].losses();
  EXPECT_THAT(losses, Contains(HasSubstr("Item.name -> first, last, 1 to 2")));
  EXPECT_THAT(losses, Contains(AllOf(HasSubstr("Item.x -> x, 1 to 2"),
                                     HasSubstr("only the whole part is carried over"))));
  EXPECT_THAT(losses, Contains(HasSubstr("Item.fine -> fine, 2 to 1")));
  EXPECT_THAT(losses, Not(Contains(HasSubstr("Item.fine -> fine, 1 to 2"))));
}

// Values of a type, with those at its borders.
Value random_value(ScalarType type, std::mt19937_64& random) {
  const auto integer = [&] {
    const auto value = static_cast<int64_t>(random() >> (random() % 64));
    return random() % 2 == 0 ? value : ~value;
  };
  switch (type) {
    case ScalarType::boolean:
      return random() % 2 == 0;
    case ScalarType::int32:
      return static_cast<int32_t>(integer());
    case ScalarType::int64:
      return integer();
    case ScalarType::floating:
      if (random() % 3 == 0) return std::bit_cast<double>(random());
      return static_cast<double>(integer()) / 8;
    case ScalarType::decimal:
      return *parse_decimal128(
          fmt::format("{}E{}", integer(), static_cast<int>(random() % 60) - 30));
    case ScalarType::number:
      return random_value(random() % 2 == 0 ? ScalarType::int64 : ScalarType::floating, random);
    case ScalarType::string:
      return random() % 2 == 0 ? Value(std::to_string(integer())) : Value("text");
    case ScalarType::date:
      return Date{static_cast<int64_t>(random() % 1'000'000'000'000) - 500'000'000'000,
                  static_cast<int32_t>(random() % 1'000'000'000)};
    case ScalarType::object_id: {
      ObjectId id;
      for (uint8_t& byte : id.bytes) byte = static_cast<uint8_t>(random());
      return id;
    }
    default: {
      Uuid uuid;
      for (uint8_t& byte : uuid.bytes) byte = static_cast<uint8_t>(random());
      return uuid;
    }
  }
}

TEST(MigrationLosses, NothingIsLostThatIsNotSaid) {
  using enum ScalarType;
  std::mt19937_64 random(7);
  int kept = 0;
  for (const ScalarType from :
       {boolean, int32, int64, floating, decimal, number, string, date, object_id, uuid, mixed})
    for (const ScalarType to :
         {boolean, int32, int64, floating, decimal, number, string, date, object_id, uuid, mixed})
      for (int round = 0; round < 200; ++round) {
        const Value value = random_value(from == mixed ? string : from, random);
        const std::optional<Value> up = converted(to, value);
        if (const Convertible fit = convertible(from, to); fit != Convertible::sometimes) {
          ASSERT_EQ(up.has_value(), fit == Convertible::always)
              << static_cast<int>(from) << " " << static_cast<int>(to);
        }
        if (up && !loss_between(from, to).empty()) continue;
        if (!up) continue;
        const std::optional<Value> back = converted(from, *up);
        ASSERT_TRUE(back.has_value());
        ASSERT_TRUE(same_value(*back, value))
            << print_extended_json(value, JsonForm::exact) << " " << static_cast<int>(to) << " "
            << print_extended_json(*up, JsonForm::exact) << " "
            << print_extended_json(*back, JsonForm::exact);
        ++kept;
      }
  EXPECT_GT(kept, 5000);
}

}  // namespace
}  // namespace syncline::test
