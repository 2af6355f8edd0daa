#include "sim/world/sample_fleet.h"

#include <fmt/format.h>

namespace syncline::sim {
namespace {

constexpr const char* kThingSchema = R"({
  "title": "Thing", "bsonType": "object", "required": ["_id"],
  "properties": {
    "_id": {"bsonType": "string"},
    "name": {"bsonType": "string", "maxLength": 40},
    "count": {"bsonType": "long"},
    "checked": {"bsonType": "bool"},
    "secret": {"bsonType": "string"},
    "notes": {"bsonType": "array", "items": {"bsonType": "string"}},
    "tags": {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "string"}},
    "labels": {"bsonType": "object", "additionalProperties": {"bsonType": "long"}},
    "place": {"bsonType": "object", "title": "Place",
              "properties": {"shelf": {"bsonType": "long"}, "row": {"bsonType": "string"}}},
    "parts": {"bsonType": "array", "items": {"bsonType": "object", "title": "Part",
              "properties": {"code": {"bsonType": "string"}, "amount": {"bsonType": "long"},
                             "marks": {"bsonType": "array", "items": {"bsonType": "string"}}}}},
    "next": {"bsonType": "string"},
    "anything": {"bsonType": "mixed"}
  }})";
constexpr const char* kThingRelationships = R"({
  "next": {"ref": "#/relationship/mongodb-atlas/sim/things", "foreign_key": "_id", "is_list": false}})";
constexpr const char* kRuleSchema = R"({
  "title": "Rule", "bsonType": "object", "required": ["_id"],
  "properties": {"_id": {"bsonType": "long"}, "text": {"bsonType": "string"}, "count": {"bsonType": "long"}}})";
constexpr const char* kThingRules = R"({"database": "sim", "collection": "things", "roles": [
  {"name": "manager", "apply_when": {"%%user.custom_data.manager": true},
   "document_filters": {"read": true, "write": true}, "read": true, "write": true, "insert": true, "delete": true},
  {"name": "worker", "apply_when": {}, "document_filters": {"read": true, "write": true}, "insert": true, "delete": true,
   "fields": {"checked": {"read": true, "write": false}, "secret": {"read": false, "write": false}},
   "additional_fields": {"read": true, "write": true}}]})";
constexpr const char* kRuleRules = R"({"database": "sim", "collection": "rules", "roles": [
  {"name": "manager", "apply_when": {"%%user.custom_data.manager": true},
   "document_filters": {"read": true, "write": true}, "read": true, "write": true, "insert": true, "delete": true},
  {"name": "reader", "apply_when": {}, "document_filters": {"read": true, "write": false}, "read": true, "write": false,
   "insert": false, "delete": false}]})";

// Asymmetric: everybody inserts, nobody reads.
constexpr const char* kReadingSchema = R"({
  "title": "Reading", "bsonType": "object", "required": ["_id", "celsius"],
  "properties": {"_id": {"bsonType": "string"}, "celsius": {"bsonType": "long"},
                 "marks": {"bsonType": "array", "items": {"bsonType": "string"}}}})";
constexpr const char* kReadingRules = R"({"database": "sim", "collection": "readings", "roles": [
  {"name": "everybody", "apply_when": {}, "document_filters": {"read": true, "write": true},
   "read": true, "write": true, "insert": {"celsius": {"$lt": 90}}, "delete": true}]})";

// Workers see and change what conditions on the objects let them.
constexpr const char* kFilteredThingRules =
    R"({"database": "sim", "collection": "things", "roles": [
  {"name": "manager", "apply_when": {"%%user.custom_data.manager": true},
   "document_filters": {"read": true, "write": true}, "read": true, "write": true, "insert": true, "delete": true},
  {"name": "worker", "apply_when": {},
   "document_filters": {"read": {"$or": [{"count": {"$lt": 40}}, {"tags": "red"}, {"place.shelf": {"$exists": true}}]},
                        "write": {"count": {"$nin": [3, 13, 23, 33]}, "name": {"$ne": "%%user.id"}}},
   "insert": {"count": {"$lt": 60}}, "delete": {"$not": {"notes": "fir"}},
   "fields": {"checked": {"read": true, "write": {"%%prev": {"$ne": true}}},
              "secret": {"read": {"checked": true}, "write": {"count": {"$lt": 15}}},
              "labels": {"read": {"place.shelf": {"$exists": true}}, "write": {"place.shelf": {"$exists": true}}}},
   "additional_fields": {"read": true, "write": true}}]})";
constexpr const char* kFilteredRuleRules = R"({"database": "sim", "collection": "rules", "roles": [
  {"name": "manager", "apply_when": {"%%user.custom_data.manager": true},
   "document_filters": {"read": true, "write": true}, "read": true, "write": true, "insert": true, "delete": true},
  {"name": "reader", "apply_when": {},
   "document_filters": {"read": {"count": {"$in": [1, 2, 3, 5, 8, 13, 21, 34, 55]}}, "write": false},
   "read": true, "write": false, "insert": false, "delete": false}]})";

