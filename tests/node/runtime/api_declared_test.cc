// What code may declare beside what the authority has, case by case as developers know it from
// Atlas Device Sync: with development mode off and on, at a running authority.
#include <fmt/format.h>

#include "node/model/declared_json.h"
#include "tests/node/runtime/api_fleet.h"

namespace syncline::testing::api {
namespace {

using ::testing::HasSubstr;
using Kind = SchemaDifference::Kind;

AppFiles harbour() {
  const std::string base = "data_sources/mongodb-atlas/";
  const auto rules = [](const std::string& collection) {
    return R"({"database": "h", "collection": ")" + collection + R"(", "roles": [
      {"name": "all", "apply_when": {}, "document_filters": {"read": true, "write": true},
       "read": true, "write": true, "insert": true, "delete": true}]})";
  };
  return {
      {"realm_config.json", R"({"config_version": 20210101, "name": "harbour"})"},
      {base + "config.json",
       R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "c"}})"},
      {base + "h/ships/schema.json", R"({"title": "Ship", "bsonType": "object", "required": ["_id"],
         "properties": {"_id": {"bsonType": "string"}, "name": {"bsonType": "string"},
           "crew": {"bsonType": "long"}, "home": {"bsonType": "string"},
           "place": {"bsonType": "object", "title": "Place", "properties": {"lat": {"bsonType": "double"}}}}})"},
      {base + "h/ships/relationships.json",
       R"({"home": {"ref": "#/relationship/mongodb-atlas/h/ports", "foreign_key": "_id", "is_list": false}})"},
      {base + "h/ships/rules.json", rules("ships")},
      {base + "h/ports/schema.json", R"({"title": "Port", "bsonType": "object", "required": ["_id"],
         "properties": {"_id": {"bsonType": "string"}, "name": {"bsonType": "string"}}})"},
      {base + "h/ports/rules.json", rules("ports")},
      {base + "default_rule.json", R"({"roles": [{"name": "any", "apply_when": {},
         "document_filters": {"read": true, "write": true}, "read": true, "write": true, "insert": true,
         "delete": true}]})"},
      {"sync/config.json",
       R"({"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas", "database_name": "h",
          "development_mode_enabled": false})"}};
}

DeclaredType* type_in(DeclaredSchema* schema, const std::string& name) {
  for (DeclaredType& type : schema->types)
    if (type.name == name) return &type;
  return nullptr;
}
DeclaredField* field_in(DeclaredSchema* schema, const std::string& type, const std::string& name) {
  for (DeclaredField& field : type_in(schema, type)->fields)
    if (field.name == name) return &field;
  return nullptr;
}

// What the code has otherwise than the authority.
struct Case {
  const char* name;
  void (*change)(DeclaredSchema*);
  // What is told of it while the mode is off. Nothing: code and authority agree.
  std::optional<Kind> told;
  enum class WhenOn : uint8_t { same, added, told } when_on = WhenOn::same;
  const char* text = "";  // of the difference
};

void drop_field(DeclaredSchema* schema, const std::string& type, const std::string& name) {
  std::erase_if(type_in(schema, type)->fields,
                [&](const DeclaredField& field) { return field.name == name; });
}

