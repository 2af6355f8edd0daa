// Wrong schemas, each told with its file, JSON pointer and remedy; none crashes, hangs or loads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include <nlohmann/json.hpp>

#include "tests/node/model/app_fixture.h"

namespace syncline {
namespace {

using namespace test;
using testing::HasSubstr;

// An app whose one schema is the text.
AppFiles with_schema(const std::string& text) {
  AppFiles files = shop("");
  files[kSchemaPath] = text;
  return files;
}

// The severity and place of the code in the file, with a text and a remedy; "" if there is none.
std::string finding(const AppReport& report, std::string_view path, std::string_view code) {
  for (const AppFileReport& file : report.files) {
    if (file.path != path) continue;
    for (const AppMessage& message : file.messages) {
      if (message.code != code) continue;
      EXPECT_NE(message.text, "") << code;
      EXPECT_NE(message.remedy, "") << code;
      return (message.severity == AppMessage::Severity::error     ? "error "
              : message.severity == AppMessage::Severity::warning ? "warning "
                                                                  : "info ") +
             message.pointer;
    }
  }
  return "";
}

// Of an app that no authority starts on.
std::string refused(const AppFiles& files, std::string_view code) {
  const LoadedApp loaded = load(files);
  EXPECT_FALSE(loaded.app) << code;
  EXPECT_EQ(loaded.file(kSchemaPath)->status, "error") << code;
  return finding(loaded.report, kSchemaPath, code);
}

std::string in_schema(const std::string& properties, const std::string& more = "") {
  return R"({"title": "Item", "bsonType": "object", "properties": {"_id": {"bsonType": "string"})" +
         (properties.empty() ? "" : ", " + properties) + "}" + more + "}";
}

TEST(BadInputSchemas, SchemasThatAreNoObjects) {
  for (const char* text : {"[]", "\"x\"", "5", "true", "null", R"([{"title": "Item"}])"})
    EXPECT_EQ(refused(with_schema(text), "wrong_kind"), "error ") << text;
  for (const char* text : {"{", "{\"title\": }", "{} {}", "\xff"})
    EXPECT_EQ(refused(with_schema(text), "not_json"), "error ") << text;
  EXPECT_EQ(refused(with_schema(in_schema(R"("a": 5)")), "wrong_kind"), "error /properties/a");
  EXPECT_EQ(
      refused(with_schema(in_schema(R"("a": {"bsonType": "array", "items": 5})")), "wrong_kind"),
      "error /properties/a/items");
  EXPECT_EQ(refused(with_schema(R"({"title": "Item", "properties": []})"), "wrong_kind"),
            "error /properties");
  EXPECT_EQ(refused(with_schema(R"({"title": 5, "properties": {"_id": {"bsonType": "string"}}})"),
                    "wrong_kind"),
            "error /title");
}

TEST(BadInputSchemas, EmbeddedTypesThatRequireThemselves) {
  const auto node = [](const std::string& child, const std::string& more) {
    return with_schema(in_schema(R"("root": {"bsonType": "object", "title": "Node", "properties": {
        "n": {"bsonType": "int"}, "child": )" +
                                 child + "}" + more + "}"));
  };
  const std::string itself = R"({"bsonType": "object", "title": "Node"})";
  const std::string list = R"({"bsonType": "array", "items": )" + itself;
  EXPECT_EQ(refused(node(itself, R"(, "required": ["child"])"), "endless_embedding"),
            "error /properties/root/properties/child");
  EXPECT_EQ(refused(node(list + R"(, "minItems": 1})", R"(, "required": ["child"])"),
                    "endless_embedding"),
            "error /properties/root/properties/child");
  for (const AppFiles& finite : {node(itself, ""), node(list + "}", R"(, "required": ["child"])"),
                                 node(list + R"(, "minItems": 1})", ""),
                                 node(R"({"bsonType": ["object", "null"], "title": "Node"})",
                                      R"(, "required": ["child"])")}) {
    const LoadedApp loaded = load(finite);
    EXPECT_TRUE(loaded.app) << print_report({loaded.report});
  }
}

TEST(BadInputSchemas, CyclesOfSeveralTypesAreToldOnceWithTheirWay) {
  const std::string a =
      R"("a": {"bsonType": "object", "title": "A", "required": ["b"], "properties": {
      "b": {"bsonType": "object", "title": "B", "required": ["c"], "properties": {
        "c": {"bsonType": "object", "title": "C", "required": ["a"], "properties": {
          "a": {"bsonType": "object", "title": "A"}}}}}}})";
  const LoadedApp loaded = load(with_schema(in_schema(a, R"(, "required": ["a"])")));
  EXPECT_FALSE(loaded.app);
  EXPECT_EQ(loaded.report.errors, 1) << print_report({loaded.report});
  EXPECT_EQ(loaded.place("endless_embedding"), "error /properties/a/properties/b");
  EXPECT_THAT(loaded.message("endless_embedding")->text, HasSubstr("(A.b -> B.c -> C.a -> A)"));
}

