// Roles, sync's configuration, permissions of before 2023, values and environments.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/node/model/app_fixture.h"

namespace syncline {
namespace {

using namespace test;
using testing::HasSubstr;
using Json = nlohmann::json;

TEST(AppRules, AreTakenWithTheirPlace) {
  LoadedApp loaded = load(shop_with_roles(R"([{"name": "owner", "apply_when": {},
      "document_filters": {"read": {"owner_id": "%%user.id"}, "write": true}, "read": true,
      "fields": {"owner_id": {"read": true}}, "additional_fields": {}, "search": true}])"));
  ASSERT_TRUE(loaded.app) << print_report({loaded.report});
  ASSERT_EQ(loaded.app->rules.size(), 1u);
  EXPECT_EQ(loaded.app->rules[0].collection, "shop.Item");
  EXPECT_EQ(loaded.app->rules[0].roles[0].file, kRulesPath);
  EXPECT_EQ(loaded.app->rules[0].roles[0].pointer, "/roles/0");
  EXPECT_EQ((*loaded.app->rules[0].roles[0].role)["name"], "owner");
  EXPECT_EQ(loaded.app->default_rules.roles.size(), 1u);
  EXPECT_EQ(loaded.place("ignored"), "info /config/clusterName");
}

TEST(AppRules, RefuseKeysThatNothingKnows) {
  LoadedApp loaded = load(
      shop_with_roles(R"([{"name": "r", "apply_when": {}, "document_filter": {"read": true}}])"));
  EXPECT_FALSE(loaded.app);
  EXPECT_EQ(loaded.place("unknown_key"), "error /roles/0/document_filter");
  EXPECT_THAT(loaded.message("unknown_key")->remedy, HasSubstr("document_filters"));
  for (const char* role :
       {R"({"name": "r"})", R"({"apply_when": {}})", R"({"name": "r", "apply_when": 5})",
        R"({"name": "r", "apply_when": {}, "fields": []})", R"(7)",
        R"({"name": "r", "apply_when": {}, "read": null})",
        R"({"name": "r", "apply_when": {}, "fields": {"a": {"reed": true}}})"})
    EXPECT_FALSE(load(shop_with_roles("[" + std::string(role) + "]")).app) << role;
}

TEST(AppRules, MustLieWhereTheySayTheyBelong) {
  AppFiles files = shop_with_roles("[]");
  files[kRulesPath] = R"({"database": "shop", "collection": "Items", "roles": []})";
  EXPECT_EQ(load(files).place("path_mismatch"), "error /collection");
}

TEST(AppRules, TypesWithoutRolesAreNamed) {
  AppFiles files = shop("");
  files.erase(kDefaultRulesPath);
  EXPECT_EQ(load(files).place("no_roles"), "warning ");
}

TEST(AppLegacyRules, OfFlexibleSyncBecomeRoles) {
  AppFiles files = shop(R"("owner_id": {"bsonType": "string"})");
  files.erase(kDefaultRulesPath);
  files["data_sources/mongodb-atlas/shop/Log/schema.json"] =
      R"({"title": "Log", "required": ["_id"], "properties": {"_id": {"bsonType": "string"}}})";
  files["sync/config.json"] = R"({"type": "flexible", "state": "enabled", "permissions": {
      "rules": {"Log": [{"name": "append", "applyWhen": {}, "read": true, "write": false}]},
      "defaultRoles": [{"name": "owner", "applyWhen": {"%%user.data.a": 1},
                        "read": {"owner_id": "%%user.id"}, "write": {"owner_id": "%%user.id"}}]}})";
  LoadedApp loaded = load(files);
  ASSERT_TRUE(loaded.app) << print_report({loaded.report});
  EXPECT_EQ(*loaded.app->default_rules.roles.at(0).role,
            Json::parse(R"({"name": "owner", "apply_when": {"%%user.data.a": 1}, "document_filters":
              {"read": {"owner_id": "%%user.id"}, "write": {"owner_id": "%%user.id"}}, "read": true,
              "write": true, "insert": true, "delete": true, "search": true})"));
  ASSERT_EQ(loaded.app->rules.size(), 1u);
  EXPECT_EQ(loaded.app->rules[0].collection, "shop.Log");
  EXPECT_EQ((*loaded.app->rules[0].roles[0].role)["document_filters"]["write"], false);
  EXPECT_EQ(loaded.app->rules[0].roles[0].pointer, "/permissions/rules/Log/0");
  EXPECT_EQ(loaded.place("rewritten"), "info /permissions/defaultRoles/0");
}

