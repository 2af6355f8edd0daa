// From schema.json and relationships.json to numbered types.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "node/model/validator.h"
#include "tests/node/model/app_fixture.h"

namespace syncline {
namespace {

using namespace test;
using testing::HasSubstr;

TEST(AppSchema, ReadsEveryScalarType) {
  const std::vector<std::pair<std::string, ScalarType>> types = {
      {"string", ScalarType::string},  {"int", ScalarType::int32},
      {"long", ScalarType::int64},     {"bool", ScalarType::boolean},
      {"date", ScalarType::date},      {"double", ScalarType::floating},
      {"float", ScalarType::floating}, {"decimal", ScalarType::decimal},
      {"binData", ScalarType::binary}, {"uuid", ScalarType::uuid},
      {"mixed", ScalarType::mixed},    {"timestamp", ScalarType::timestamp},
      {"regex", ScalarType::regex},    {"number", ScalarType::number},
      {"null", ScalarType::null},      {"objectId", ScalarType::object_id}};
  for (const auto& [name, type] : types) {
    LoadedApp loaded = load(shop(R"("f": {"bsonType": ")" + name + R"("})"));
    ASSERT_TRUE(loaded.app) << name;
    EXPECT_EQ(loaded.field("Item", "f").type, type) << name;
    EXPECT_EQ(loaded.report.warnings, 0) << name;
  }
}

TEST(AppSchema, ReadsIndexes) {
  const std::string fields = R"("n": {"bsonType": "int"}, "body": {"bsonType": "string"},
      "place": {"bsonType": "object", "properties": {"type": {"bsonType": "string"},
                "coordinates": {"bsonType": "array", "items": {"bsonType": "double"}}}})";
  const auto with = [&](const std::string& indexes) {
    AppFiles files = shop(fields);
    for (auto& [path, text] : files)
      if (path.ends_with("schema.json"))
        text.insert(text.find('{') + 1, "\"indexes\": " + indexes + ", ");
    return load(files);
  };
  LoadedApp loaded = with(R"(["n", ["body", "n"], {"text": "body"}, {"geo": "place"}])");
  ASSERT_TRUE(loaded.app) << print_report({loaded.report});
  EXPECT_THAT(loaded.type("Item").indexes,
              testing::ElementsAre(
                  IndexDef{IndexKind::values, {"n"}}, IndexDef{IndexKind::values, {"body", "n"}},
                  IndexDef{IndexKind::text, {"body"}}, IndexDef{IndexKind::geo, {"place"}}));
  EXPECT_EQ(loaded.report.warnings, 0);
  for (const auto& [indexes, message] : std::vector<std::pair<std::string, std::string>>{
           {R"(["bodi"])", "did you mean 'body'?"},
           {R"([{"text": "n"}])", "no string"},
           {R"([{"words": "body"}])", "is no index"},
           {R"(["n", 3])", "3 is no index"},
           {R"("n")", "expected an array"},
           {R"([{"geo": "body"}])", "no GeoJSON point"}}) {
    LoadedApp bad = with(indexes);
    EXPECT_FALSE(bad.app) << indexes;
    EXPECT_THAT(print_report({bad.report}), HasSubstr(message));
  }
}

TEST(AppSchema, ReadsComposites) {
  LoadedApp loaded = load(shop(R"(
      "list": {"bsonType": "array", "items": {"bsonType": "string"}},
      "set": {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "int"}},
      "dictionary": {"bsonType": "object", "additionalProperties": {"bsonType": "date"}},
      "open": {"bsonType": "object", "additionalProperties": true},
      "parts": {"bsonType": "array", "items": {"bsonType": "object", "title": "Part",
                "properties": {"name": {"bsonType": "string"}}, "required": ["name"]}},
      "place": {"bsonType": "object", "properties": {"type": {"bsonType": "string"},
                "coordinates": {"bsonType": "array", "items": {"bsonType": "double"}}}})"));
  ASSERT_TRUE(loaded.app) << print_report({loaded.report});
  EXPECT_EQ(loaded.field("Item", "list").collection, Collection::list);
  EXPECT_EQ(loaded.field("Item", "list").type, ScalarType::string);
  EXPECT_FALSE(loaded.field("Item", "list").nullable);
  EXPECT_EQ(loaded.field("Item", "set").collection, Collection::set);
  EXPECT_EQ(loaded.field("Item", "dictionary").collection, Collection::dictionary);
  EXPECT_EQ(loaded.field("Item", "open").type, ScalarType::mixed);
  EXPECT_TRUE(loaded.field("Item", "open").nullable);
  EXPECT_EQ(loaded.field("Item", "parts").type, ScalarType::embedded);
  EXPECT_EQ(loaded.field("Item", "parts").target, loaded.type("Part").number);
  EXPECT_TRUE(loaded.type("Part").embedded);
  EXPECT_TRUE(loaded.field("Part", "name").required);
  EXPECT_FALSE(loaded.field("Part", "name").nullable);
  EXPECT_EQ(loaded.field("Item", "place").target, loaded.type("Item_place").number);
  EXPECT_EQ(loaded.report.warnings, 0);
}

TEST(AppSchema, IsOpenForNamesThatMatchAPattern) {
  const std::string closed = R"(, "additionalProperties": false)";
  const std::string pattern = R"(, "patternProperties": {"^x_": {"bsonType": "int"}})";
  const std::string name = R"("name": {"bsonType": "string"})";
  EXPECT_FALSE(load(shop(name, closed)).type("Item").open);
  LoadedApp loaded = load(shop(name, closed + pattern));
  ASSERT_TRUE(loaded.app) << print_report({loaded.report});
  EXPECT_TRUE(loaded.type("Item").open);
  EXPECT_EQ(loaded.place("open_by_pattern"), "info /additionalProperties");

  auto validator = Validator::compile(*loaded.app);
  ASSERT_TRUE(validator);
  const TypeNumber type = loaded.type("Item").number;
  const auto wrong = [&](std::string key, const Value& value) {
    Scope fields;
    fields.put(Step(std::move(key)), Item(value));
    return (*validator)->check(type, fields).size();
  };
  EXPECT_EQ(wrong("x_1", Value(1)), 0u);
  EXPECT_EQ(wrong("x_1", Value("one")), 1u) << "of the pattern's schema";
  EXPECT_EQ(wrong("y_1", Value(1)), 1u) << "closed to other names";
}

TEST(AppLoad, WarnsOfAnAppThatSyncsNothing) {
  AppFiles files = shop("");
  EXPECT_EQ(load(files).message("nothing_synced"), nullptr);
  files.erase(kSchemaPath);
  LoadedApp loaded = load(files);
  ASSERT_TRUE(loaded.app) << "an authority starts on it";
  EXPECT_EQ(loaded.place("nothing_synced"), "warning ");
}

TEST(AppSchema, EmbeddedTypesMayContainThemselvesByName) {
  LoadedApp loaded = load(shop(R"("root": {"bsonType": "object", "title": "Node", "properties": {
      "children": {"bsonType": "array", "items": {"bsonType": "object", "title": "Node"}}}})"));
  ASSERT_TRUE(loaded.app) << print_report({loaded.report});
  EXPECT_EQ(loaded.field("Node", "children").target, loaded.type("Node").number);
  EXPECT_EQ(loaded.place("embedded_by_name"), "info /properties/root/properties/children/items");
}

