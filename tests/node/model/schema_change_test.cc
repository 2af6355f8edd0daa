// The classes of changes of a schema: each row of the table of Atlas Device Sync (spec 2.3), and
// what it leaves open.
#include "node/model/schema_change.h"

#include <gmock/gmock.h>

#include "node/model/migration.h"
#include "tests/node/model/app_fixture.h"

namespace syncline::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr const char* kName = R"("name": {"bsonType": "string"})";
const std::string kOtherPath = "data_sources/mongodb-atlas/shop/Other/schema.json";

// "type_added safe Other", "field_type breaking Item.name", ...
std::vector<std::string> changes(const AppFiles& before, const AppFiles& after) {
  const LoadedApp was = load(before);
  EXPECT_NE(was.app, nullptr) << print_report({was.report});
  if (was.app == nullptr) return {"the app before does not load"};
  const LoadedApp is = load(after, &was.app->schema);
  EXPECT_NE(is.app, nullptr) << print_report({is.report});
  if (is.app == nullptr) return {"the app after does not load"};
  std::vector<std::string> out;
  for (const SchemaChange& change : schema_changes(*was.app, *is.app)) {
    out.push_back(std::string(name_of(change.kind)) + " " + std::string(name_of(change.meaning)) +
                  " " + change.type + (change.field.empty() ? "" : "." + change.field));
    EXPECT_EQ(change.meaning == SchemaChange::Class::breaking && change.remedy.empty(), false)
        << line_of(change) << ": says not what to do";
  }
  return out;
}

AppFiles with_other(AppFiles files, const std::string& title = "Other") {
  files[kOtherPath] = R"({"title": ")" + title +
                      R"(", "bsonType": "object", "required": ["_id"], "properties": {
      "_id": {"bsonType": "objectId"}, "x": {"bsonType": "int"}}})";
  return files;
}

AppFiles shop_requiring(const std::string& properties, const std::string& required) {
  AppFiles files = shop(properties);
  std::string& schema = files[kSchemaPath];
  const std::string had = R"("required": ["_id"])";
  schema.replace(schema.find(had), had.size(), R"("required": ["_id", ")" + required + "\"]");
  return files;
}

TEST(SchemaChange, NothingChangesInAnEqualSchema) {
  EXPECT_THAT(changes(shop(kName), shop(kName)), IsEmpty());
}

TEST(SchemaChange, AnAddedTypeIsSafe) {
  EXPECT_THAT(changes(shop(kName), with_other(shop(kName))), ElementsAre("type_added safe Other"));
}

TEST(SchemaChange, ADefaultIsSafe) {
  EXPECT_THAT(changes(shop(kName), shop(R"("name": {"bsonType": "string", "default": "x"})")),
              ElementsAre("default safe Item.name"));
}

TEST(SchemaChange, AnAddedOptionalPropertyIsSafe) {
  EXPECT_THAT(changes(shop(""), shop(kName)), ElementsAre("field_added safe Item.name"));
}

TEST(SchemaChange, AnAddedRequiredPropertyIsSafeAndSaysWhatDocumentsReadAs) {
  const AppFiles after =
      shop_requiring(R"("name": {"bsonType": "string", "default": "new"})", "name");
  EXPECT_THAT(changes(shop(""), after), ElementsAre("field_added safe with default Item.name"));
  const LoadedApp was = load(shop(""));
  const LoadedApp is = load(after, &was.app->schema);
  EXPECT_THAT(line_of(schema_changes(*was.app, *is.app).front()), HasSubstr("read as \"new\""));
  const LoadedApp without = load(shop_requiring(kName, "name"), &was.app->schema);
  EXPECT_THAT(line_of(schema_changes(*was.app, *without.app).front()), HasSubstr("quarantine"));
}

TEST(SchemaChange, ARemovedTypeIsBreaking) {
  EXPECT_THAT(changes(with_other(shop(kName)), shop(kName)),
              ElementsAre("type_removed breaking Other"));
}

TEST(SchemaChange, ARemovedPropertyIsBreaking) {
  EXPECT_THAT(changes(shop(kName), shop("")), ElementsAre("field_removed breaking Item.name"));
}

TEST(SchemaChange, ARenamedTypeIsBreaking) {
  EXPECT_THAT(changes(with_other(shop(kName)), with_other(shop(kName), "Another")),
              ElementsAre("type_removed breaking Other", "type_added safe Another"));
}

TEST(SchemaChange, ARenamedPropertyIsBreaking) {
  EXPECT_THAT(changes(shop(kName), shop(R"("label": {"bsonType": "string"})")),
              ElementsAre("field_removed breaking Item.name", "field_added safe Item.label"));
}