// What becomes of things in schema version 2: a text in two, numbers as texts and the other way,
// also in embedded objects in a list, and a field out of an embedded object.
constexpr const char* kToVersion2 = R"({"types": {
  "Thing": {"fields": [
    {"split": "name", "into": ["first", "last"], "separator": " "},
    {"convert": "count", "to": "tally", "otherwise_back": 0},
    {"convert": "secret", "to": "code", "otherwise": 0},
    {"convert": "checked", "to": "state", "values": [[true, "yes"], [false, "no"]]},
    {"move": "place.shelf", "to": "shelf"}]},
  "Part": {"fields": [{"convert": "amount", "to": "weight", "otherwise_back": 0}]}}})";
constexpr const char* kToVersion3 = R"({"types": {"Thing": {"fields": [
    {"merge": ["first", "last"], "into": "title", "separator": " "},
    {"rename": "tally", "to": "total"},
    {"drop": "next"}]}}})";

void replace(std::string* text, std::string_view from, std::string_view to) {
  text->replace(text->find(from), from.size(), to);
}

}  // namespace

AppFiles sample_app_version(uint32_t version) {
  AppFiles app = sample_app();
  if (version == 1) return app;
  const std::string base = "data_sources/mongodb-atlas/sim/things/";
  std::string& things = app[base + "schema.json"];
  std::string& rules = app[base + "rules.json"];
  replace(&things, R"("count": {"bsonType": "long"})", R"("tally": {"bsonType": "string"})");
  replace(&things, R"("secret": {"bsonType": "string"})", R"("code": {"bsonType": "long"})");
  replace(&things, R"("checked": {"bsonType": "bool"})",
          R"("state": {"bsonType": "string"}, "shelf": {"bsonType": "long"})");
  replace(&things, R"("shelf": {"bsonType": "long"}, "row")", R"("row")");
  replace(&things, R"("amount": {"bsonType": "long"})", R"("weight": {"bsonType": "string"})");
  replace(&things, R"("name": {"bsonType": "string", "maxLength": 40})",
          R"("first": {"bsonType": "string"}, "last": {"bsonType": "string"})");
  replace(&rules, "checked", "state");
  replace(&rules, "secret", "code");
  app["migrations/1-2.json"] = kToVersion2;
  if (version == 2) return app;
  replace(&things, R"("first": {"bsonType": "string"}, "last": {"bsonType": "string"})",
          R"("title": {"bsonType": "string"})");
  replace(&things, R"("tally")", R"("total")");
  replace(&things, R"("next": {"bsonType": "string"},)", "");
  app.erase(base + "relationships.json");
  app["migrations/2-3.json"] = kToVersion3;
  return app;
}

AppFiles sample_app(bool filtered, bool grown) {
  const std::string base = "data_sources/mongodb-atlas/";
  std::string things = kThingSchema;
  if (grown) {
    replace(&things, R"("required": ["_id"])", R"("required": ["_id", "grade"])");
    replace(&things, R"("count": {"bsonType": "long"},)", R"("count": {"bsonType": "long"},
    "colour": {"bsonType": "string"}, "grade": {"bsonType": "long", "default": 3},)");
    replace(&things, R"("properties": {"code")",
            R"("properties": {"made": {"bsonType": "string"}, "code")");
  }
  return {
      {"realm_config.json", R"({"config_version": 20210101, "name": "sim"})"},
      {base + "config.json",
       R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "c"}})"},
      {base + "sim/things/schema.json", std::move(things)},
      {base + "sim/things/rules.json", filtered ? kFilteredThingRules : kThingRules},
      {base + "sim/things/relationships.json", kThingRelationships},
      {base + "sim/rules/schema.json", kRuleSchema},
      {base + "sim/rules/rules.json", filtered ? kFilteredRuleRules : kRuleRules},
      {base + "sim/readings/schema.json", kReadingSchema},
      {base + "sim/readings/rules.json", kReadingRules},
      {"sync/config.json",
       R"({"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas", "database_name": "sim",
          "asymmetric_tables": ["Reading"]})"}};
}

FleetNode sample_node(int index) {
  return {fmt::format("node {}", index + 1),
          index == 0 ? kManager : kWorker,
          {{"things", "Thing", ""}, {"rules", "Rule", ""}},
          {},
          0};
}

FleetPlan sample_fleet(int nodes, bool filtered) {
  FleetPlan plan{
      sample_app(filtered),
      {{kManager, {}, Document{{"manager", true}}}, {kWorker, {}, Document{{"manager", false}}}},
      {}};
  for (int i = 0; i < nodes; ++i) plan.nodes.push_back(sample_node(i));
  return plan;
}

}  // namespace syncline::sim
