// The app of tests/node/model/typed_fridge.h: fridges with a field of every kind, stores, and
// readings that are only written. Everybody may do everything.
#pragma once

#include <string>

#include "node/model/app.h"

namespace syncline::testing::typed {

inline AppFiles typed_app() {
  const std::string base = "data_sources/mongodb-atlas/";
  const std::string fridge = R"({
    "title": "Fridge", "bsonType": "object",
    "required": ["_id", "running", "shelves", "serial", "celsius", "label", "made", "checked", "model", "owner",
                 "price", "picture", "key", "stamp", "pattern", "doorOpenings", "mode", "place"],
    "properties": {
      "_id": {"bsonType": "string"}, "running": {"bsonType": "bool"}, "shelves": {"bsonType": "int"},
      "serial": {"bsonType": "long"}, "celsius": {"bsonType": "double"}, "label": {"bsonType": "string"},
      "made": {"bsonType": "date"}, "checked": {"bsonType": "date"}, "model": {"bsonType": "objectId"},
      "owner": {"bsonType": "uuid"}, "price": {"bsonType": "decimal"}, "picture": {"bsonType": "binData"},
      "key": {"bsonType": "binData"}, "stamp": {"bsonType": "timestamp"}, "pattern": {"bsonType": "regex"},
      "extra": {"bsonType": "mixed"}, "doorOpenings": {"bsonType": "long"}, "mode": {"bsonType": "long"},
      "note": {"bsonType": "string"}, "broken": {"bsonType": "date"},
      "tags": {"bsonType": "array", "items": {"bsonType": "string"}},
      "samples": {"bsonType": "array", "items": {"bsonType": ["double", "null"]}},
      "switches": {"bsonType": "array", "items": {"bsonType": "bool"}},
      "channels": {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "long"}},
      "limits": {"bsonType": "object", "additionalProperties": {"bsonType": "long"}},
      "remarks": {"bsonType": "object", "additionalProperties": {"bsonType": ["string", "null"]}},
      "place": {"bsonType": "object", "title": "Place", "required": ["aisle"], "properties": {
        "aisle": {"bsonType": "string"},
        "alarms": {"bsonType": "array", "items": {"bsonType": "object", "title": "Alarm", "required": ["side"],
          "properties": {"side": {"bsonType": "string"}, "level": {"bsonType": "int"}, "since": {"bsonType": "date"}}}}}},
      "spare": {"bsonType": "object", "title": "Place"},
      "alarms": {"bsonType": "array", "items": {"bsonType": "object", "title": "Alarm"}},
      "byName": {"bsonType": "object", "additionalProperties": {"bsonType": "object", "title": "Alarm"}},
      "store": {"bsonType": "objectId"}, "former": {"bsonType": "array", "items": {"bsonType": "objectId"}},
      "visits": {"bsonType": "long"}, "inspector": {"bsonType": "string"}, "trips": {"bsonType": "long"}
    }})";
  const std::string open_rules =
      R"({"roles": [{"name": "all", "apply_when": {}, "document_filters": {"read": true, "write": true},
          "read": true, "write": true, "insert": true, "delete": true}]})";
  return {
      {"realm_config.json", R"({"config_version": 20210101, "name": "typed"})"},
      {base + "config.json",
       R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "c"}})"},
      {base + "default_rule.json", open_rules},
      {base + "api/fridges/schema.json", fridge},
      {base + "api/fridges/relationships.json",
       R"({"store": {"ref": "#/relationship/mongodb-atlas/api/stores", "foreign_key": "_id", "is_list": false},
           "former": {"ref": "#/relationship/mongodb-atlas/api/stores", "foreign_key": "_id", "is_list": true}})"},
      {base + "api/stores/schema.json",
       R"({"title": "Store", "bsonType": "object", "required": ["_id", "name"], "properties": {
           "_id": {"bsonType": "objectId"}, "name": {"bsonType": "string"},
           "fridges": {"bsonType": "array", "items": {"bsonType": "string"}}}})"},
      {base + "api/stores/relationships.json",
       R"({"fridges": {"ref": "#/relationship/mongodb-atlas/api/fridges", "foreign_key": "_id", "is_list": true}})"},
      {base + "api/readings/schema.json",
       R"({"title": "Reading", "bsonType": "object", "required": ["_id", "celsius"], "properties": {
           "_id": {"bsonType": "uuid"}, "celsius": {"bsonType": "double"}}})"},
      {"sync/config.json",
       R"({"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas", "database_name": "api",
           "asymmetric_tables": ["Reading"]})"}};
}

}  // namespace syncline::testing::typed
