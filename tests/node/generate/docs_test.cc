// What docs/generated-models.md shows is what comes out: its schema is generated in each language,
// and every line of the language's block is in the result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/node/generate/test_app.h"

namespace syncline::generate {
namespace {

// The lines of the blocks of code, by what stands behind the fence.
std::map<std::string, std::vector<std::string>> blocks_of(const std::string& path) {
  std::map<std::string, std::vector<std::string>> blocks;
  std::ifstream in(path);
  std::string tag;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) {
      tag = tag.empty() ? line.substr(3) : "";
    } else if (!tag.empty()) {
      blocks[tag].push_back(line);
    }
  }
  return blocks;
}

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(Docs, ShowWhatIsGenerated) {
  auto blocks = blocks_of(SYNCLINE_SOURCE_DIR "/docs/generated-models.md");
  const auto app = ::syncline::testing::app_of(
      {{"boats", joined_lines(blocks["json"])},
       {"harbours",
        R"({"title": "Harbour", "bsonType": "object", "required": ["_id"],
            "properties": {"_id": {"bsonType": "string"}}})"}},
      {{"boats",
        R"({"harbour": {"ref": "#/relationship/s/d/harbours", "foreign_key": "_id", "is_list": false}})"}});
  for (const std::string& language : languages()) {
    const std::vector<std::string>& shown = blocks[language == "typescript" ? "ts" : language];
    EXPECT_GT(shown.size(), 5U) << language;
    std::istringstream text(::syncline::testing::text_of(*app, {.language = language}));
    std::set<std::string> generated;
    for (std::string line; std::getline(text, line);) generated.insert(line);
    for (const std::string& line : shown) {
      const bool left_out = line.find_first_not_of(" .") == std::string::npos;
      EXPECT_TRUE(left_out || generated.contains(line)) << language << ": " << line;
    }
  }
}

}  // namespace
}  // namespace syncline::generate
