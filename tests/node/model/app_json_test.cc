// Reading the JSON of apps strictly, and loading apps that are broken in every way a seed can think
// of.
#include "node/model/app_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "node/model/validator.h"
#include "tests/node/model/app_fixture.h"

namespace syncline {
namespace {

using namespace test;
using app::Json;
using app::parse_json;
using testing::HasSubstr;

TEST(AppJson, NamesLineAndColumnOfWhatIsNoJson) {
  app::ParsedJson parsed = parse_json("{\n  \"a\": 1,\n  oops\n}");
  ASSERT_EQ(parsed.faults.size(), 1u);
  EXPECT_EQ(parsed.faults[0].code, "not_json");
  EXPECT_THAT(parsed.faults[0].text, HasSubstr("line 3, column 3"));
  for (const char* bad : {"", "{", "[1,]", "{} {}", "nul", "\"\xff\"", "1e999", "{\"a\" 1}", "NaN"})
    EXPECT_EQ(parse_json(bad).faults.size(), 1u) << bad;
  EXPECT_TRUE(parse_json("\xef\xbb\xbf{}").faults.empty());
}

TEST(AppJson, RefusesDuplicateKeysWithTheirPlace) {
  app::ParsedJson parsed =
      parse_json(R"({"x": [{"a/b": 1, "a/b": {"d": 1, "d": 2, "e": 3}}], "y": 1})");
  ASSERT_EQ(parsed.faults.size(), 2u);
  EXPECT_EQ(parsed.faults[0].code, "duplicate_key");
  EXPECT_EQ(parsed.faults[0].pointer, "/x/0/a~1b");
  EXPECT_EQ(parsed.faults[1].pointer, "/x/0/a~1b/d");
}

TEST(AppJson, BoundsDepth) {
  auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(app::kJsonDepthMax)).faults.empty());
  EXPECT_EQ(parse_json(nested(app::kJsonDepthMax + 1)).faults.at(0).code, "too_deep");
  EXPECT_EQ(parse_json(std::string(1'000'000, '[')).faults.at(0).code, "too_deep");
}

