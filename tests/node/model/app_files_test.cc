// Finding app roots and reading their files; and, where SYNCLINE_CASES names a directory of
// exports, loading all of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "tests/node/model/app_fixture.h"

namespace syncline {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

class Directory {
 public:
  Directory() {
    std::string name = (fs::temp_directory_path() / "syncline-app-XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  ~Directory() { fs::remove_all(root_); }
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << text;
  }
  void write(const std::string& below, const AppFiles& files) {
    for (const auto& [path, text] : files) write(below + path, text);
  }
  fs::path path(const std::string& below = "") const { return root_ / below; }
  std::string name() const { return root_.string(); }

 private:
  fs::path root_;
};

TEST(AppFiles, FindsRootsAlsoNestedAndWithoutConfigurationOfTheirOwn) {
  Directory directory;
  EXPECT_TRUE(find_app_roots(directory.name())->empty());
  directory.write("readme.md", "nothing");
  directory.write("web/config.json", R"({"port": 80})");
  directory.write("web/services/api/config.json", R"({"port": 81})");
  EXPECT_TRUE(find_app_roots(directory.name())->empty());
  directory.write("a/", shop(""));
  directory.write("a/inner/", shop(""));
  directory.write("b/deep/services/mongodb-atlas/rules/d.c.json", "{}");
  directory.write("c/config.json", R"({"config_version": 20200603})");
  directory.write("node_modules/x/stitch.json", "{}");
  EXPECT_THAT(*find_app_roots(directory.name()), ElementsAre("a", "a/inner", "b/deep", "c"));
  EXPECT_THAT(*find_app_roots(directory.name() + "/a"), ElementsAre(".", "inner"));
  EXPECT_FALSE(find_app_roots(directory.name() + "/none"));
}

TEST(AppFiles, ReadsWhatSyncUsesAndListsTheRest) {
  Directory directory;
  directory.write("", shop(""));
  directory.write("inner/", shop(""));
  directory.write("functions/f/source.js", "exports = 1");
  directory.write("hosting/files/logo.png", std::string("\x89PNG\0", 5));
  directory.write(std::string("odd\xff.txt"), "x");
  Result<AppFiles> files = read_app_directory(directory.name());
  ASSERT_TRUE(files);
  EXPECT_EQ(files->at(kSchemaPath), shop("").at(kSchemaPath));
  EXPECT_EQ(files->at("functions/f/source.js"), "");
  EXPECT_EQ(files->at("hosting/files/logo.png"), "");
  EXPECT_TRUE(files->contains("odd%FF.txt"));
  EXPECT_FALSE(files->contains("inner/realm_config.json"));
  EXPECT_TRUE(load(*files).app);
  EXPECT_EQ(load(*files).report.files.size(), files->size());
}

TEST(AppFiles, BoundsFilesAndFollowsNoLinks) {
  Directory directory;
  directory.write("", shop(""));
  directory.write("secret.txt", "x");
  fs::create_symlink(directory.path("secret.txt"), directory.path("link.txt"));
  EXPECT_EQ(read_app_directory(directory.name())->at("link.txt"), "");
  directory.write("values/big.json", std::string((16u << 20) + 1, ' '));
  Result<AppFiles> big = read_app_directory(directory.name());
  ASSERT_FALSE(big);
  EXPECT_EQ(big.error().code, ErrorCode::kTooLarge);
  EXPECT_THAT(big.error().message, HasSubstr("big.json"));
  fs::remove(directory.path("values/big.json"));
  fs::create_symlink(directory.path("secret.txt"), directory.path("values/x.json"));
  Result<AppFiles> linked = read_app_directory(directory.name());
  ASSERT_FALSE(linked);
  EXPECT_THAT(linked.error().message, HasSubstr("values/x.json"));
}

TEST(AppFiles, MisspeltNamesAreNotIgnoredInSilence) {
  AppFiles files = shop("");
  files["data_sources/mongodb-atlas/shop/Item/rule.json"] = "{}";
  LoadedApp loaded = load(files);
  EXPECT_EQ(loaded.place("unknown_file"), "warning ");
  EXPECT_THAT(loaded.message("unknown_file")->remedy, HasSubstr("rules.json"));
}

TEST(AppReport, HasTheDocumentedShape) {
  AppFiles files = shop(R"("a": {"bsonType": "strng"})");
  files["graphql/config.json"] = "{}";
  AppReport report;
  report.root = "apps/one";
  EXPECT_EQ(load_app(files, &report), nullptr);
  nlohmann::json json = to_json({report});
  ASSERT_EQ(json["roots"].size(), 1u);
  const nlohmann::json& root = json["roots"][0];
  EXPECT_EQ(root["root"], "apps/one");
  EXPECT_EQ(root["errors"], 1);
  EXPECT_EQ(root["warnings"], 0);
  ASSERT_EQ(root["files"].size(), files.size());
  for (const nlohmann::json& file : root["files"]) {
    EXPECT_THAT(file["status"].get<std::string>(),
                testing::AnyOf("used", "partly", "ignored", "error"));
    for (const nlohmann::json& message : file["messages"]) {
      EXPECT_THAT(message["severity"].get<std::string>(),
                  testing::AnyOf("error", "warning", "info"));
      for (const char* key : {"code", "pointer", "text", "remedy"})
        EXPECT_TRUE(message[key].is_string());
    }
  }
  const std::string text = print_report({report});
  EXPECT_THAT(text, HasSubstr("apps/one: 6 files, 1 error, 0 warnings"));
  EXPECT_THAT(
      text,
      HasSubstr("error /properties/a/bsonType: \"strng\" is the name of no type [unknown_type]"));
  EXPECT_THAT(text, HasSubstr("-> did you mean \"string\"?"));
  EXPECT_THAT(
      text, testing::EndsWith("1 app: 1 error, 0 warnings. An authority would not start on it.\n"));
}

// Exports that others wrote: nothing crashes, every file has a row, every key is accounted for, and
// an app that loads loads again from its own schema to the same.
TEST(AppCases, EveryExportLoadsOrSaysWhy) {
  Directory own;
  own.write("one/", shop(R"("a": {"bsonType": "int"})"));
  std::vector<std::string> places = {own.name()};
  if (const char* cases = std::getenv("SYNCLINE_CASES"))
    places.push_back(std::string(cases) + "/app_exports");
  for (const std::string& place : places) {
    Result<std::vector<std::string>> roots = find_app_roots(place);
    ASSERT_TRUE(roots) << place;
    EXPECT_FALSE(roots->empty()) << place;
    for (const std::string& root : *roots) {
      Result<AppFiles> files = read_app_directory(place + "/" + root);
      ASSERT_TRUE(files) << root << files.error().message;
      LoadedApp loaded = load(*files);
      EXPECT_EQ(loaded.report.files.size(), files->size()) << root;
      EXPECT_EQ(loaded.app == nullptr, loaded.report.errors > 0) << root;
      EXPECT_EQ(loaded.place("unaccounted_key"), "") << root;
      EXPECT_FALSE(to_json({loaded.report}).dump().empty());
      if (!loaded.app) continue;
      LoadedApp again = load(*files, &loaded.app->schema);
      ASSERT_TRUE(again.app) << root;
      EXPECT_EQ(again.app->schema, loaded.app->schema) << root;
    }
  }
}

}  // namespace
}  // namespace syncline
