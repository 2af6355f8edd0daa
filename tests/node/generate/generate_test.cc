// What is generated, what is refused, and how much of it.
#include "node/generate/generate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "node/generate/limits.h"
#include "tests/node/generate/test_app.h"

namespace syncline::generate {
namespace {

using ::syncline::testing::app_of;
using ::syncline::testing::error_of;
using ::syncline::testing::text_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::shared_ptr<const App> small_app() {
  return app_of(
      {{"boats",
        R"({"title": "Boat", "bsonType": "object", "required": ["_id", "crew_size"], "properties": {
          "_id": {"bsonType": "string"}, "crew_size": {"bsonType": "long"},
          "harbour": {"bsonType": "string"}, "masts": {"bsonType": "array", "items": {"bsonType": "int"}}}})"},
       {"harbours",
        R"({"title": "Harbour", "bsonType": "object", "required": ["_id"],
          "properties": {"_id": {"bsonType": "string"}}})"}},
      {{"boats",
        R"({"harbour": {"ref": "#/relationship/s/d/harbours", "foreign_key": "_id", "is_list": false}})"}});
}

TEST(Generate, WhatIsRequiredIsNotOptionalAndCollectionsNeverAre) {
  const std::string kotlin = text_of(*small_app(), {.language = "kotlin"});
  EXPECT_THAT(kotlin, HasSubstr("@PersistedName(\"crew_size\")\n    var crewSize: Long = 0L\n"));
  EXPECT_THAT(kotlin, HasSubstr("var harbour: Harbour? = null\n"));
  EXPECT_THAT(kotlin, HasSubstr("var masts: RealmList<Int> = realmListOf()\n"));
}

TEST(Generate, ALinkToATypeThatTheAppHasNotStaysAPlainValue) {
  const auto app = app_of(
      {{"boats", R"({"title": "Boat", "bsonType": "object", "required": ["_id"], "properties": {
          "_id": {"bsonType": "string"}, "harbour": {"bsonType": "objectId"}}})"}},
      {{"boats",
        R"({"harbour": {"ref": "#/relationship/s/d/gone", "foreign_key": "_id", "is_list": false}})"}});
  EXPECT_THAT(text_of(*app, {.language = "swift"}), HasSubstr("var harbour: ObjectId?\n"));
}

TEST(Generate, NamesChooseTypesAndWhatTheyReach) {
  const auto types = [](const std::vector<std::string>& names) {
    std::vector<std::string> out;
    const auto files = generate(*small_app(), {.language = "swift", .names = names});
    for (const GeneratedFile& file : files.value_or(std::vector<GeneratedFile>()))
      out.insert(out.end(), file.types.begin(), file.types.end());
    return out;
  };
  EXPECT_THAT(types({"Harbour"}), ElementsAre("Harbour"));
  EXPECT_THAT(types({"Boat"}), ElementsAre("Boat", "Harbour"));
  EXPECT_THAT(types({}), ElementsAre("Boat", "Harbour"));
}

TEST(BadInputGenerate, ATypeThatIsNotThereIsNamedWithTheNearest) {
  const Error error = error_of(*small_app(), {.language = "c", .names = {"Harbor"}});
  EXPECT_EQ(error.code, ErrorCode::kUsage);
  EXPECT_THAT(error.message, HasSubstr("did you mean \"Harbour\"?"));
}

TEST(BadInputGenerate, AnAppWithoutTypesIsRefused) {
  for (const std::string& language : languages()) {
    const Error error = error_of(*app_of({}), {.language = language});
    EXPECT_EQ(error.code, ErrorCode::kBadApp);
    EXPECT_THAT(error.message, HasSubstr("the app has no types"));
  }
}

TEST(BadInputGenerate, AKeyOfAnyTypeIsRefusedWhereNoSdkCanDeclareIt) {
  const auto app =
      app_of({{"things", R"({"title": "Thing", "bsonType": "object", "required": ["_id"],
                            "properties": {"_id": {"bsonType": "mixed"}}})"}});
  for (const char* language : {"typescript", "kotlin", "swift", "dart", "csharp", "java"}) {
    const Error error = error_of(*app, {.language = language});
    EXPECT_EQ(error.code, ErrorCode::kBadApp);
    EXPECT_THAT(error.message, AllOf(HasSubstr("_id of \"Thing\""), HasSubstr("bsonType")));
  }
  EXPECT_THAT(text_of(*app, {.language = "c"}), HasSubstr("char *id;"));
  EXPECT_THAT(text_of(*app, {.language = "python"}), HasSubstr("id: Any\n"));
  EXPECT_THAT(text_of(*app, {.language = "cpp"}), HasSubstr("syncline::Value id;"));
}

TEST(BadInputGenerate, OptionsThatALanguageHasNoUseForAreRefused) {
  EXPECT_THAT(error_of(*small_app(), {.language = "java", .flat = true}).message,
              HasSubstr("one public class a file"));
  EXPECT_THAT(error_of(*small_app(), {.language = "swift", .package = "a"}).message,
              HasSubstr("leave it out"));
  EXPECT_THAT(error_of(*small_app(), {.language = "cobol"}).message,
              HasSubstr("is none of cpp, c"));
  for (const char* package : {"a..b", ".a", "a.", "1a", "a b", "a;b", "class", "a.class", "a\n"})
    EXPECT_EQ(error_of(*small_app(), {.language = "java", .package = package}).code,
              ErrorCode::kUsage)
        << package;
  EXPECT_EQ(error_of(*small_app(), {.language = "java", .package = std::string(201, 'a')}).code,
            ErrorCode::kUsage);
}

TEST(Generate, PackagesAndImportsAsAsked) {
  EXPECT_THAT(text_of(*small_app(), {.language = "java", .package = "com.example"}),
              HasSubstr("\npackage com.example;\n\nimport "));
  EXPECT_THAT(text_of(*small_app(), {.language = "cpp", .package = "a.b"}),
              HasSubstr("\nnamespace a::b {\n"));
  for (const std::string& language : languages()) {
    const std::string text = text_of(*small_app(), {.language = language, .imports = false});
    for (const char* word : {"\nimport ", "\n#include", "\nusing ", "\nfrom "})
      EXPECT_THAT(text, Not(HasSubstr(word))) << language;
  }
}

TEST(Generate, FlatIsOneFile) {
  for (const std::string& language : languages()) {
    if (language == "java") continue;
    const auto files = generate(*small_app(), {.language = language, .flat = true});
    ASSERT_TRUE(files.has_value());
    ASSERT_EQ(files->size(), 1U) << language;
    EXPECT_THAT(files->front().types, ElementsAre("Boat", "Harbour"));
  }
}

TEST(Generate, NoTextOfTheAppStandsInTheFirstLines) {
  const auto app =
      app_of({{"a", R"({"title": "A", "bsonType": "object", "description": "coding: latin-1",
      "required": ["_id"], "properties": {"_id": {"bsonType": "string"}}})"}});
  for (const std::string& language : languages()) {
    const std::string text = generate(*app, {.language = language})->front().text;
    EXPECT_THAT(text.substr(0, text.find('\n', text.find('\n') + 1)), Not(HasSubstr("coding")));
  }
}

TEST(Generate, TheSameAppGivesTheSameBytes) {
  for (const std::string& language : languages())
    EXPECT_EQ(text_of(*small_app(), {.language = language}),
              text_of(*small_app(), {.language = language}));
}

TEST(Generate, AStructThatWouldHoldItselfIsLeftToTheDynamicApi) {
  // Embedded types refer to each other by their titles.
  const auto app =
      app_of({{"a", R"({"title": "A", "bsonType": "object", "required": ["_id"], "properties": {
      "_id": {"bsonType": "string"},
      "tree": {"bsonType": "object", "title": "Tree", "properties": {
        "label": {"bsonType": "string"},
        "left": {"bsonType": "object", "title": "Tree"},
        "children": {"bsonType": "array", "items": {"bsonType": "object", "title": "Tree"}}}}}})"}});
  const std::string cpp = text_of(*app, {.language = "cpp"});
  EXPECT_THAT(cpp, HasSubstr("// left is left out: a struct cannot hold one of its own kind"));
  EXPECT_THAT(cpp, HasSubstr("std::vector<Tree> children;"));
  EXPECT_LT(cpp.find("struct Tree {"), cpp.find("struct A {"));
  EXPECT_THAT(text_of(*app, {.language = "kotlin"}), HasSubstr("var left: Tree? = null"));
}

TEST(Generate, ModelsBeyondTheirLimitAreRefused) {
  nlohmann::json properties;
  TypeDef type;
  type.key_types = {ScalarType::string};
  for (uint32_t i = 1; i <= 100; ++i) {
    FieldDef field;
    field.number = FieldNumber(i);
    field.name = i == 1 ? "_id" : "field" + std::to_string(i);
    field.type = ScalarType::string;
    properties[field.name]["description"] = std::string(limits::kDescriptionBytesMax, 'x');
    type.fields.push_back(field);
  }
  const auto constraints = std::make_shared<const nlohmann::json>(
      nlohmann::json{{"bsonType", "object"}, {"properties", properties}});
  App app;
  for (uint32_t i = 0; i < 1000; ++i) {
    type.number = TypeNumber(system_type::kFirstUser + i);
    type.name = "Type" + std::to_string(i);
    app.schema.types.push_back(type);
    app.constraints[type.number.value] = constraints;
  }
  const Error error = error_of(app, {.language = "swift"});
  EXPECT_EQ(error.code, ErrorCode::kTooLarge);
  EXPECT_THAT(error.message, HasSubstr("--name"));
}

}  // namespace
}  // namespace syncline::generate