TEST(AppLegacyRules, ReplaceRolesThatWereForRequestsOnly) {
  AppFiles files = shop_with_roles(R"([{"name": "old", "apply_when": {}, "read": true}])");
  files["sync/config.json"] = R"({"type": "flexible", "permissions": {"rules": {},
      "defaultRoles": [{"name": "sync", "applyWhen": {}, "read": true, "write": false}]}})";
  files.erase(kDefaultRulesPath);
  LoadedApp loaded = load(files);
  ASSERT_TRUE(loaded.app);
  EXPECT_TRUE(loaded.app->rules.empty());
  EXPECT_EQ(loaded.place("rules_replaced"), "warning ");
  EXPECT_EQ(loaded.file(kRulesPath)->status, "ignored");

  files[kRulesPath] =
      R"({"roles": [{"name": "new", "apply_when": {}, "document_filters": {"read": true, "write": true}}]})";
  files[kDefaultRulesPath] = kEveryoneReads;
  LoadedApp unified = load(files);
  ASSERT_TRUE(unified.app);
  EXPECT_EQ(unified.app->rules.size(), 1u);
  EXPECT_EQ(unified.place("left_over"), "warning /permissions/defaultRoles");
}

TEST(AppLegacyRules, OfPartitionsBecomeFiltersAboutTheKey) {
  auto with = [](const std::string& read, const std::string& state = "enabled") {
    AppFiles files = shop(R"("_partition": {"bsonType": "string"})");
    files.erase(kDefaultRulesPath);
    files["sync/config.json"] = R"({"type": "partition", "state": ")" + state +
                                R"(", "partition": {"key": "_partition",
        "type": "string", "required": true, "permissions": {"write": false, "read": )" +
                                read + "}}}";
    return load(files);
  };
  auto filter = [&](const std::string& read) {
    LoadedApp loaded = with(read);
    return loaded.app ? (*loaded.app->default_rules.roles.at(0).role)["document_filters"]["read"]
                      : Json("refused");
  };
  EXPECT_EQ(filter("true"), Json(true));
  EXPECT_EQ(filter(R"({"%%partition": "%%user.id"})"),
            Json::parse(R"({"_partition": "%%user.id"})"));
  EXPECT_EQ(filter(R"({"%%user.id": "%%partition"})"),
            Json::parse(R"({"_partition": "%%user.id"})"));
  EXPECT_EQ(
      filter(
          R"({"$or": [{"%%partition": "all"}, {"%%partition": {"$in": "%%user.custom_data.p"}}]})"),
      Json::parse(
          R"({"$or": [{"_partition": "all"}, {"_partition": {"$in": "%%user.custom_data.p"}}]})"));
  // The user's data may be one partition or a list of them.
  EXPECT_EQ(filter(R"({"%%user.custom_data.p": "%%partition"})"),
            Json::parse(R"({"$or": [{"_partition": "%%user.custom_data.p"},
                                    {"_partition": {"$in": "%%user.custom_data.p"}}]})"));
  EXPECT_EQ(
      filter(R"({"$or": [{"%%user.id": "%%partition"}], "%%user.custom_data.p": "%%partition"})"),
      Json::parse(R"({"$or": [{"_partition": "%%user.id"}],
                            "%or": [{"_partition": "%%user.custom_data.p"},
                                    {"_partition": {"$in": "%%user.custom_data.p"}}]})"));
  EXPECT_EQ(filter(R"({"$in": ["%%partition"]})"), Json("refused"));
  EXPECT_EQ(with(R"({"%%true": {"%function": {"name": "f", "arguments": ["%%partition"]}}})")
                .place("function_in_rule"),
            "error /partition/permissions/read");
  EXPECT_THAT(with("true").app->queryable_fields, testing::ElementsAre("_partition"));
  LoadedApp terminated = with("true", "");
  ASSERT_TRUE(terminated.app);
  EXPECT_TRUE(terminated.app->default_rules.roles.empty());
}

TEST(AppSync, ReadsItsSettings) {
  AppFiles files = shop(
      R"("a": {"bsonType": "string"}, "b": {"bsonType": "object", "additionalProperties": true})");
  files["sync/config.json"] =
      R"({"type": "flexible", "state": "disabled", "development_mode_enabled": true,
      "service_name": "mongodb-atlas", "database_name": "dev", "client_max_offline_days": 7,
      "is_recovery_mode_disabled": true, "queryable_fields_names": ["a", "b"],
      "collection_queryable_fields_names": {"Item": ["a"]}, "asymmetric_tables": ["Item"], "last_disabled": 1})";
  LoadedApp loaded = load(files);
  ASSERT_TRUE(loaded.app) << print_report({loaded.report});
  const App& app = *loaded.app;
  EXPECT_FALSE(app.sync_enabled);
  EXPECT_TRUE(app.development_mode);
  EXPECT_EQ(app.development_database, "dev");
  EXPECT_EQ(app.max_offline_days, 7);
  EXPECT_FALSE(app.recovery_mode);
  EXPECT_THAT(app.queryable_fields, testing::ElementsAre("a", "b"));
  EXPECT_THAT(app.queryable_by_collection.at("Item"), testing::ElementsAre("a"));
  EXPECT_TRUE(loaded.type("Item").asymmetric);
  EXPECT_EQ(loaded.place("queryable_field"), "warning /queryable_fields_names");
  EXPECT_EQ(loaded.place("sync_paused"), "warning /state");
}