const Case kCases[] = {
    {"OpensWithAll", [](DeclaredSchema*) {}, std::nullopt},
    {"OpensWithASubset",
     [](DeclaredSchema* schema) {
       std::erase_if(schema->types, [](const DeclaredType& type) { return type.name != "Port"; });
     },
     std::nullopt},
    {"AddsAClass",
     [](DeclaredSchema* schema) {
       schema->types.push_back(
           {"Crane", false, false, {{.name = "_id", .type = ScalarType::string}}});
     },
     Kind::type_missing, Case::WhenOn::added, "Crane"},
    {"AddsAnOptionalProperty",
     [](DeclaredSchema* schema) {
       type_in(schema, "Ship")
           ->fields.push_back({.name = "flag", .type = ScalarType::string, .nullable = true});
     },
     Kind::field_missing, Case::WhenOn::added, "Ship.flag"},
    {"AddsARequiredProperty",
     [](DeclaredSchema* schema) {
       type_in(schema, "Ship")->fields.push_back({.name = "tons", .type = ScalarType::int64});
     },
     Kind::field_missing, Case::WhenOn::added, "Ship.tons"},
    {"RemovesAProperty", [](DeclaredSchema* schema) { drop_field(schema, "Ship", "crew"); },
     std::nullopt},
    {"ChangesAType",
     [](DeclaredSchema* schema) { field_in(schema, "Ship", "crew")->type = ScalarType::string; },
     Kind::field_type, Case::WhenOn::told, "Ship.crew"},
    {"ChangesNullability",
     [](DeclaredSchema* schema) { field_in(schema, "Ship", "name")->nullable = false; },
     Kind::nullability, Case::WhenOn::told, "Ship.name"},
    {"ChangesThePrimaryKey",
     [](DeclaredSchema* schema) { field_in(schema, "Ship", "_id")->type = ScalarType::object_id; },
     Kind::key_type, Case::WhenOn::told, "Ship"},
    {"ChangesALinksTarget",
     [](DeclaredSchema* schema) { field_in(schema, "Ship", "home")->target = "Ship"; },
     Kind::target, Case::WhenOn::told, "Ship.home"},
    {"ChangesEmbeddedness",
     [](DeclaredSchema* schema) {
       DeclaredType* place = type_in(schema, "Place");
       place->embedded = false;
       place->fields.push_back({.name = "_id", .type = ScalarType::string});
       field_in(schema, "Ship", "place")->type = ScalarType::link;
     },
     Kind::embedded, Case::WhenOn::told, "Place"},
    {"MakesAListOfOne",
     [](DeclaredSchema* schema) {
       DeclaredField* name = field_in(schema, "Ship", "name");
       name->collection = Collection::list;
       name->nullable = false;
     },
     Kind::collection, Case::WhenOn::told, "Ship.name"},
    // The same as to remove and to add.
    {"RenamesAProperty",
     [](DeclaredSchema* schema) { field_in(schema, "Ship", "crew")->name = "people"; },
     Kind::field_missing, Case::WhenOn::added, "Ship.people"},
    {"RenamesAClass",
     [](DeclaredSchema* schema) {
       type_in(schema, "Port")->name = "Haven";
       field_in(schema, "Ship", "home")->target = "Port";
       drop_field(schema, "Ship", "home");
     },
     Kind::type_missing, Case::WhenOn::added, "Haven"},
};

class ApiDeclared : public ::testing::TestWithParam<Case> {
 protected:
  DeclaredSchema declared() {
    DeclaredSchema schema = declared_schema_of(fleet_.authority().deployed()->schema());
    GetParam().change(&schema);
    return schema;
  }
  Node open() {
    NodeOptions options;
    options.models = declared();
    Node node = fleet_.open(device_, options);
    wait_for_schema(&node);
    return node;
  }
  // That the node tells what is expected, or nothing.
  static bool tells(const NodeStatus& status) {
    const auto& differences = status.schema_differences;
    if (!GetParam().told) return differences.empty();
    return std::ranges::any_of(differences, [](const SchemaDifference& one) {
      return one.kind == *GetParam().told &&
             to_text(one).find(GetParam().text) != std::string::npos;
    });
  }
  bool until(Node& node, const std::function<bool(const NodeStatus&)>& wanted) {
    Heard<NodeStatus> heard;
    const Observation watching =
        node.observe_status([&](const NodeStatus& status) { heard.add(status); });
    heard.add(node.status());
    return heard.until([&](const std::vector<NodeStatus>& all) { return wanted(all.back()); });
  }
  // Whatever differs, the types that fit go on.
  static void use(Node& node) {
    good(node.subscribe("Ship", "", {.wait = WaitMode::first_time}));
    good(node.write([](Transaction& t) {
      return t.put("Ship", Document{{"_id", "s"}, {"name", "Ran"}, {"crew", int64_t{4}}});
    }));
    good(node.wait_for_decided(kApiPatience));
    EXPECT_TRUE(good(node.get("Ship", "s")).has_value());
  }

