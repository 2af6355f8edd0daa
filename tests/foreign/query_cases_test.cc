// Every query finds what its predecessor found, and is taken or refused as there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "proto/extended_json.h"
#include "tests/foreign/case_schema.h"
#include "tests/foreign/given_cases.h"
#include "tests/foreign/query_case.h"

namespace syncline::foreign {
namespace {

namespace fs = std::filesystem;

const fs::path kOurCases = fs::path(SYNCLINE_SOURCE_DIR) / "tests/foreign/cases/rql";

Value json_in(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  Result<Value> value = parse_extended_json(text.str());
  if (!value) ADD_FAILURE() << path << ": " << value.error().message;
  return value ? *value : Value();
}

// "id (query): the reason" of deliberate differences, by query; # begins a remark.
std::map<std::string, std::string> deliberate_queries() {
  std::map<std::string, std::string> reasons;
  std::ifstream lines(fs::path(SYNCLINE_SOURCE_DIR) / "tests/foreign/deliberate_queries.txt");
  for (std::string line; std::getline(lines, line);) {
    const size_t tab = line.find('\t');
    if (!line.starts_with('#') && tab != std::string::npos)
      reasons[line.substr(0, tab)] = line.substr(tab + 1);
  }
  return reasons;
}

size_t run_results(const fs::path& path) {
  const Value value = json_in(path);
  if (!value.is<Document>()) return 0;
  Result<std::map<std::string, Dataset>> datasets = read_datasets(value.get<Document>());
  Result<std::vector<QueryCase>> cases = read_query_cases(value.get<Document>());
  if (!datasets || !cases) {
    ADD_FAILURE() << path << ": " << (datasets ? cases.error() : datasets.error()).message;
    return 0;
  }
  const std::map<std::string, std::string> known = deliberate_queries();
  size_t agree = 0;
  for (const QueryCase& test : *cases) {
    auto dataset = datasets->find(test.dataset);
    const std::string why =
        dataset == datasets->end() ? "no such dataset" : difference(test, dataset->second);
    if (why.empty()) {
      ++agree;
    } else if (auto reason = known.find(test.query); reason != known.end()) {
      std::cout << test.name << ": deliberately different: " << reason->second << "\n";
    } else {
      ADD_FAILURE() << "case " << test.name << ": " << why;
    }
  }
  std::cout << path.filename() << ": " << agree << " of " << cases->size() << " agree\n";
  return cases->size();
}

size_t run_texts(const fs::path& path, bool valid) {
  const Value value = json_in(path);
  if (!value.is<List>()) return 0;
  for (const Value& one : value.get<List>().elements) {
    const std::string text = one.is<std::string>() ? one.get<std::string>()
                             : one.is<Document>()  ? text_of(one.get<Document>(), "query")
                                                   : std::string();
    EXPECT_EQ(parse_difference(text, valid), "") << text;
  }
  return value.get<List>().elements.size();
}

void run_folder(const fs::path& folder) {
  size_t cases = 0;
  if (fs::exists(folder / "results.json")) cases += run_results(folder / "results.json");
  if (fs::exists(folder / "valid.json")) cases += run_texts(folder / "valid.json", true);
  if (fs::exists(folder / "invalid.json")) cases += run_texts(folder / "invalid.json", false);
  EXPECT_GT(cases, 0u) << folder << " has no cases";
}

TEST(ForeignQueryCases, OursAgree) { run_folder(kOurCases); }

TEST(ForeignQueryCases, TheirsAgree) {
  if (const std::optional<fs::path> folder = given_cases("rql")) run_folder(*folder);
}

}  // namespace
}  // namespace syncline::foreign
