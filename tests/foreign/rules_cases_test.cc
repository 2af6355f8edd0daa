// Cases of what rules mean, in our own file and in those that somebody gave.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "node/rules_test/case_runner.h"
#include "tests/foreign/given_cases.h"

namespace syncline::foreign {
namespace {

namespace fs = std::filesystem;

std::set<std::string> deliberate_rules() {
  std::set<std::string> names;
  std::ifstream lines(fs::path(SYNCLINE_SOURCE_DIR) / "tests/foreign/deliberate_rules.txt");
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line.front() != '#') names.insert(line);
  return names;
}

size_t run_cases(const fs::path& folder) {
  const std::set<std::string> known = deliberate_rules();
  size_t cases = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    ++cases;
    std::ifstream file(entry.path(), std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    const Result<rules_test::RulesCase> one =
        rules_test::read_case(entry.path().filename(), text.str(), {});
    if (!one) {
      ADD_FAILURE() << one.error().message;
      continue;
    }
    const Result<std::vector<rules_test::Difference>> differences = rules_test::run_case(*one);
    if (!differences) {
      ADD_FAILURE() << one->name << ": " << differences.error().message;
      continue;
    }
    for (const rules_test::Difference& difference : *differences)
      EXPECT_TRUE(known.contains(difference.name) || known.contains(one->name))
          << one->name << " " << difference.at << ": expected " << difference.expected << ", got "
          << difference.got;
  }
  return cases;
}

TEST(RulesCases, OfOurOwnHold) {
  EXPECT_GT(run_cases(fs::path(SYNCLINE_SOURCE_DIR) / "tests/foreign/cases/permissions"), 0u);
}

TEST(RulesCases, GivenOnesHold) {
  if (const auto given = given_cases("permissions")) {
    EXPECT_GT(run_cases(*given), 0u);
  }
}

}  // namespace
}  // namespace syncline::foreign
