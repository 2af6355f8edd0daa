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

}  // namespace

AppFiles sample_app(bool filtered, bool grown) {
  const std::string base = "data_sources/mongodb-atlas/";
  std::string things = kThingSchema;
  if (grown) {
    const auto replace = [&](std::string_view from, std::string_view to) {
      things.replace(things.find(from), from.size(), to);
    };
    replace(R"("required": ["_id"])", R"("required": ["_id", "grade"])");
    replace(R"("count": {"bsonType": "long"},)", R"("count": {"bsonType": "long"},
    "colour": {"bsonType": "string"}, "grade": {"bsonType": "long", "default": 3},)");
    replace(R"("properties": {"code")", R"("properties": {"made": {"bsonType": "string"}, "code")");
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
      {"sync/config.json",
       R"({"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas", "database_name": "sim"})"}};
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