TEST(BadInputSchemas, EmbeddedTypesWhoseDefinitionIsWrong) {
  const std::string defined =
      R"({"bsonType": "object", "title": "Part", "properties": {"n": {"bsonType": "int"}}})";
  const std::string named = R"({"bsonType": "object", "title": "Part"})";
  for (const std::string& required : {std::string(), std::string(R"(, "required": ["b"])")})
    EXPECT_EQ(refused(with_schema(in_schema("\"a.a\": " + defined + ", \"b\": " + named, required)),
                      "lost_embedded"),
              "error /properties/b");
}

TEST(BadInputSchemas, TitlesThatAreTakenTooLongOrNone) {
  AppFiles files = shop("");
  files["data_sources/mongodb-atlas/shop/Other/schema.json"] = files[kSchemaPath];
  const LoadedApp twice = load(files);
  EXPECT_FALSE(twice.app);
  EXPECT_EQ(
      finding(twice.report, "data_sources/mongodb-atlas/shop/Other/schema.json", "duplicate_title"),
      "error /title");
  EXPECT_THAT(twice.message("duplicate_title")->text, HasSubstr(kSchemaPath))
      << "names the other file";
  const auto titled = [](const std::string& title) {
    return with_schema(R"({"title": ")" + title +
                       R"(", "properties": {"_id": {"bsonType": "string"}}})");
  };
  EXPECT_EQ(refused(titled(std::string(58, 'T')), "bad_type_name"), "error /title");
  EXPECT_TRUE(load(titled(std::string(57, 'T'))).app);
  EXPECT_EQ(
      refused(titled(std::string(28, 'x') +
                     std::string(15, '\xC3')
                         .replace(0, 15,
                                  "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
                                  "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9")),
              "bad_type_name"),
      "error /title")
      << "43 characters of 58 bytes";
  EXPECT_EQ(refused(titled(""), "bad_type_name"), "error /title");
  EXPECT_EQ(refused(titled("syncline.users"), "bad_type_name"), "error /title");
  const std::string embedded = R"("a": {"bsonType": "object", "title": ")" + std::string(58, 'T') +
                               R"(", "properties": {"n": {"bsonType": "int"}}})";
  EXPECT_EQ(refused(with_schema(in_schema(embedded)), "bad_type_name"),
            "error /properties/a/title");
}

TEST(BadInputSchemas, IdsThatAreMissingOrCannotBeKeys) {
  const auto with_id = [](const std::string& id) {
    return with_schema(R"({"title": "Item", "properties": {"_id": )" + id + "}}");
  };
  EXPECT_EQ(refused(with_schema(R"({"title": "Item", "properties": {"n": {"bsonType": "int"}}})"),
                    "missing_id"),
            "error /properties");
  for (const char* id :
       {R"({"bsonType": "double"})", R"({"bsonType": "date"})", R"({"bsonType": "bool"})",
        R"({"bsonType": "null"})", R"({"bsonType": "decimal"})",
        R"({"bsonType": "array", "items": {"bsonType": "string"}})",
        R"({"bsonType": "object", "properties": {"a": {"bsonType": "int"}}})",
        R"({"bsonType": "object", "additionalProperties": {"bsonType": "string"}})"})
    EXPECT_EQ(refused(with_id(id), "bad_id_type"), "error /properties/_id") << id;
  EXPECT_EQ(refused(with_id("5"), "wrong_kind"), "error /properties/_id");
}

