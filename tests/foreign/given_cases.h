// Where the cases that somebody gave are: SYNCLINE_CASES names a directory that has `merge` or
// `rql` folders, or is itself such a folder.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace syncline::foreign {

inline bool are_query_cases(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  return fs::exists(folder / "results.json") || fs::exists(folder / "valid.json") ||
         fs::exists(folder / "invalid.json");
}

inline std::optional<std::filesystem::path> given() {
  const char* directory = std::getenv("SYNCLINE_CASES");  // NOLINT(concurrency-mt-unsafe)
  if (directory == nullptr) return std::nullopt;
  return std::filesystem::path(directory);
}

// Of that kind, "merge", "rql" or "permissions"; nullopt: none are given.
inline std::optional<std::filesystem::path> given_cases(const std::string& kind) {
  namespace fs = std::filesystem;
  const auto directory = given();
  if (!directory) return std::nullopt;
  if (fs::is_directory(*directory / kind)) return *directory / kind;
  if (kind == "permissions") return std::nullopt;  // only by their folder
  const bool has_folders = fs::is_directory(*directory / "merge") ||
                           fs::is_directory(*directory / "rql") ||
                           fs::is_directory(*directory / "permissions");
  if (has_folders || are_query_cases(*directory) != (kind == "rql")) return std::nullopt;
  return directory;
}

}  // namespace syncline::foreign
