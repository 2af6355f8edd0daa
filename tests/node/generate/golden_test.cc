// What is generated of the app with every type is what was reviewed: golden/<language>/. To write
// them anew, and then to review the difference: SYNCLINE_UPDATE_GOLDEN=1
// build/release/tests/node/generate/generate_tests
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/node/generate/test_app.h"

namespace syncline::generate {
namespace {

namespace fs = std::filesystem;

const fs::path kHere = fs::path(SYNCLINE_SOURCE_DIR) / "tests/node/generate";

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, IsWhatIsGenerated) {
  const std::string& language = GetParam();
  const auto app = ::syncline::testing::app_in((kHere / "apps/every_type").string());
  const auto files = generate(*app, {.language = language});
  ASSERT_TRUE(files.has_value()) << files.error().message;
  const fs::path directory = kHere / "golden" / language;
  if (std::getenv("SYNCLINE_UPDATE_GOLDEN") != nullptr) {
    fs::remove_all(directory);
    fs::create_directories(directory);
    for (const GeneratedFile& file : *files)
      std::ofstream(directory / file.path, std::ios::binary) << file.text;
  }
  std::set<std::string> expected;
  for (const auto& entry : fs::directory_iterator(directory))
    expected.insert(entry.path().filename().string());
  for (const GeneratedFile& file : *files) {
    EXPECT_EQ(expected.erase(file.path), 1U) << directory / file.path << " is not there";
    EXPECT_EQ(file.text, read(directory / file.path)) << directory / file.path;
  }
  EXPECT_TRUE(expected.empty()) << directory / *expected.begin() << " is no longer generated";
}

INSTANTIATE_TEST_SUITE_P(Languages, Golden, ::testing::ValuesIn(languages()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace syncline::generate
