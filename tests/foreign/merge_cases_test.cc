// Every case agrees with what its predecessor converged on, or is a deliberate difference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "proto/extended_json.h"
#include "sim/script/run.h"
#include "tests/foreign/given_cases.h"
#include "tests/foreign/merge_case.h"

namespace syncline::foreign {
namespace {

namespace fs = std::filesystem;

const fs::path kHere = fs::path(SYNCLINE_SOURCE_DIR) / "tests/foreign";

std::string text_in(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> cases_in(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// "id: the reason", a line each; # begins a remark.
std::map<std::string, std::string> deliberate() {
  std::map<std::string, std::string> reasons;
  std::istringstream lines(text_in(kHere / "deliberate.txt"));
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(": ");
    if (!line.starts_with('#') && colon != std::string::npos)
      reasons[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return reasons;
}

void run(const std::vector<fs::path>& files) {
  const std::map<std::string, std::string> differences = deliberate();
  const char* out = std::getenv("SYNCLINE_CASES_OUT");
  size_t agree = 0;
  size_t untranslatable = 0;
  size_t different = 0;
  for (const fs::path& path : files) {
    SCOPED_TRACE(path.string());
    Result<Translated> translated = translate_case(text_in(path));
    if (!translated) {
      ADD_FAILURE() << translated.error().message;
      continue;
    }
    if (!translated->untranslatable.empty()) {
      ++untranslatable;
      for (const std::string& why : translated->untranslatable)
        std::cout << path.stem().string() << ": cannot be translated: " << why << "\n";
      continue;
    }
    const std::string text = print_extended_json(Value(translated->scenario), JsonForm::canonical);
    if (out != nullptr) std::ofstream(fs::path(out) / path.filename()) << text << "\n";
    Result<sim::Scenario> scenario = sim::parse_scenario(text);
    if (!scenario) {
      ADD_FAILURE() << "the scenario: " << scenario.error().message;
      continue;
    }
    const sim::ScriptReport report = sim::run_scenario(*scenario, 1);
    auto known = differences.find(translated->id);
    if (report.held()) {
      ++agree;
      EXPECT_TRUE(known == differences.end()) << "it agrees now: take it out of deliberate.txt";
    } else if (known != differences.end() || translated->clock_runs_back) {
      ++different;
      std::cout << translated->id << ": deliberately different: "
                << (known != differences.end() ? known->second
                                               : "a clock runs back behind what its peer had seen")
                << "\n"
                << sim::to_text(report);
    } else {
      ADD_FAILURE() << sim::to_text(report);
    }
  }
  std::cout << files.size() << " cases: " << agree << " agree, " << different
            << " are deliberately different, " << untranslatable << " cannot be translated\n";
}

TEST(ForeignMergeCases, OursAgree) {
  const std::vector<fs::path> files = cases_in(kHere / "cases");
  ASSERT_FALSE(files.empty());
  run(files);
}

TEST(ForeignMergeCases, TheirsAgree) {
  const std::optional<fs::path> folder = given_cases("merge");
  if (!folder) return;
  const std::vector<fs::path> files = cases_in(*folder);
  ASSERT_FALSE(files.empty()) << *folder << " has no cases";
  run(files);
}

TEST(ForeignCases, AreThereIfADirectoryIsGiven) {
  if (!given()) return;
  EXPECT_TRUE(given_cases("merge") || given_cases("rql")) << *given() << " has no cases";
  EXPECT_TRUE(fs::is_directory(*given())) << *given() << " is not there";
}

}  // namespace
}  // namespace syncline::foreign