  ApiFleet fleet_{harbour()};
  ApiFleet::Device device_ = fleet_.enrol("a", "worker");
};

TEST_P(ApiDeclared, WithTheModeOffIsToldAndChangesNothing) {
  const Schema before = fleet_.authority().deployed()->schema();
  Node node = open();
  EXPECT_TRUE(until(node, tells)) << "told of " << node.status().schema_differences.size();
  use(node);
  EXPECT_EQ(fleet_.authority().deployed()->schema(), before);
}

TEST_P(ApiDeclared, WithTheModeOnIsAddedOrToldAsBreaking) {
  good(fleet_.authority().set_development(true));
  const Schema before = fleet_.authority().deployed()->schema();
  Node node = open();
  switch (GetParam().when_on) {
    case Case::WhenOn::same:
      EXPECT_TRUE(
          until(node, [](const NodeStatus& now) { return now.schema_differences.empty(); }));
      EXPECT_EQ(fleet_.authority().deployed()->schema(), before);
      break;
    case Case::WhenOn::added:
      EXPECT_TRUE(until(node, [](const NodeStatus& now) {
        return now.cursor.value > 0 && now.schema_differences.empty();
      }));
      EXPECT_NE(fleet_.authority().deployed()->schema(), before);
      break;
    case Case::WhenOn::told:
      EXPECT_TRUE(until(node, tells));
      EXPECT_EQ(fleet_.authority().deployed()->schema(), before);
      break;
  }
  if (GetParam().when_on != Case::WhenOn::added) use(node);
}

INSTANTIATE_TEST_SUITE_P(Cases, ApiDeclared, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return info.param.name; });

class ApiDeclaredBeside : public ::testing::Test {
 protected:
  ApiFleet fleet_{harbour()};
  ApiFleet::Device device_ = fleet_.enrol("a", "worker");
};

TEST_F(ApiDeclaredBeside, IndexesAreTheNodesOwn) {
  const Schema before = fleet_.authority().deployed()->schema();
  NodeOptions options;
  options.indexes = {Index{.type = "Ship", .fields = {"name"}}};
  Node node = fleet_.open(device_, options);
  wait_for_schema(&node);
  EXPECT_EQ(fleet_.authority().deployed()->schema(), before);
}

TEST_F(ApiDeclaredBeside, WhatASubscriptionAsksForIsQueryableOnlyInTheMode) {
  good(fleet_.authority().write([](Draft& draft) {
    return draft.put(system_type::kSetting,
                     Document{{"_id", "queryable_fields"}, {"value", "declared"}});
  }));
  Node node = fleet_.open(device_);
  wait_for_schema(&node);
  good(node.subscribe("Ship", "crew > 3", {.name = "many"}));
  good(node.wait_for_decided(kApiPatience));
  const std::vector<Rejection> rejected = good(node.rejections());
  ASSERT_EQ(rejected.size(), 1u);
  EXPECT_THAT(rejected[0].operations[0].outcome.text, HasSubstr("crew"));
  good(fleet_.authority().set_development(true));
  good(node.subscribe("Ship", "crew > 3", {.name = "many"}));
  good(node.wait_for_decided(kApiPatience));
  EXPECT_EQ(good(node.rejections()).size(), 1u) << "no other";
  const auto deployed = [&] { return fleet_.authority().deployed(); };
  const TypeDef ship = *deployed()->schema().type("Ship");
  // Beside the rest of the work: each of these takes the authority a step on.
  for (int i = 0;
       i < 200 && !deployed()->app->is_queryable(ship.number, ship.field("crew")->number); ++i)
    good(fleet_.authority().write([&](Draft& draft) {
      return draft.put(ship.number, Document{{"_id", fmt::format("s{}", i)}});
    }));
  EXPECT_TRUE(deployed()->app->is_queryable(ship.number, ship.field("crew")->number));
}

}  // namespace
}  // namespace syncline::testing::api
