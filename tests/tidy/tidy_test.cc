// The house rules, over every file of the tree; and each rule over a text that breaks it, so that
// none is asleep.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/tidy/rules.h"

namespace syncline::tidy {
namespace {

namespace fs = std::filesystem;
using Faults = std::vector<std::string>;

bool is_text(const std::string& path) {
  static const std::set<std::string> kinds = {".h",   ".cc",    ".proto", ".def", ".md",
                                              ".txt", ".cmake", ".sh",    ".in"};
  return kinds.contains(fs::path(path).extension().string()) || path == "dev";
}

// Everything but build trees, what git keeps for itself, and inputs that are odd on purpose.
std::vector<std::string> paths_of_tree() {
  const fs::path root = SYNCLINE_SOURCE_DIR;
  std::vector<std::string> paths;
  for (auto at = fs::recursive_directory_iterator(root); at != fs::recursive_directory_iterator();
       ++at) {
    const std::string name = at->path().filename().string();
    if (at->is_directory() &&
        (name.starts_with('.') || name.starts_with("build") || name == "corpus")) {
      at.disable_recursion_pending();
    } else if (at->is_regular_file()) {
      paths.push_back(fs::relative(at->path(), root).generic_string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

File read(const std::string& path) {
  std::ifstream stream(fs::path(SYNCLINE_SOURCE_DIR) / path, std::ios::binary);
  return {path, std::string(std::istreambuf_iterator<char>(stream), {})};
}

bool exists(const std::string& path) { return fs::exists(fs::path(SYNCLINE_SOURCE_DIR) / path); }

template <class Check>
void expect_clean(Check check) {
  size_t seen = 0;
  for (const std::string& path : paths_of_tree()) {
    if (!is_text(path)) continue;
    ++seen;
    for (const std::string& fault : check(read(path))) ADD_FAILURE() << fault;
  }
  EXPECT_GT(seen, 50u) << "the tree was not found";
}

TEST(Tidy, SourcesAreShort) { expect_clean(check_length); }
TEST(Tidy, NothingIsMarkedAsUnfinished) { expect_clean(check_marks); }
TEST(Tidy, NoTestWaitsForTimeOrIsOff) { expect_clean(check_waiting); }
TEST(Tidy, NoTabs) { expect_clean(check_tabs); }
TEST(Tidy, HeadersAreIncludedOnce) { expect_clean(check_pragma_once); }
TEST(Tidy, DependenciesRunDownward) { expect_clean(check_layering); }
TEST(Tidy, LinksLeadSomewhere) {
  expect_clean([](const File& file) { return check_links(file, exists); });
}
TEST(Tidy, FoldersSayWhereToStart) {
  for (const std::string& fault : check_readmes(paths_of_tree())) ADD_FAILURE() << fault;
}

// ---- each rule catches what it is for ----

TEST(TidyRules, CatchLongSourcesOutsideTests) {
  std::string text;
  for (int i = 0; i < 601; ++i) text += "\n";
  EXPECT_EQ(check_length({"proto/x.cc", text}).size(), 1u);
  EXPECT_EQ(check_length({"proto/x.cc", text.substr(1)}), Faults());
  EXPECT_EQ(check_length({"tests/proto/x_test.cc", text}), Faults());
}

TEST(TidyRules, CatchMarks) {
  EXPECT_EQ(check_marks({"proto/x.cc",
                         "int a;\n// TO"
                         "DO: later\n"}),
            Faults{"proto/x.cc:2: a mark of unfinished work: finish it, or open an issue"});
  EXPECT_EQ(check_marks({"proto/x.cc",
                         "// FIX"
                         "ME(me)\n"})
                .size(),
            1u);
  EXPECT_EQ(check_marks({"proto/x.cc",
                         "const int kTO"
                         "DOMax = 1;\n"}),
            Faults());
}

TEST(TidyRules, CatchWaitingForTime) {
  const std::string text =
      "std::this_thread::sleep"
      "_for(1s);\n";
  EXPECT_EQ(check_waiting({"tests/x_test.cc", text}).size(), 1u);
  EXPECT_EQ(check_waiting({"sim/x.cc",
                           "  u"
                           "sle"
                           "ep(5);\n"})
                .size(),
            1u);
  EXPECT_EQ(check_waiting({"tests/x_test.cc",
                           "TEST(X, DISABLED"
                           "_Y) {}\n"})
                .size(),
            1u);
  EXPECT_EQ(check_waiting({"node/x.cc", text}), Faults());
  EXPECT_EQ(check_waiting({"tests/x_test.cc", "// never sleep\nint sleepers = 1;\n"}), Faults());
}

TEST(TidyRules, CatchTabsAndHeadersWithoutPragma) {
  EXPECT_EQ(check_tabs({"a.md", "x\ty\n"}).size(), 1u);
  EXPECT_EQ(check_pragma_once({"proto/x.h", "int a;\n"}).size(), 1u);
  EXPECT_EQ(check_pragma_once({"proto/x.h", "// x\n#pragma once\n"}), Faults());
}

TEST(TidyRules, CatchIncludesThatGoUpward) {
  const auto faults = [](const std::string& path, const std::string& include) {
    return check_layering({path, "#include " + include + "\n"}).size();
  };
  EXPECT_EQ(faults("storage/x.cc", "\"node/machine.h\""), 1u);
  EXPECT_EQ(faults("proto/x.cc", "\"storage/store.h\""), 1u);
  EXPECT_EQ(faults("node/merge/x.cc", "\"node/model/app.h\""), 1u);
  EXPECT_EQ(faults("node/model/x.cc", "\"storage/store.h\""), 1u);
  EXPECT_EQ(faults("node/authority/x.cc", "\"node/replica/replica.h\""), 1u);
  EXPECT_EQ(faults("node/runtime/x.cc", "\"sim/world.h\""), 1u);
  EXPECT_EQ(faults("sim/x.cc", "\"node/runtime/zmq_server.h\""), 1u);
  EXPECT_EQ(faults("node/cli/x.cc", "\"tests/x.h\""), 1u);
  EXPECT_EQ(faults("storage/x.cc", "\"store.h\""), 1u);
  EXPECT_EQ(faults("storage/x.cc", "\"node/gone/x.h\""), 1u);
  EXPECT_EQ(faults("include/syncline/x.h", "\"absl/x.h\""), 1u);
  EXPECT_EQ(faults("storage/x.cc", "\"proto/session.pb.h\""), 1u);
  EXPECT_EQ(faults("include/syncline/x.h", "<fmt/format.h>"), 1u);
  EXPECT_EQ(faults("include/syncline/x.h", "\"proto/bytes.h\""), 1u);
  EXPECT_EQ(faults("node/newcomer/x.cc", "<string>"), 1u);
}

TEST(TidyRules, AllowIncludesThatGoDownward) {
  const auto faults = [](const std::string& path, const std::string& include) {
    return check_layering({path, "#include " + include + "\n"}).size();
  };
  EXPECT_EQ(faults("node/authority/x.cc", "\"node/machine.h\""), 0u);
  EXPECT_EQ(faults("node/authority/x.cc", "\"storage/store.h\""), 0u);
  EXPECT_EQ(faults("node/access/x.cc", "\"proto/object.h\""), 0u);
  EXPECT_EQ(faults("node/cli/x.cc", "\"node/merge/merge.h\""), 0u);
  EXPECT_EQ(faults("node/cli/x.cc", "\"syncline/value.h\""), 0u);
  EXPECT_EQ(faults("sim/x.cc", "\"node/driver/driver.h\""), 0u);
  EXPECT_EQ(faults("proto/x.cc", "\"proto/session.pb.h\""), 0u);
  EXPECT_EQ(faults("storage/x.cc", "\"absl/x.h\""), 0u);
  EXPECT_EQ(faults("include/syncline/x.h", "<string>"), 0u);
}

TEST(TidyRules, CatchLinksThatLeadNowhere) {
  const auto only = [](const std::string& path) { return path == "docs/there.md"; };
  EXPECT_EQ(check_links({"docs/x.md", "[a](gone.md)\n"}, only).size(), 1u);
  EXPECT_EQ(check_links({"docs/x.md", "[a](../../out.md)\n"}, only).size(), 1u);
  EXPECT_EQ(
      check_links({"docs/x.md", "[a](there.md#part) [b](../docs/there.md) [c](https://x.org)\n"},
                  only),
      Faults());
  EXPECT_EQ(check_links({"docs/x.md", "```\n[a](gone.md)\n```\n"}, only), Faults());
}

TEST(TidyRules, CatchFoldersWithoutReadme) {
  EXPECT_EQ(check_readmes({"a/1", "a/2", "a/3", "a/4"}).size(), 1u);
  EXPECT_EQ(check_readmes({"a/1", "a/2", "a/3", "a/README.md"}), Faults());
  EXPECT_EQ(check_readmes({"a/1", "a/2", "a/3"}), Faults());
  EXPECT_EQ(check_readmes({"tests/a/1", "tests/a/2", "tests/a/3", "tests/a/4"}).size(), 1u);
  EXPECT_EQ(check_readmes({"tests/a/b/1", "tests/a/b/2", "tests/a/b/3", "tests/a/b/4"}), Faults());
}

}  // namespace
}  // namespace syncline::tidy