TEST(AppSchema, EqualEmbeddedTitlesAreOneTypeAndOthersAreRenamed) {
  const std::string part =
      R"({"bsonType": "object", "title": "Part", "properties": {"n": {"bsonType": "int"}}})";
  const std::string other =
      R"({"bsonType": "object", "title": "Part", "properties": {"m": {"bsonType": "int"}}})";
  LoadedApp loaded = load(shop(R"("a": )" + part + R"(, "b": )" + part + R"(, "c": )" + other));
  ASSERT_TRUE(loaded.app);
  EXPECT_EQ(loaded.field("Item", "a").target, loaded.field("Item", "b").target);
  EXPECT_EQ(loaded.field("Item", "c").target, loaded.type("Item_c").number);
  EXPECT_EQ(loaded.place("embedded_renamed"), "warning /properties/c");
}

TEST(AppSchema, SaysWhatIsWrongWithTypeNamesAndWhatWasAssumed) {
  LoadedApp loaded = load(shop(R"("a": {"bsonType": "boolean"}, "b": {"type": "string"}, "c": {},
      "d": {"bsonType": ["string", "null"]}, "e": {"bsonType": ["string", "int"]})"));
  ASSERT_TRUE(loaded.app);
  EXPECT_EQ(loaded.field("Item", "a").type, ScalarType::boolean);
  EXPECT_EQ(loaded.place("wrong_type_name"), "warning /properties/a/bsonType");
  EXPECT_EQ(loaded.field("Item", "b").type, ScalarType::string);
  EXPECT_EQ(loaded.field("Item", "c").type, ScalarType::mixed);
  EXPECT_EQ(loaded.place("missing_type"), "warning /properties/c");
  EXPECT_EQ(loaded.field("Item", "d").type, ScalarType::string);
  EXPECT_TRUE(loaded.field("Item", "d").nullable);
  EXPECT_EQ(loaded.field("Item", "e").type, ScalarType::mixed);
  EXPECT_EQ(loaded.place("type_union"), "warning /properties/e");
  const nlohmann::json& constraints = *loaded.app->constraints.at(loaded.type("Item").number.value);
  EXPECT_EQ(constraints["properties"]["a"]["bsonType"], "bool");
  EXPECT_EQ(constraints["properties"]["e"]["bsonType"], nlohmann::json({"string", "int"}));

  LoadedApp unknown = load(shop(R"("a": {"bsonType": "strng"})"));
  EXPECT_FALSE(unknown.app);
  EXPECT_EQ(unknown.place("unknown_type"), "error /properties/a/bsonType");
  EXPECT_THAT(unknown.message("unknown_type")->remedy, HasSubstr("\"string\""));
}

TEST(AppSchema, CollectionsMayBeNullIfTheirTypesNameIt) {
  LoadedApp loaded = load(shop(
      R"("a": {"bsonType": ["array", "null"], "items": {"bsonType": "int"}},
         "b": {"bsonType": "array", "items": {"bsonType": ["int", "null"]}})"));
  ASSERT_TRUE(loaded.app);
  EXPECT_EQ(loaded.place("nullable_collection"), "info /properties/a");
  EXPECT_FALSE(loaded.field("Item", "a").nullable) << "its elements are not";
  EXPECT_TRUE(loaded.field("Item", "b").nullable);
  auto validator = Validator::compile(*loaded.app);
  ASSERT_TRUE(validator);
  const TypeNumber type = loaded.type("Item").number;
  const auto wrong = [&](const char* field) {
    Scope fields;
    fields.put(loaded.field("Item", field).number, Item());
    return (*validator)->check(type, fields).size();
  };
  EXPECT_EQ(wrong("a"), 0u);
  EXPECT_EQ(wrong("b"), 1u);
}

TEST(AppSchema, KeepsConstraintKeywordsAndReportsTheOthers) {
  LoadedApp loaded =
      load(shop(R"("a": {"bsonType": "int", "minimum": 3, "primaryKey": true, "minmum": 1},
      "b": {"bsonType": "string", "pattern": "^x"})"));
  ASSERT_TRUE(loaded.app);
  const nlohmann::json& constraints = *loaded.app->constraints.at(loaded.type("Item").number.value);
  EXPECT_EQ(constraints["properties"]["a"]["minimum"], 3);
  EXPECT_EQ(constraints["properties"]["b"]["pattern"], "^x");
  EXPECT_FALSE(constraints["properties"]["a"].contains("primaryKey"));
  EXPECT_EQ(loaded.place("no_effect"), "info /properties/a/primaryKey");
  EXPECT_EQ(loaded.place("unknown_key"), "warning /properties/a/minmum");
  EXPECT_EQ(loaded.file(kSchemaPath)->status, "partly");
  for (const char* bad : {R"("minLength": "3")", R"json("pattern": "(?=x)")json", R"("enum": 5)"}) {
    LoadedApp refused = load(shop(R"("a": {"bsonType": "string", )" + std::string(bad) + "}"));
    EXPECT_FALSE(refused.app) << bad;
    EXPECT_THAT(refused.place("bad_keyword"), HasSubstr("error /properties/a/")) << bad;
  }
}

TEST(AppSchema, EverySyncedTypeNeedsAnIdThatCanBeAKey) {
  AppFiles files = shop("");
  files[kSchemaPath] = R"({"title": "Item", "properties": {"n": {"bsonType": "int"}}})";
  EXPECT_EQ(load(files).place("missing_id"), "error /properties");
  files[kSchemaPath] = R"({"title": "Item", "properties": {"_id": {"bsonType": "double"}}})";
  EXPECT_EQ(load(files).place("bad_id_type"), "error /properties/_id");
  files[kSchemaPath] = R"({"title": "Item", "properties": {"_id": {"bsonType": "mixed"}}})";
  LoadedApp mixed = load(files);
  ASSERT_TRUE(mixed.app);
  EXPECT_EQ(mixed.type("Item").key_types.size(), 4u);
  EXPECT_TRUE(mixed.field("Item", "_id").required);
  EXPECT_EQ(mixed.field("Item", "_id").number, FieldNumber(1));
}

TEST(AppSchema, AbsentOrEmptySchemasAreNotSynced) {
  for (const char* empty : {"{}", "", R"({"title": "Item", "properties": {}})"}) {
    AppFiles files = shop("");
    files[kSchemaPath] = empty;
    LoadedApp loaded = load(files);
    ASSERT_TRUE(loaded.app) << empty;
    EXPECT_EQ(loaded.app->schema.type("Item"), nullptr);
    EXPECT_EQ(loaded.place("not_synced"), "warning ") << empty;
  }
  AppFiles files = shop_with_roles("[]");
  files.erase(kSchemaPath);
  EXPECT_EQ(load(files).place("not_synced"), "warning ");
}

TEST(AppSchema, ChecksNamesAndTitles) {
  EXPECT_EQ(load(shop("\"" + std::string(64, 'x') + R"(": {"bsonType": "int"})")).report.errors, 1);
  EXPECT_EQ(load(shop("\"" + std::string(63, 'x') + R"(": {"bsonType": "int"})")).report.errors, 0);
  EXPECT_EQ(load(shop(R"("a.b": {"bsonType": "int"})")).place("bad_field_name"),
            "error /properties/a.b");
  EXPECT_EQ(load(shop(R"("Sort": {"bsonType": "int"})")).place("reserved_name"),
            "warning /properties/Sort");
  AppFiles files = shop("");
  files["data_sources/mongodb-atlas/shop/Other/schema.json"] = files[kSchemaPath];
  EXPECT_EQ(load(files).place("duplicate_title"), "error /title");
  files = shop("");
  files[kSchemaPath] = R"({"properties": {"_id": {"bsonType": "string"}}})";
  LoadedApp untitled = load(files);
  ASSERT_TRUE(untitled.app);
  EXPECT_EQ(untitled.place("missing_title"), "warning ");
  EXPECT_TRUE(untitled.app->schema.type("Item"));
  files[kSchemaPath] = R"({"title": ")" + std::string(58, 'T') +
                       R"(", "properties": {"_id": {"bsonType": "string"}}})";
  EXPECT_EQ(load(files).place("bad_type_name"), "error /title");
}

TEST(AppSchema, WrongTitlesHideNoOtherFault) {
  const std::string other = "data_sources/mongodb-atlas/shop/Other/";
  for (const auto& [title, code] : std::map<std::string, std::string>{
           {R"("Item")", "duplicate_title"}, {"7", "wrong_kind"}, {R"("")", "bad_type_name"}}) {
    AppFiles files = shop("");
    files[other + "schema.json"] = R"({"title": )" + title + R"(, "requird": [],
        "properties": {"_id": {"bsonType": "string"}, "n": {"bsonType": "strin"}}})";
    files[other + "rules.json"] = R"({"roles": [], "rolls": []})";
    const LoadedApp loaded = load(files);
    EXPECT_FALSE(loaded.app);
    EXPECT_EQ(loaded.place(code), "error /title");
    EXPECT_NE(loaded.place("unknown_key"), "");
    std::string all;
    for (const AppMessage& message : loaded.file(other + "schema.json")->messages)
      all += message.pointer + " ";
    EXPECT_THAT(all, testing::AllOf(HasSubstr("/requird "), HasSubstr("/properties/n/bsonType ")));
    ASSERT_EQ(loaded.file(other + "rules.json")->messages.size(), 1U);
    EXPECT_EQ(loaded.file(other + "rules.json")->messages[0].pointer, "/rolls");
  }
}

TEST(AppSchema, ASchemaThatIsNoneHidesNoFaultOfItsRules) {
  for (const std::string schema : {"[]", "{"}) {
    AppFiles files = shop("");
    files[kSchemaPath] = schema;
    files[kRulesPath] = R"({"roles": [], "rolls": []})";
    EXPECT_EQ(load(files).place("unknown_key"), "error /rolls");
  }
}

TEST(AppSchema, RequiredNamesPropertiesAndChecksDefaults) {
  AppFiles files = shop("");
  files[kSchemaPath] = R"({"title": "Item", "required": ["_id", "nme", "n"], "properties": {
      "_id": {"bsonType": "string"}, "name": {"bsonType": "string", "default": "x"},
      "n": {"bsonType": "double", "default": 5}, "d": {"bsonType": "date", "default": "now"}}})";
  LoadedApp loaded = load(files);
  ASSERT_TRUE(loaded.app);
  EXPECT_EQ(loaded.place("required_unknown"), "warning /required/1");
  EXPECT_THAT(loaded.message("required_unknown")->remedy, HasSubstr("\"name\""));
  EXPECT_FALSE(loaded.field("Item", "name").required);
  EXPECT_EQ(loaded.field("Item", "name").default_value, Value("x"));
  EXPECT_EQ(loaded.field("Item", "n").default_value, Value(5.0));
  EXPECT_EQ(loaded.field("Item", "d").default_value, std::nullopt);
  EXPECT_EQ(loaded.place("bad_default"), "warning /properties/d/default");
  const nlohmann::json& constraints = *loaded.app->constraints.at(loaded.type("Item").number.value);
  EXPECT_EQ(constraints["required"], nlohmann::json({"_id", "n"}));
}