TEST(AppSync, ReadsTheOldLayout) {
  LoadedApp loaded = load({
      {"config.json",
       R"({"name": "old", "config_version": 20200603, "custom_user_data_config": {"enabled": true,
          "mongo_service_id": "x", "database_name": "d", "collection_name": "c", "user_id_field": "u"}})"},
      {"services/mongodb-atlas/config.json",
       R"({"id": "1", "name": "mongodb-atlas", "type": "mongodb-atlas",
          "config": {"clusterName": "C", "flexible_sync": {"state": "enabled", "queryable_fields_names": ["u"]}}, "version": 1})"},
      {"services/mongodb-atlas/rules/d.c.json", R"({"id": "2", "database": "d", "collection": "c",
          "roles": [{"name": "all", "apply_when": {}, "document_filters": {"read": true, "write": false}}],
          "relationships": {"peer": {"ref": "#/relationship/mongodb-atlas/d/c", "foreign_key": "_id", "is_list": false}},
          "schema": {"title": "Thing", "properties": {"_id": {"bsonType": "objectId"}, "u": {"bsonType": "string"},
                     "peer": {"bsonType": "objectId"}}}})"},
      {"services/twilio/config.json",
       R"({"name": "twilio", "type": "twilio", "config": {"sid": "x"}})"},
      {"functions/f/source.js", "exports"},
  });
  ASSERT_TRUE(loaded.app) << print_report({loaded.report});
  EXPECT_EQ(loaded.app->name, "old");
  EXPECT_EQ(loaded.type("Thing").collection, "d.c");
  EXPECT_EQ(loaded.field("Thing", "peer").type, ScalarType::link);
  EXPECT_EQ(loaded.app->rules.at(0).roles.at(0).pointer, "/roles/0");
  EXPECT_TRUE(loaded.app->custom_user_data.enabled);
  EXPECT_EQ(loaded.app->custom_user_data.collection, "d.c");
  EXPECT_THAT(loaded.app->queryable_fields, testing::ElementsAre("u"));
  EXPECT_EQ(loaded.file("services/twilio/config.json")->status, "ignored");
  EXPECT_EQ(loaded.file("functions/f/source.js")->messages.at(0).text,
            "Syncline does not run functions");
}

TEST(AppSync, NeverChoosesAmongDataSourcesInSilence) {
  AppFiles files = shop("");
  files["data_sources/other/config.json"] = R"({"name": "other", "type": "mongodb-atlas"})";
  files["data_sources/other/shop/Item/schema.json"] = files[kSchemaPath];
  LoadedApp loaded = load(files);
  ASSERT_TRUE(loaded.app);
  EXPECT_EQ(loaded.place("service_assumed"), "warning ");
  EXPECT_EQ(loaded.file("data_sources/other/shop/Item/schema.json")->status, "ignored");
  files["sync/config.json"] = R"({"service_name": "third"})";
  EXPECT_EQ(load(files).place("unknown_service"), "error /service_name");
}

TEST(AppSettings, ReadValuesEnvironmentsAndTemplates) {
  AppFiles files = shop("");
  files["realm_config.json"] = R"({"name": "shop", "environment": "qa"})";
  files["environments/qa.json"] = R"({"values": {"db": "mongodb-atlas", "n": 3}})";
  files["environments/production.json"] = "not even JSON";
  files["values/limit.json"] = R"({"name": "limit", "value": [1, {"a": 2}], "from_secret": false})";
  files["values/key.json"] = R"({"name": "key", "value": "secret-name", "from_secret": true})";
  files["sync/config.json"] = R"json({"service_name": "%(%%environment.values.db)"})json";
  LoadedApp loaded = load(files);
  ASSERT_TRUE(loaded.app) << print_report({loaded.report});
  EXPECT_EQ(loaded.app->environment_tag, "qa");
  EXPECT_EQ(*loaded.app->environment.at("n"), Json(3));
  EXPECT_EQ(*loaded.app->values.at("limit"), Json::parse(R"([1, {"a": 2}])"));
  EXPECT_FALSE(loaded.app->values.contains("key"));
  EXPECT_EQ(loaded.place("secret"), "warning /value");
  EXPECT_EQ(loaded.app->service, "mongodb-atlas");
  EXPECT_EQ(loaded.file("environments/production.json")->status, "ignored");
  files["sync/config.json"] = R"json({"service_name": "%(%%environment.values.none)"})json";
  EXPECT_EQ(load(files).place("template"), "error /service_name");
}

TEST(AppSettings, CustomUserDataNeedNames) {
  AppFiles files = shop("");
  files["auth/custom_user_data.json"] = R"({"enabled": true, "database_name": "d"})";
  EXPECT_EQ(load(files).place("custom_user_data"), "error ");
  files["auth/custom_user_data.json"] = R"({"enabled": false})";
  EXPECT_TRUE(load(files).app);
}

}  // namespace
}  // namespace syncline
