// What code declares beyond an app, as files of the app: it loads, and then the code finds all that
// it declares.
#include "node/model/development.h"

#include <gmock/gmock.h>

#include "node/model/declared_json.h"
#include "node/model/schema_change.h"
#include "node/model/schema_comparison.h"
#include "proto/extended_json.h"
#include "tests/node/model/app_fixture.h"

namespace syncline::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

DeclaredSchema declared(const std::string& types) {
  const Result<Value> json = parse_extended_json(R"({"types": [)" + types + "]}");
  EXPECT_TRUE(json.has_value()) << types;
  const Result<DeclaredSchema> out = read_declared_schema(*json);
  EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().message);
  return out ? *out : DeclaredSchema();
}

constexpr const char* kDoorType = R"({"name": "Door", "primary_key": "_id", "properties": [
  {"name": "_id", "type": "string"}, {"name": "open", "type": "bool"}]})";
// Something of everything.
constexpr const char* kRoomType = R"({"name": "Room", "primary_key": "_id", "properties": [
  {"name": "_id", "type": "objectId"},
  {"name": "name", "type": "string"}, {"name": "floor", "type": "int", "nullable": true},
  {"name": "area", "type": "double"}, {"name": "seen", "type": "date", "nullable": true},
  {"name": "price", "type": "decimal", "nullable": true}, {"name": "any", "type": "mixed"},
  {"name": "tags", "type": "string", "collection": "set"},
  {"name": "notes", "type": "string", "collection": "list"},
  {"name": "counts", "type": "int", "collection": "dictionary"},
  {"name": "main", "type": "link", "target": "Door"},
  {"name": "doors", "type": "link", "target": "Door", "collection": "list"},
  {"name": "place", "type": "embedded", "target": "Place"},
  {"name": "places", "type": "embedded", "target": "Place", "collection": "list"}]})";
constexpr const char* kPlaceType = R"({"name": "Place", "embedded": true, "properties": [
  {"name": "x", "type": "double"}, {"name": "door", "type": "link", "target": "Door"}]})";

// Extends the app, loads it, and expects that it has all that the code declares.
LoadedApp extended(const AppFiles& files, const DeclaredSchema& code,
                   std::vector<std::string>* added) {
  const LoadedApp before = load(files);
  EXPECT_NE(before.app, nullptr) << print_report({before.report});
  const Result<Extension> extension = extend_app(files, *before.app, code);
  EXPECT_TRUE(extension.has_value()) << (extension ? "" : extension.error().message);
  if (!extension) return before;
  *added = extension->added;
  LoadedApp after = load(extension->files, &before.app->schema);
  EXPECT_NE(after.app, nullptr) << print_report({after.report});
  if (after.app == nullptr) return before;
  for (const SchemaDifference& one : compare_schemas(code, after.app->schema))
    ADD_FAILURE() << to_text(one);
  EXPECT_FALSE(any_breaking(schema_changes(*before.app, *after.app)));
  return after;
}

TEST(Development, ATypeThatTheAppLacksBecomesACollectionOfIts) {
  std::vector<std::string> added;
  const LoadedApp after = extended(
      shop(""), declared(std::string(kRoomType) + "," + kDoorType + "," + kPlaceType), &added);
  EXPECT_THAT(added, ElementsAre("Room", "Door"));
  EXPECT_EQ(after.type("Room").collection, "shop.Room");
  EXPECT_EQ(after.field("Room", "doors").target, after.type("Door").number);
  EXPECT_EQ(after.field("Place", "door").target, after.type("Door").number);
  EXPECT_TRUE(after.field("Room", "name").required);
  EXPECT_FALSE(after.field("Room", "floor").required);
}

