// The house rules that a machine can see, as functions from a file to its faults. tidy_test.cc runs
// them over the tree, and over small texts that break them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace syncline::tidy {

struct File {
  std::string path;  // from the repository's root, with '/'
  std::string text;
};

// Each answers one line per fault: "path:line: what and why". Empty: none.
std::vector<std::string> check_length(const File& file);  // sources outside tests
std::vector<std::string> check_marks(const File& file);   // of unfinished work
std::vector<std::string> check_waiting(
    const File& file);  // on the wall clock, in tests and simulator; tests that are off
std::vector<std::string> check_tabs(const File& file);
std::vector<std::string> check_pragma_once(const File& file);
// Includes name files from the root, go downward in the house, and keep third parties out of
// installed headers.
std::vector<std::string> check_layering(const File& file);
// Links of a Markdown file to files of the tree; `exists` answers for paths from the root.
std::vector<std::string> check_links(const File& file, bool (*exists)(const std::string& path));
// Folders of four files and more that have no README.md. All paths of the tree.
std::vector<std::string> check_readmes(const std::vector<std::string>& paths);

bool is_source(std::string_view path);
// The layer that a path belongs to, such as "node/merge"; empty: none of the house.
std::string layer_of(std::string_view path);

}  // namespace syncline::tidy