TEST(AppRelationships, LinkFieldsThroughEmbeddedObjectsAndCollections) {
  AppFiles files = shop(
      R"("owner": {"bsonType": "string"}, "tags": {"bsonType": "array", "items": {"bsonType": "string"}},
      "pets": {"bsonType": "array", "items": {"bsonType": "object", "title": "Pet",
               "properties": {"toy": {"bsonType": "string"}}}})");
  files["data_sources/mongodb-atlas/shop/users/schema.json"] =
      R"({"title": "User", "required": ["_id"], "properties": {"_id": {"bsonType": "string"}}})";
  auto link = [](bool list) {
    return R"({"ref": "#/relationship/mongodb-atlas/shop/users", "foreign_key": "_id", "is_list": )" +
           std::string(list ? "true}" : "false}");
  };
  files[kLinksPath] = R"({"owner": )" + link(false) + R"(, "tags": )" + link(true) +
                      R"(, "pets.[].toy": )" + link(false) + "}";
  LoadedApp loaded = load(files);
  ASSERT_TRUE(loaded.app) << print_report({loaded.report});
  for (auto [type, field] : {std::pair("Item", "owner"), {"Item", "tags"}, {"Pet", "toy"}}) {
    EXPECT_EQ(loaded.field(type, field).type, ScalarType::link) << field;
    EXPECT_EQ(loaded.field(type, field).target, loaded.type("User").number) << field;
  }
  EXPECT_EQ(loaded.report.warnings, 0);
}