TEST(AppJson, FindsTheNameThatWasMeant) {
  const std::vector<std::string_view> known = {"document_filters", "apply_when", "read"};
  EXPECT_EQ(app::nearest("document_filter", known), "document_filters");
  EXPECT_EQ(app::nearest("applyWhen", known), "apply_when");
  EXPECT_EQ(app::nearest("zebra", known), "");
  EXPECT_EQ(app::nearest(std::string(10'000, 'r'), known), "");
}

// An app that uses all that the loader knows.
AppFiles rich_app() {
  AppFiles files = shop(R"(
      "owner": {"bsonType": "string", "default": "x", "minLength": 1},
      "tags": {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "string"}},
      "extra": {"bsonType": "object", "additionalProperties": {"bsonType": ["int", "null"]}},
      "parts": {"bsonType": "array", "items": {"bsonType": "object", "title": "Part", "required": ["n"],
          "properties": {"n": {"bsonType": "int"}, "peer": {"bsonType": "objectId"},
                         "sub": {"bsonType": "object", "title": "Part"}}}},
      "pair": {"bsonType": "array", "items": [{"bsonType": "int"}, {"type": "string"}]})");
  files["realm_config.json"] = R"({"name": "shop", "environment": "qa", "app_id": "x"})";
  files["environments/qa.json"] = R"({"values": {"svc": "mongodb-atlas"}})";
  files["values/v.json"] = R"({"name": "v", "value": {"a": [1]}, "from_secret": false})";
  files["auth/custom_user_data.json"] = R"({"enabled": true, "mongo_service_name": "mongodb-atlas",
      "database_name": "shop", "collection_name": "Item", "user_id_field": "owner"})";
  files[kLinksPath] =
      R"({"parts.[].peer": {"ref": "#/relationship/mongodb-atlas/shop/Item", "source_key": "parts.[].peer",
      "foreign_key": "_id", "is_list": false}})";
  files[kRulesPath] =
      R"({"database": "shop", "collection": "Item", "filters": [], "roles": [{"name": "r",
      "apply_when": {"%%user.id": "a"}, "document_filters": {"read": true, "write": {"owner": "%%user.id"}},
      "fields": {"owner": {"read": true, "fields": {"x": {"write": false}}}}, "additional_fields": {"read": true}}]})";
  files["sync/config.json"] = R"json({"type": "flexible", "state": "enabled",
      "service_name": "%(%%environment.values.svc)", "queryable_fields_names": ["owner"],
      "collection_queryable_fields_names": {"Item": ["tags"]}, "asymmetric_tables": [],
      "client_max_offline_days": 30, "permissions": {"rules": {"Item": [
        {"name": "l", "applyWhen": {}, "read": true, "write": {"owner": "%%user.id"}}]},
        "defaultRoles": []}})json";
  files["services/mongodb-atlas/config.json"] =
      R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"sync":
      {"state": "enabled", "partition": {"key": "owner", "type": "string", "permissions": {"read": {"%%partition": "%%user.id"},
       "write": {"$or": [{"%%partition": "a"}, {"%%user.id": "%%partition"}]}}}}}})";
  files["services/mongodb-atlas/rules/shop.Old.json"] =
      R"({"database": "shop", "collection": "Old", "roles": [],
      "schema": {"title": "Old", "properties": {"_id": {"bsonType": "uuid"}}}, "relationships": {}})";
  return files;
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  AppFiles mutate(AppFiles files) {
    if (below(3) == 0)  // the old layout counts only without the new one
      std::erase_if(files, [](const auto& file) {
        return file.first.starts_with("data_sources/") || file.first == "sync/config.json";
      });
    for (uint64_t n = 1 + below(4); n > 0; --n) {
      auto at = std::next(files.begin(), static_cast<long>(below(files.size())));
      at->second = below(4) == 0 ? damage(at->second) : change(at->second);
    }
    return files;
  }

 private:
  uint64_t below(uint64_t n) { return random_() % n; }

  std::string damage(std::string text) {
    if (text.empty()) return "{";
    switch (below(4)) {
      case 0:
        return text.substr(0, below(text.size()));
      case 1:
        text[below(text.size())] = static_cast<char>(below(256));
        return text;
      case 2:
        return text.insert(below(text.size()), std::string(1 + below(300), "[{\"\0"[below(4)]));
      default:
        return text + text;
    }
  }

  std::string change(const std::string& text) {
    app::ParsedJson parsed = parse_json(text);
    if (!parsed.faults.empty()) return text;
    Json* at = &parsed.value;
    while (at->is_structured() && !at->empty() && below(5) != 0) {
      uint64_t n = below(at->size());
      Json* child = &*std::next(at->begin(), static_cast<long>(n));
      if (below(8) == 0) {
        if (at->is_object() && below(2) == 0) (*at)["x" + std::to_string(n)] = *child;
        at->erase(std::next(at->begin(), static_cast<long>(n)));
        return parsed.value.dump();
      }
      at = child;
    }
    *at = retyped(*at);
    return parsed.value.dump();
  }

  Json retyped(const Json& value) {
    switch (below(9)) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 0;
      case 2:
        return below(100);
      case 3:
        return -1.5;
      case 4:
        return "%%partition";
      case 5:
        return Json::array({value});
      case 6:
        return Json::object({{"title", value}, {"properties", value}});
      case 7:
        return Json::object();
      default:
        return std::string(below(200), 'x');
    }
  }

  std::mt19937_64 random_;
};

TEST(AppLoad, TakesARichAppWhole) {
  LoadedApp loaded = load(rich_app());
  ASSERT_TRUE(loaded.app) << print_report({loaded.report});
  EXPECT_EQ(loaded.place("unaccounted_key"), "");
}

TEST(AppLoad, NoInputMakesItCrashOrPassAKeyOver) {
  const AppFiles rich = rich_app();
  int loaded_count = 0, refused_count = 0;
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    AppFiles files = Mutator(seed).mutate(rich);
    LoadedApp loaded = load(files);
    ASSERT_EQ(loaded.report.files.size(), files.size()) << seed;
    EXPECT_EQ(loaded.place("unaccounted_key"), "") << seed;
    ASSERT_EQ(loaded.app == nullptr, loaded.report.errors > 0) << seed;
    ASSERT_FALSE(to_json({loaded.report}).dump().empty()) << seed;
    (loaded.app ? loaded_count : refused_count)++;
    LoadedApp same = load(files);
    ASSERT_EQ(to_json({same.report}), to_json({loaded.report})) << seed;
    if (loaded.app) {
      ASSERT_EQ(same.app->schema, loaded.app->schema) << seed;
      ASSERT_TRUE(Validator::compile(*loaded.app)) << seed;
    }
  }
  EXPECT_GT(loaded_count, 150);
  EXPECT_GT(refused_count, 150);
}

}  // namespace
}  // namespace syncline
