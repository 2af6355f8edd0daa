// Declared schemas as JSON.
#include "node/model/declared_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/model/schema_comparison.h"
#include "proto/extended_json.h"
#include "tests/node/model/typed_fridge.h"

namespace syncline::testing::typed {
namespace {

using ::testing::HasSubstr;

Result<DeclaredSchema> read(const std::string& json) {
  const Result<Value> value = parse_extended_json(json);
  EXPECT_TRUE(value.has_value()) << json;
  if (!value) return std::unexpected(value.error());
  return read_declared_schema(*value);
}

TEST(DeclaredJson, ReadsThePlainForm) {
  const Result<DeclaredSchema> read_schema = read(R"({"types": [
    {"name": "Fridge", "primary_key": "_id", "properties": [
      {"name": "_id", "type": "objectId"},
      {"name": "celsius", "type": "double", "nullable": true},
      {"name": "openings", "type": "int", "counter": true, "default": 3},
      {"name": "doors", "type": "embedded", "target": "Door", "collection": "list"},
      {"name": "store", "type": "link", "target": "Store"},
      {"name": "when", "type": "timestamp"}, {"name": "small", "type": "int32"},
      {"name": "ratio", "type": "float"}]},
    {"name": "Door", "embedded": true, "properties": [{"name": "side", "type": "string"}]},
    {"name": "Reading", "asymmetric": true, "properties": [{"name": "_id", "type": "uuid"}]}]})");
  ASSERT_TRUE(read_schema.has_value()) << read_schema.error().message;
  const DeclaredType& fridge = *read_schema->type("Fridge");
  EXPECT_EQ(*fridge.field("celsius"),
            (DeclaredField{"celsius", ScalarType::floating, Collection::none, true}));
  EXPECT_EQ(*fridge.field("openings"),
            (DeclaredField{"openings", ScalarType::int64, Collection::none, false, true, "",
                           Value(int32_t{3})}));
  EXPECT_EQ(*fridge.field("doors"),
            (DeclaredField{"doors", ScalarType::embedded, Collection::list, false, false, "Door"}));
  EXPECT_EQ(*fridge.field("store"),
            (DeclaredField{"store", ScalarType::link, Collection::none, true, false, "Store"}));
  EXPECT_EQ(fridge.field("when")->type, ScalarType::date);
  EXPECT_EQ(fridge.field("small")->type, ScalarType::int32);
  EXPECT_EQ(fridge.field("ratio")->type, ScalarType::floating);
  EXPECT_TRUE(read_schema->type("Door")->embedded);
  EXPECT_TRUE(read_schema->type("Reading")->asymmetric);
}

TEST(DeclaredJson, WhatStructsDeclareComesBackFromJson) {
  const DeclaredSchema declared = models<Fridge, Store>();
  const Result<DeclaredSchema> again = read_declared_schema(print_declared_schema(declared));
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(*again, declared);
}

std::string error_of(const std::string& json) {
  const Result<DeclaredSchema> schema = read(json);
  EXPECT_FALSE(schema.has_value()) << json;
  if (schema) return "";
  EXPECT_EQ(schema.error().code, ErrorCode::kBadData);
  return schema.error().message;
}
std::string error_of_property(const std::string& property) {
  return error_of(R"({"types": [{"name": "T", "properties": [{"name": "_id", "type": "string"}, )" +
                  property + "]}]}");
}

TEST(BadInputDeclaredJson, SaysWhereAndWhat) {
  EXPECT_EQ(error_of("5"), "/: found int 5; expected {\"types\": [...]}");
  EXPECT_EQ(error_of("{}"), "/types: expected a list");
  EXPECT_THAT(error_of(R"({"types": [], "typos": 1})"), HasSubstr("/typos: nothing is known by"));
  EXPECT_EQ(error_of(R"({"types": [5]})"),
            "/types/0: found int 5; expected a type: {\"name\", \"properties\", ...}");
  EXPECT_THAT(error_of(R"({"types": [{"properties": []}]})"),
              HasSubstr("/types/0: \"name\" is missing"));
  EXPECT_THAT(error_of(R"({"types": [{"name": "T"}]})"),
              HasSubstr("/types/0/properties: expected a list"));
  EXPECT_THAT(error_of(R"({"types": [{"name": "T", "embedded": 1, "properties": []}]})"),
              HasSubstr("/types/0/embedded: found int 1; expected true or false"));
  EXPECT_THAT(error_of(R"({"types": [{"name": "T", "primary_key": "id", "properties": []}]})"),
              HasSubstr("/types/0/primary_key: the key of what is synced is called \"_id\""));
  EXPECT_THAT(error_of(R"({"types": [{"name": "T", "properties": []}]})"),
              HasSubstr("T has no field _id"));
  EXPECT_THAT(error_of_property(R"({"name": "a", "type": "strnig"})"),
              HasSubstr("/types/0/properties/1/type: \"strnig\" is no type; expected bool, int32"));
  EXPECT_THAT(error_of_property(R"({"name": "a", "type": "string", "collection": "bag"})"),
              HasSubstr("/collection: \"bag\" is no collection"));
  EXPECT_THAT(error_of_property(R"({"name": "a", "type": "link"})"),
              HasSubstr("\"target\" is missing"));
  EXPECT_THAT(error_of_property(R"({"name": "a", "type": "string", "target": "T"})"),
              HasSubstr("/target: only a \"link\""));
  EXPECT_THAT(error_of_property(R"({"name": "a", "type": "string", "counter": true})"),
              HasSubstr("/counter: only a single \"int\" is counted"));
  EXPECT_THAT(error_of_property(R"({"name": "a", "type": "embedded", "target": "E"})"),
              HasSubstr("embeds E, which is not declared"));
  EXPECT_THAT(error_of_property(R"({"name": "a", "type": "string", "optional": true})"),
              HasSubstr("/optional: nothing is known by this key; there are \"name\""));
}

}  // namespace
}  // namespace syncline::testing::typed