TEST(BadInputSchemas, RelationshipsToNowhere) {
  AppFiles files = shop(R"("owner": {"bsonType": "string"})");
  const auto to = [&](const std::string& ref) {
    files[kLinksPath] = R"({"owner": {"ref": )" + ref + R"(, "foreign_key": "_id"}})";
    return load(files);
  };
  LoadedApp nowhere = to(R"("#/relationship/mongodb-atlas/shop/Nowhere")");
  EXPECT_TRUE(nowhere.app) << "the field stays a plain value";
  EXPECT_EQ(finding(nowhere.report, kLinksPath, "relationship_target"), "warning /owner/ref");
  for (const char* ref : {R"("shop/Item")", R"("")", R"("#/relationship/a/b")"}) {
    const LoadedApp bad = to(ref);
    EXPECT_FALSE(bad.app);
    EXPECT_EQ(finding(bad.report, kLinksPath, "bad_ref"), "error /owner/ref") << ref;
  }
  EXPECT_EQ(finding(to("5").report, kLinksPath, "wrong_kind"), "error /owner/ref");
  files[kLinksPath] = R"({"owner": {}})";
  EXPECT_EQ(finding(load(files).report, kLinksPath, "bad_ref"), "error /owner");
  files[kLinksPath] = "[]";
  EXPECT_EQ(finding(load(files).report, kLinksPath, "wrong_kind"), "error ");
}

TEST(BadInputSchemas, TypesThatNobodyKnows) {
  EXPECT_EQ(refused(with_schema(in_schema(R"("a": {"bsonType": "strnig"})")), "unknown_type"),
            "error /properties/a/bsonType");
  EXPECT_EQ(
      refused(with_schema(in_schema(R"("a": {"bsonType": ["string", "nul"]})")), "unknown_type"),
      "error /properties/a/bsonType/1");
  EXPECT_EQ(refused(with_schema(
                        in_schema(R"("a": {"bsonType": "array", "items": {"bsonType": "quux"}})")),
                    "unknown_type"),
            "error /properties/a/items/bsonType");
  EXPECT_EQ(refused(with_schema(in_schema(R"("a": {"bsonType": 5})")), "wrong_kind"),
            "error /properties/a/bsonType");
}

TEST(BadInputSchemas, RequiredNamesThatAreNoProperties) {
  LoadedApp missing = load(with_schema(in_schema("", R"(, "required": ["_id", "gone"])")));
  EXPECT_TRUE(missing.app);
  EXPECT_EQ(finding(missing.report, kSchemaPath, "required_unknown"), "warning /required/1");
  EXPECT_EQ(refused(with_schema(in_schema("", R"(, "required": "name")")), "wrong_kind"),
            "error /required");
  EXPECT_EQ(refused(with_schema(in_schema("", R"(, "required": [5])")), "wrong_kind"),
            "error /required/0");
}

TEST(BadInputSchemas, NamesThatAreReservedOrNone) {
  for (const char* name : {"sort", "LIMIT", "null", "any", "TRUE"}) {
    const LoadedApp loaded =
        load(with_schema(in_schema("\"" + std::string(name) + R"(": {"bsonType": "int"})")));
    EXPECT_TRUE(loaded.app);
    EXPECT_EQ(finding(loaded.report, kSchemaPath, "reserved_name"),
              "warning /properties/" + std::string(name));
  }
  for (const std::string& name : {std::string(), std::string("$x"), std::string("a.b"),
                                  std::string(64, 'x'), std::string("a\\u0001")})
    EXPECT_THAT(refused(with_schema(in_schema("\"" + name + R"(": {"bsonType": "int"})")),
                        "bad_field_name"),
                HasSubstr("error /properties/"))
        << name;
}

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

// A hang, not slowness, is looked for: a sanitizer's build takes ten times as long.
constexpr double kSecondsMax = 60;

TEST(BadInputSchemas, TenThousandProperties) {
  const auto with = [](size_t count) {
    std::string properties, required = R"(, "required": ["_id")";
    for (size_t i = 1; i < count; ++i) {  // _id is one
      properties += (i == 1 ? "\"p" : ", \"p") + std::to_string(i) + R"(": {"bsonType": "int"})";
      required += ", \"p" + std::to_string(i) + "\"";
    }
    return with_schema(in_schema(properties, required + "]"));
  };
  const Stopwatch watch;
  const LoadedApp most = load(with(10'000));
  ASSERT_TRUE(most.app) << print_report({most.report}).substr(0, 2000);
  EXPECT_EQ(most.type("Item").fields.size(), 10'000u);
  EXPECT_EQ(refused(with(10'001), "too_many_fields"), "error /properties");
  EXPECT_LT(watch.seconds(), kSecondsMax);
}

std::string nested(size_t levels, const std::string& innermost) {
  std::string text = innermost;
  for (size_t i = 0; i < levels; ++i)
    text = R"({"bsonType": "object", "required": ["e"], "properties": {"e": )" + text + "}}";
  return text;
}

TEST(BadInputSchemas, AHundredLevels) {
  const Stopwatch watch;
  const LoadedApp deep =
      load(with_schema(in_schema("\"e\": " + nested(98, R"({"bsonType": "int"})"))));
  EXPECT_TRUE(deep.app) << print_report({deep.report}).substr(0, 2000);
  EXPECT_EQ(
      refused(with_schema(in_schema("\"e\": " + nested(150, R"({"bsonType": "int"})"))), "too_deep")
          .substr(0, 8),
      "error /p");
  for (const char* open : {"[", "{\"properties\":{\"a\":", "{\"items\":"}) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += open;
    EXPECT_FALSE(load(with_schema(text)).app) << open;
  }
  EXPECT_LT(watch.seconds(), kSecondsMax);
}

TEST(BadInputSchemas, ObjectsDeeperThanAnyCanBeAreRefused) {
  const std::string schema = in_schema("\"e\": " + nested(100, R"({"bsonType": "int"})"));
  EXPECT_EQ(refused(with_schema(schema), "too_deep").substr(0, 8), "error /p");
}

// Every file is told of, not only the first.
TEST(BadInputSchemas, EveryFileOfAWrongAppIsReported) {
  AppFiles files = shop("");
  const std::string base = "data_sources/mongodb-atlas/shop/";
  std::map<std::string, std::string> expected = {
      {base + "A/schema.json", "wrong_kind"},        {base + "B/schema.json", "not_json"},
      {base + "C/schema.json", "missing_id"},        {base + "D/schema.json", "bad_id_type"},
      {base + "E/schema.json", "unknown_type"},      {base + "F/schema.json", "bad_type_name"},
      {base + "G/schema.json", "endless_embedding"}, {base + "H/relationships.json", "bad_ref"},
      {base + "I/rules.json", "not_json"},           {"sync/config.json", "not_json"},
  };
  files[base + "A/schema.json"] = "[]";
  files[base + "B/schema.json"] = "{";
  files[base + "C/schema.json"] = R"({"title": "C", "properties": {"n": {"bsonType": "int"}}})";
  files[base + "D/schema.json"] = R"({"title": "D", "properties": {"_id": {"bsonType": "date"}}})";
  files[base + "E/schema.json"] = R"({"title": "E", "properties": {"_id": {"bsonType": "oops"}}})";
  files[base + "F/schema.json"] = R"({"title": ")" + std::string(58, 'F') +
                                  R"(", "properties": {"_id": {"bsonType": "string"}}})";
  files[base + "G/schema.json"] =
      R"({"title": "G", "properties": {"_id": {"bsonType": "string"}, "n": {"title": "N",
          "bsonType": "object", "required": ["n"], "properties": {"n": {"title": "N",
          "bsonType": "object"}}}}})";
  for (const char* name : {"H", "I"})
    files[base + name + "/schema.json"] =
        R"({"title": ")" + std::string(name) +
        R"(", "properties": {"_id": {"bsonType": "string"}, "x": {"bsonType": "string"}}})";
  files[base + "H/relationships.json"] = R"({"x": {"ref": "H"}})";
  files[base + "I/rules.json"] = "{]";
  files["sync/config.json"] = "sync";
  const LoadedApp loaded = load(files);
  EXPECT_FALSE(loaded.app);
  for (const auto& [path, code] : expected) {
    ASSERT_NE(loaded.file(path), nullptr) << path;
    EXPECT_EQ(loaded.file(path)->status, "error") << path;
    EXPECT_EQ(finding(loaded.report, path, code).substr(0, 6), "error ") << path << " " << code;
  }
}

}  // namespace
}  // namespace syncline