TEST(AppRelationships, SayWhyAFieldCannotLink) {
  auto with = [](const std::string& links) {
    AppFiles files = shop(R"("owner": {"bsonType": "string"}, "n": {"bsonType": "int"})");
    files[kLinksPath] = links;
    return load(files);
  };
  const std::string to_item =
      R"({"ref": "#/relationship/mongodb-atlas/shop/Item", "foreign_key": "_id"})";
  EXPECT_EQ(with(R"({"ownr": )" + to_item + "}").place("relationship_field"), "error /ownr");
  EXPECT_EQ(with(R"({"n": )" + to_item + "}").place("relationship_type"), "error /n");
  EXPECT_EQ(with(R"({"_id": )" + to_item + "}").place("relationship_field"), "error /_id");
  EXPECT_EQ(with(R"({"owner": {"ref": "shop/Item"}})").place("bad_ref"), "error /owner/ref");
  EXPECT_EQ(with(R"({"owner": {"ref": "#/relationship/mongodb-atlas/shop/None"}})")
                .place("relationship_target"),
            "warning /owner/ref");
  LoadedApp key =
      with(R"({"n": {"ref": "#/relationship/mongodb-atlas/shop/Item", "foreign_key": "number"}})");
  ASSERT_TRUE(key.app);
  EXPECT_EQ(key.place("foreign_key"), "warning /n/foreign_key");
  EXPECT_EQ(key.field("Item", "n").type, ScalarType::int32);
}

TEST(AppNumbers, StayWithTheirNamesForEver) {
  LoadedApp first = load(shop(R"("a": {"bsonType": "int"}, "b": {"bsonType": "int"})"));
  ASSERT_TRUE(first.app);
  EXPECT_EQ(first.app->schema.revision, 1u);
  EXPECT_EQ(first.type("Item").number, TypeNumber(16));
  EXPECT_EQ(first.field("Item", "a").number, FieldNumber(2));
  EXPECT_EQ(first.field("Item", "b").number, FieldNumber(3));
  EXPECT_TRUE(first.app->schema.type(system_type::kUser));

  LoadedApp same =
      load(shop(R"("a": {"bsonType": "int"}, "b": {"bsonType": "int"})"), &first.app->schema);
  EXPECT_EQ(same.app->schema, first.app->schema);

  LoadedApp second =
      load(shop(R"("0": {"bsonType": "int"}, "b": {"bsonType": "int"})"), &first.app->schema);
  EXPECT_EQ(second.app->schema.revision, 2u);
  EXPECT_EQ(second.field("Item", "b").number, FieldNumber(3));
  EXPECT_EQ(second.field("Item", "0").number, FieldNumber(4));
  ASSERT_EQ(second.type("Item").retired.size(), 1u);
  EXPECT_EQ(second.type("Item").retired[0].name, "a");

  AppFiles without = shop("");
  without.erase(kSchemaPath);
  without["data_sources/mongodb-atlas/shop/A/schema.json"] =
      R"({"title": "A", "properties": {"_id": {"bsonType": "string"}}})";
  LoadedApp third = load(without, &second.app->schema);
  EXPECT_EQ(third.type("A").number, TypeNumber(17));
  ASSERT_EQ(third.app->schema.retired.size(), 1u);
  EXPECT_EQ(third.app->schema.retired[0].name, "Item");

  LoadedApp back =
      load(shop(R"("a": {"bsonType": "int"}, "z": {"bsonType": "int"})"), &third.app->schema);
  EXPECT_EQ(back.type("Item").number, TypeNumber(16));
  EXPECT_EQ(back.field("Item", "a").number, FieldNumber(2));
  EXPECT_EQ(back.field("Item", "z").number, FieldNumber(5));

  // The highest numbers so far, of the type A and the field z, are retired ones.
  AppFiles last = shop(R"("a": {"bsonType": "int"})");
  LoadedApp fewer = load(last, &back.app->schema);
  last = shop(R"("a": {"bsonType": "int"}, "y": {"bsonType": "int"})");
  last["data_sources/mongodb-atlas/shop/B/schema.json"] =
      R"({"title": "B", "properties": {"_id": {"bsonType": "string"}}})";
  LoadedApp more = load(last, &fewer.app->schema);
  EXPECT_EQ(more.field("Item", "y").number, FieldNumber(6));
  EXPECT_EQ(more.type("B").number, TypeNumber(18));
}

}  // namespace
}  // namespace syncline
