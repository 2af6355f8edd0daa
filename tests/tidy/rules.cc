#include "tests/tidy/rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace syncline::tidy {
namespace {

constexpr size_t kLinesMax = 600;
constexpr size_t kFilesWithoutReadme = 4;

// What each layer may include beside itself and the installed headers. A layer may use what stands
// below what it uses.
const std::map<std::string, std::set<std::string>>& directly_below() {
  static const std::map<std::string, std::set<std::string>> table = {
      {"include", {}},
      {"proto", {"include"}},
      {"storage", {"proto"}},
      {"node", {"storage", "proto"}},  // node/machine.h
      {"node/model", {"proto"}},
      {"node/sampling", {"node/model"}},
      {"node/generate", {"node/model"}},
      {"node/query", {"proto"}},
      {"node/merge", {"proto"}},
      {"node/access", {"node/model", "node/query"}},
      {"node/rules_test", {"node/access", "node/model", "node/query"}},
      {"node/replica", {"node", "node/access", "node/merge", "node/query", "node/model"}},
      {"node/authority", {"node", "node/access", "node/merge", "node/query", "node/model"}},
      {"node/driver", {"node/replica", "node/authority"}},
      {"node/runtime", {"node/driver"}},
      {"node/bench", {"node/runtime"}},
      {"node/cli",
       {"node/generate", "node/sampling", "node/rules_test", "node/runtime", "node/bench", "sim/swarm", "sim/script",
        "sim/report"}},
      {"sim", {"node/driver"}},
      {"sim/world", {"node/driver"}},
      {"sim/faults", {"sim/world"}},
      {"sim/model", {"proto"}},  // independent of what it judges
      {"sim/oracles", {"sim/world", "sim/model"}},
      {"sim/swarm", {"sim/oracles", "sim/faults"}},
      {"sim/script", {"sim/oracles"}},
      {"sim/report", {"sim/script"}},
  };
  return table;
}

std::set<std::string> all_below(const std::string& layer) {
  std::set<std::string> all = {layer};
  std::vector<std::string> open = {layer};
  while (!open.empty()) {
    const std::string next = open.back();
    open.pop_back();
    for (const std::string& below : directly_below().at(next)) {
      if (all.insert(below).second) open.push_back(below);
    }
  }
  all.insert("include");
  return all;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string fault(const File& file, size_t line, std::string_view what) {
  return file.path + ":" + std::to_string(line) + ": " + std::string(what);
}

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool has_word(std::string_view line, std::string_view word) {
  for (size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const bool starts = at == 0 || !is_word_character(line[at - 1]);
    const size_t end = at + word.size();
    if (starts && (end == line.size() || !is_word_character(line[end]))) return true;
  }
  return false;
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> starts) {
  return std::any_of(starts.begin(), starts.end(),
                     [&](std::string_view s) { return text.starts_with(s); });
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

// "a/b" and "../c" are "a/c"; nothing if it leads out of the tree.
std::string joined(const std::string& folder, std::string_view relative) {
  std::vector<std::string> parts;
  const std::string whole =
      relative.starts_with('/') ? std::string(relative) : folder + "/" + std::string(relative);
  size_t at = 0;
  while (at <= whole.size()) {
    const size_t end = std::min(whole.find('/', at), whole.size());
    const std::string part = whole.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      return {};
    } else {
      parts.pop_back();
    }
  }
  std::string path;
  for (const std::string& part : parts) path += (path.empty() ? "" : "/") + part;
  return path.empty() ? "." : path;
}

std::vector<std::string> check_include(const File& file, size_t line, std::string_view name,
                                       bool quoted) {
  const std::string layer = layer_of(file.path);
  if (!quoted) {
    const bool standard = name.find_first_of("/.") == std::string_view::npos;
    if (layer == "include" && !standard) {
      return {fault(file, line,
                    "an installed header includes only the standard library and syncline/")};
    }
    return {};
  }
  if (name.find('/') == std::string_view::npos) {
    return {fault(file, line, "include from the repository's root")};
  }
  const std::string target = name.starts_with("syncline/") ? "include" : layer_of(name);
  if (target.empty() && name.starts_with("tests/")) {
    return {fault(file, line, "only tests include tests")};
  }
  if (target.empty() && layer == "include") {
    return {
        fault(file, line, "an installed header includes only the standard library and syncline/")};
  }
  if (target.empty() && name.starts_with("node/")) {
    return {fault(file, line, "no layer of the house has this file; see tests/tidy/rules.cc")};
  }
  if (target.empty())
    return {};  // of a third party; whether it may be linked is the folder's CMakeLists.txt's
                // matter
  if (name.ends_with(".pb.h") && layer != "proto") {
    return {fault(file, line, "only the codec in proto/ touches generated types")};
  }
  if (!all_below(layer).contains(target)) {
    return {
        fault(file, line, layer + " may not include " + target + ": dependencies run downward")};
  }
  return {};
}

}  // namespace

bool is_source(std::string_view path) {
  return path.ends_with(".h") || path.ends_with(".cc") || path.ends_with(".proto");
}

std::string layer_of(std::string_view path) {
  const size_t first = path.find('/');
  if (first == std::string_view::npos) return {};
  const std::string top(path.substr(0, first));
  // The layers of node/ are its folders, those of sim/ too.
  const size_t second = path.find('/', first + 1);
  if ((top == "node" || top == "sim") && second != std::string_view::npos) {
    const std::string layer(path.substr(0, second));
    return directly_below().contains(layer) ? layer : "";
  }
  return directly_below().contains(top) ? top : "";
}

std::vector<std::string> check_length(const File& file) {
  if (!is_source(file.path) || file.path.starts_with("tests/")) return {};
  const size_t count = lines_of(file.text).size();
  if (count <= kLinesMax) return {};
  return {fault(file, count, "longer than 600 lines: split it by verb")};
}

std::vector<std::string> check_marks(const File& file) {
  // In two pieces each, so that this file has none.
  static const std::array<std::string, 4> marks = {
      "TO"
      "DO",
      "FIX"
      "ME",
      "XX"
      "X",
      "HA"
      "CK"};
  std::vector<std::string> faults;
  const std::vector<std::string_view> lines = lines_of(file.text);
  for (size_t i = 0; i < lines.size(); ++i) {
    for (const std::string& mark : marks) {
      if (has_word(lines[i], mark))
        faults.push_back(
            fault(file, i + 1, "a mark of unfinished work: finish it, or open an issue"));
    }
  }
  return faults;
}

std::vector<std::string> check_waiting(const File& file) {
  if (!is_source(file.path) || !starts_with_any(file.path, {"tests/", "sim/"})) return {};
  static const std::array<std::string, 7> waits = {
      "sleep"
      "_for",
      "sleep"
      "_until",
      "u"
      "sleep",
      "nano"
      "sleep",
      "sle"
      "ep",
      "GTEST"
      "_SKIP",
      "DISABLED"
      "_"};
  std::vector<std::string> faults;
  const std::vector<std::string_view> lines = lines_of(file.text);
  for (size_t i = 0; i < lines.size(); ++i) {
    const size_t comment = lines[i].find("//");
    const std::string_view code = lines[i].substr(0, comment);
    for (const std::string& wait : waits) {
      const bool off = wait == waits.back() ? code.find(wait) != std::string_view::npos
                                            : has_word(code, wait) &&
                                                  code.find(wait + "(") != std::string_view::npos;
      if (off)
        faults.push_back(
            fault(file, i + 1, "waits for time, or is off: wait for a condition with a deadline"));
    }
  }
  return faults;
}

std::vector<std::string> check_tabs(const File& file) {
  std::vector<std::string> faults;
  const std::vector<std::string_view> lines = lines_of(file.text);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].find('\t') != std::string_view::npos)
      faults.push_back(fault(file, i + 1, "a tab: indent with spaces"));
  }
  return faults;
}

