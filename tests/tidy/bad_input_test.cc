// docs/errors.md, "Situations": every row names tests that exist, and every test of bad input has
// its row. A test is one of bad input if its suite begins with BadInput, or if it is a case_... of
// tests/process/bad_input_test.sh. What a row says is seen, in backquotes, is a code, a reason or
// an event that the sources know.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

namespace syncline::tidy {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? ""
                                    : text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == at) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  for (std::string& part : parts) part = trimmed(part);
  return parts;
}

struct Row {
  std::string what, seen, remedy;
  std::vector<std::string> tests;
};

// The rows of the page's last chapter, less headings.
std::vector<Row> rows_of(const std::string& page, std::vector<std::string>* faults) {
  std::vector<Row> rows;
  const size_t begin = page.find("\n## Situations\n");
  if (begin == std::string::npos) return rows;
  for (const std::string& line : split(page.substr(begin), '\n')) {
    if (!line.starts_with('|') || line.starts_with("|---") || line.starts_with("| what happens"))
      continue;
    const std::vector<std::string> cells = split(line, '|');
    if (cells.size() != 6) {
      faults->push_back("not four cells: " + line);
      continue;
    }
    rows.push_back({cells[1], cells[2], cells[3], split(cells[4], ',')});
    for (size_t i = 1; i <= 4; ++i)
      if (cells[i].empty()) faults->push_back("an empty cell: " + line);
  }
  return rows;
}

void add_matches(const std::string& text, const std::regex& pattern, const std::string& joint,
                 std::set<std::string>* out) {
  for (auto at = std::sregex_iterator(text.begin(), text.end(), pattern);
       at != std::sregex_iterator(); ++at)
    out->insert(joint.empty() ? (*at)[1].str() : (*at)[1].str() + joint + (*at)[2].str());
}

// Suite.Name of every test of the tree, and the process cases.
std::set<std::string> tests_of_tree() {
  static const std::regex test(R"(\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\))");
  static const std::regex process_case(R"((?:^|\n)(case_\w+)\(\))");
  std::set<std::string> tests;
  const fs::path root = fs::path(SYNCLINE_SOURCE_DIR) / "tests";
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.path().extension() == ".cc") add_matches(text_of(entry.path()), test, ".", &tests);
  add_matches(text_of(root / "process" / "bad_input_test.sh"), process_case, "", &tests);
  return tests;
}

bool is_of_bad_input(const std::string& test) {
  return (test.starts_with("BadInput") && !test.starts_with("BadInputRows.")) ||
         test.starts_with("case_");
}

// Codes, reasons and events, as the sources spell them.
std::set<std::string> names_of_tree() {
  std::set<std::string> names;
  const fs::path root = SYNCLINE_SOURCE_DIR;
  const std::string codes = text_of(root / "include/syncline/error_codes.def");
  static const std::regex quoted("\"([a-z_]+)\"");
  add_matches(codes, quoted, "", &names);
  add_matches(text_of(root / "proto/entry.cc"), quoted, "", &names);
  // Kinds of faults in documents, and findings in apps.
  for (const char* file : {"node/cli/document_text.cc", "node/cli/import_documents.cc"})
    add_matches(text_of(root / file), quoted, "", &names);
  static const std::regex finding(R"((?:error|warning|fault|warn)\(\{?\s*"([a-z_]+)\")");
  for (const auto& entry : fs::directory_iterator(root / "node/model"))
    if (entry.path().extension() == ".cc") add_matches(text_of(entry.path()), finding, "", &names);
  static const std::regex event(R"((?:event\(|on_event\(\{)\s*(?:\w+ \? )?"([a-z_]+)\")");
  static const std::regex event_other(R"(: "([a-z_]+)\", name\.origin)");
  for (const char* folder : {"node/authority", "node/runtime"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder))
      if (entry.path().extension() == ".cc") {
        add_matches(text_of(entry.path()), event, "", &names);
        add_matches(text_of(entry.path()), event_other, "", &names);
      }
  return names;
}

std::vector<std::string> disagreements(const std::string& page, const std::set<std::string>& tests,
                                       const std::set<std::string>& names) {
  std::vector<std::string> faults;
  std::set<std::string> named, situations;
  static const std::regex word("`([a-z_]+)`");
  for (const Row& row : rows_of(page, &faults)) {
    if (!situations.insert(row.what).second) faults.push_back("twice: " + row.what);
    for (const std::string& test : row.tests) {
      named.insert(test);
      if (!tests.contains(test)) faults.push_back(row.what + ": there is no test " + test);
    }
    std::set<std::string> seen;
    add_matches(row.seen, word, "", &seen);
    for (const std::string& name : seen)
      if (!names.contains(name)) faults.push_back(row.what + ": nothing is called " + name);
  }
  for (const std::string& test : tests)
    if (is_of_bad_input(test) && !named.contains(test)) faults.push_back("no row for " + test);
  return faults;
}

TEST(BadInputRows, AndTestsAgree) {
  const std::string page = text_of(fs::path(SYNCLINE_SOURCE_DIR) / "docs/errors.md");
  const std::set<std::string> tests = tests_of_tree();
  std::vector<std::string> unused;
  EXPECT_GE(rows_of(page, &unused).size(), 30u) << "the table was not found";
  EXPECT_GE(std::count_if(tests.begin(), tests.end(), is_of_bad_input), 40)
      << "the tests were not found";
  for (const std::string& fault : disagreements(page, tests, names_of_tree()))
    ADD_FAILURE() << fault;
}

TEST(BadInputRows, AreMissedInBothDirections) {
  const std::string head = "\n## Situations\n| what happens | a | b | c |\n|---|---|---|---|\n";
  const std::set<std::string> tests = {"BadInputX.One", "Other.Two", "case_three"};
  const std::set<std::string> names = {"malformed"};
  const std::string one = "| a | `malformed` | do | BadInputX.One, Other.Two |\n";
  const std::string three = "| b | `malformed` | do | case_three |\n";
  EXPECT_EQ(disagreements(head + one + three, tests, names).size(), 0u);
  EXPECT_EQ(disagreements(head + one, tests, names).size(), 1u) << "case_three has no row";
  EXPECT_EQ(disagreements(head + one + three + "| c | x | do | Gone.Test |\n", tests, names).size(),
            1u);
  EXPECT_EQ(
      disagreements(head + one + three + "| c | `odd` | do | Other.Two |\n", tests, names).size(),
      1u);
  EXPECT_EQ(disagreements(head + one + three + "| c | x |  | Other.Two |\n", tests, names).size(),
            1u)
      << "no remedy";
  EXPECT_EQ(disagreements(head + one + three + three, tests, names).size(), 1u) << "twice";
}

}  // namespace
}  // namespace syncline::tidy