TEST(SchemaChange, WhatAMigrationRenamesIsSaidAsThat) {
  const std::string path = "migrations/1-2.json";
  const LoadedApp was = load(with_other(shop(kName)));
  const Result<MigrationPlan> plan = read_migration(path, R"({"types": {
      "Item": {"fields": [{"rename": "name", "to": "label"}]}, "Other": {"rename": "Another"}}})");
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  const Schema base = numbering_base(*plan, was.app->schema);
  const LoadedApp is =
      load(with_other(shop(R"("label": {"bsonType": "string"})"), "Another"), &base);
  ASSERT_NE(is.app, nullptr) << print_report({is.report});
  std::vector<SchemaChange> changes = schema_changes(*was.app, *is.app);
  EXPECT_TRUE(any_breaking(changes));
  note_migration(path, &changes);
  std::vector<std::string> told;
  for (const SchemaChange& change : changes)
    told.push_back(std::string(name_of(change.kind)) + " " + line_of(change));
  EXPECT_THAT(told,
              UnorderedElementsAre("field_renamed Item.label: was called name (breaking): " + path +
                                       " says what becomes of it",
                                   "type_renamed Another: was called Other (breaking): " + path +
                                       " says what becomes of it"));
  const Result<Migration> bound = Migration::bind(*plan, *was.app, *is.app);
  EXPECT_TRUE(bound.has_value()) << bound.error().message;
}

TEST(SchemaChange, AnotherTypeOfAPropertyIsBreaking) {
  for (
      const char* other :
      {R"({"bsonType": "int"})", R"({"bsonType": "mixed"})",
       R"({"bsonType": "array", "items": {"bsonType": "string"}})",
       R"({"bsonType": "object", "additionalProperties": {"bsonType": "string"}})",
       R"({"bsonType": "object", "title": "Name", "properties": {"first": {"bsonType": "string"}}})"})
    EXPECT_THAT(changes(shop(kName), shop(R"("name": )" + std::string(other))),
                ::testing::Contains("field_type breaking Item.name"))
        << other;
  const std::string list = R"("name": {"bsonType": "array", "items": {"bsonType": "string"}})";
  const std::string set =
      R"("name": {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "string"}})";
  EXPECT_THAT(changes(shop(list), shop(set)), ElementsAre("field_type breaking Item.name"));
}

TEST(SchemaChange, AnotherLinkTargetIsBreaking) {
  AppFiles before = with_other(shop(R"("to": {"bsonType": "objectId"})"));
  AppFiles after = before;
  EXPECT_THAT(changes(before, after), IsEmpty());
  after[kLinksPath] =
      R"({"to": {"ref": "#/relationship/mongodb-atlas/shop/Other", "foreign_key": "_id",
                         "is_list": false}})";
  EXPECT_THAT(changes(before, after), ElementsAre("field_type breaking Item.to"));
  before[kLinksPath] =
      R"({"to": {"ref": "#/relationship/mongodb-atlas/shop/Item", "foreign_key": "_id",
                         "is_list": false}})";
  EXPECT_THAT(changes(before, after), ElementsAre("field_type breaking Item.to"));
}

TEST(SchemaChange, OptionalToRequiredAndBackIsBreaking) {
  EXPECT_THAT(changes(shop(kName), shop_requiring(kName, "name")),
              ElementsAre("required breaking Item.name"));
  EXPECT_THAT(changes(shop_requiring(kName, "name"), shop(kName)),
              ElementsAre("required breaking Item.name"));
}

TEST(SchemaChange, AnotherTypeOfIdIsBreaking) {
  AppFiles after = shop(kName);
  std::string& schema = after[kSchemaPath];
  const std::string had = R"("_id": {"bsonType": "objectId"})";
  schema.replace(schema.find(had), had.size(), R"("_id": {"bsonType": "string"})");
  EXPECT_THAT(changes(shop(kName), after), ElementsAre("key_type breaking Item._id"));
}

TEST(SchemaChange, AsymmetricOrNotIsBreaking) {
  AppFiles after = shop(kName);
  after["sync/config.json"] =
      R"({"type": "flexible", "state": "enabled", "asymmetric_tables": ["Item"]})";
  EXPECT_THAT(changes(shop(kName), after), ElementsAre("type_kind breaking Item"));
}

TEST(SchemaChange, WhatOnlyRestrictsValuesIsSafe) {
  EXPECT_THAT(changes(shop(kName), shop(R"("name": {"bsonType": "string", "maxLength": 4})")),
              ElementsAre("constraint safe Item.name"));
  EXPECT_THAT(changes(shop(R"("name": {"bsonType": "string", "pattern": "^a"})"), shop(kName)),
              ElementsAre("constraint safe Item.name"));
  EXPECT_THAT(changes(shop(kName), shop(kName, R"(, "additionalProperties": false)")),
              ElementsAre("openness safe Item"));
}

TEST(SchemaChange, FieldsOfEmbeddedObjectsCountLikewise) {
  const auto spot = [](const std::string& more) {
    return shop(
        R"("spot": {"bsonType": "object", "title": "Spot", "properties": {"room": {"bsonType": "string"})" +
        more + "}}");
  };
  EXPECT_THAT(changes(spot(""), spot(R"(, "code": {"bsonType": "int"})")),
              ElementsAre("field_added safe Spot.code"));
  EXPECT_THAT(changes(spot(R"(, "code": {"bsonType": "int"})"), spot("")),
              ElementsAre("field_removed breaking Spot.code"));
}

}  // namespace
}  // namespace syncline::test