TEST(Development, AFieldThatATypeLacksIsAddedWhereItsSchemaStands) {
  std::vector<std::string> added;
  AppFiles files = shop(
      R"("name": {"bsonType": "string"}, "spot": {"bsonType": "object", "title": "Spot", "properties": {
         "room": {"bsonType": "string"}}})");
  const DeclaredSchema code = declared(R"({"name": "Item", "primary_key": "_id", "properties": [
      {"name": "_id", "type": "objectId"}, {"name": "colour", "type": "string", "nullable": true},
      {"name": "spot", "type": "embedded", "target": "Spot", "nullable": true}]},
    {"name": "Spot", "embedded": true, "properties": [{"name": "shelf", "type": "int", "nullable": true}]})");
  const LoadedApp after = extended(files, code, &added);
  EXPECT_THAT(added, ElementsAre("Item.colour", "Spot.shelf"));
  EXPECT_NE(after.type("Item").field("name"), nullptr) << "what the code does not know stays";
  EXPECT_NE(after.type("Spot").field("room"), nullptr);
}

TEST(Development, WhatTheAppHasAlreadyLeavesItsFilesAsTheyAre) {
  const AppFiles files = shop(R"("name": {"bsonType": "string"})");
  const LoadedApp app = load(files);
  const DeclaredSchema code = declared(R"({"name": "Item", "primary_key": "_id", "properties": [
      {"name": "_id", "type": "objectId"}, {"name": "name", "type": "string", "nullable": true}]})");
  const Result<Extension> extension = extend_app(files, *app.app, code);
  ASSERT_TRUE(extension.has_value());
  EXPECT_THAT(extension->added, IsEmpty());
  EXPECT_EQ(extension->files, files);
}

TEST(Development, WhatTheCodeHasOtherwiseIsLeftToBeTold) {
  const AppFiles files = shop(R"("name": {"bsonType": "string"})");
  const LoadedApp app = load(files);
  const DeclaredSchema code = declared(R"({"name": "Item", "primary_key": "_id", "properties": [
      {"name": "_id", "type": "objectId"}, {"name": "name", "type": "int"}]})");
  const Result<Extension> extension = extend_app(files, *app.app, code);
  ASSERT_TRUE(extension.has_value());
  EXPECT_THAT(extension->added, IsEmpty());
}

TEST(Development, AnAppOfTheOlderLayoutIsExtendedInItsOwnFiles) {
  const AppFiles files = {
      {"stitch.json", R"({"name": "shop"})"},
      {"services/mongodb-atlas/config.json",
       R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "C"}})"},
      {"services/mongodb-atlas/rules/shop.Item.json",
       R"({"database": "shop", "collection": "Item", "schema": {"title": "Item", "bsonType": "object",
           "required": ["_id"], "properties": {"_id": {"bsonType": "objectId"}}}})"}};
  std::vector<std::string> added;
  const DeclaredSchema code = declared(R"({"name": "Item", "primary_key": "_id", "properties": [
      {"name": "_id", "type": "objectId"}, {"name": "colour", "type": "string"}]})");
  extended(files, code, &added);
  EXPECT_THAT(added, ElementsAre("Item.colour"));
}

TEST(Development, ANameThatIsNoCollectionsIsRefused) {
  for (const char* name : {"../../etc", "a.b", "a/b"}) {
    const LoadedApp app = load(shop(""));
    const DeclaredSchema code = declared(R"({"name": ")" + std::string(name) +
                                         R"(", "primary_key": "_id", "properties": [
      {"name": "_id", "type": "string"}]})");
    const Result<Extension> extension = extend_app(shop(""), *app.app, code);
    EXPECT_FALSE(extension.has_value()) << name;
  }
}

TEST(Development, AFieldThatIsAskedForIsDeclaredQueryable) {
  AppFiles files = shop(R"("name": {"bsonType": "string"})");
  files["sync/config.json"] =
      R"({"type": "flexible", "state": "enabled", "queryable_fields_names": []})";
  const LoadedApp before = load(files);
  const TypeDef& item = before.type("Item");
  ASSERT_FALSE(before.app->is_queryable(item.number, item.field("name")->number));
  const AppFiles declared_so = declare_queryable(files, *before.app, "Item", "name");
  const LoadedApp after = load(declared_so, &before.app->schema);
  ASSERT_NE(after.app, nullptr);
  EXPECT_TRUE(after.app->is_queryable(item.number, item.field("name")->number));
  EXPECT_EQ(declare_queryable(declared_so, *after.app, "Item", "name"), declared_so);
}

}  // namespace
}  // namespace syncline::test