std::vector<std::string> check_pragma_once(const File& file) {
  if (!file.path.ends_with(".h")) return {};
  for (std::string_view line : lines_of(file.text)) {
    if (line == "#pragma once") return {};
  }
  return {fault(file, 1, "a header without #pragma once")};
}

std::vector<std::string> check_layering(const File& file) {
  if (!is_source(file.path) || file.path.ends_with(".proto") ||
      starts_with_any(file.path, {"tests/", "examples/"}))
    return {};
  if (layer_of(file.path).empty()) {
    return {fault(file, 1, "its folder is no layer of the house: add it to tests/tidy/rules.cc")};
  }
  std::vector<std::string> faults;
  const std::vector<std::string_view> lines = lines_of(file.text);
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string_view line = lines[i];
    if (!line.starts_with("#include ")) continue;
    line.remove_prefix(9);
    const bool quoted = line.starts_with('"');
    const size_t end = line.find(quoted ? '"' : '>', 1);
    if (end == std::string_view::npos) continue;
    for (std::string& each : check_include(file, i + 1, line.substr(1, end - 1), quoted))
      faults.push_back(std::move(each));
  }
  return faults;
}

std::vector<std::string> check_links(const File& file, bool (*exists)(const std::string& path)) {
  if (!file.path.ends_with(".md")) return {};
  std::vector<std::string> faults;
  const std::vector<std::string_view> lines = lines_of(file.text);
  bool code = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("```")) code = !code;
    for (size_t at = lines[i].find("]("); at != std::string_view::npos && !code;
         at = lines[i].find("](", at + 1)) {
      const size_t end = lines[i].find(')', at);
      if (end == std::string_view::npos) break;
      std::string_view link = lines[i].substr(at + 2, end - at - 2);
      if (starts_with_any(link, {"http://", "https://", "mailto:", "#"})) continue;
      link = link.substr(0, link.find('#'));
      const std::string target = joined(folder_of(file.path), link);
      if (target.empty() || !exists(target)) {
        faults.push_back(fault(file, i + 1, "a link that leads nowhere: " + std::string(link)));
      }
    }
  }
  return faults;
}

std::vector<std::string> check_readmes(const std::vector<std::string>& paths) {
  std::map<std::string, size_t> counts;
  std::set<std::string> with_readme;
  for (const std::string& path : paths) {
    const std::string folder = folder_of(path);
    // Folders of data, and tests of node/x: what they hold is told one level up.
    if (starts_with_any(path, {"examples/", "sim/seeds/", "."}) || folder.empty() ||
        (path.starts_with("tests/") && std::count(folder.begin(), folder.end(), '/') > 1)) {
      continue;
    }
    ++counts[folder];
    if (path.ends_with("/README.md")) with_readme.insert(folder);
  }
  std::vector<std::string> faults;
  for (const auto& [folder, count] : counts) {
    if (count >= kFilesWithoutReadme && !with_readme.contains(folder)) {
      faults.push_back(folder + ": " + std::to_string(count) +
                       " files and no README.md that says where to start");
    }
  }
  return faults;
}

}  // namespace syncline::tidy
