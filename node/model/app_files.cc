// Finding and reading app directories: the only part of app loading that touches the disk.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "node/model/app.h"
#include "node/model/app_json.h"
#include "node/model/app_place.h"

namespace syncline {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFilesMax = 100'000;
constexpr size_t kFileBytesMax = 16u << 20;
// An app is kept in one object (system_type::kApp).
constexpr size_t kAppBytesMax = 15u << 20;
constexpr size_t kEntriesMax = 1'000'000;
constexpr int kDirectoryDepthMax = 64;

// Directories that hold no configuration, and may hold very many files.
bool is_skipped(const fs::path& name) { return name == ".git" || name == "node_modules"; }

bool is_real_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(fs::symlink_status(path, error));
}

bool is_real_directory(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(fs::symlink_status(path, error));
}

// Names in a directory, sorted. An unreadable directory has none.
std::vector<fs::path> entries(const fs::path& directory) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    out.push_back(at->path().filename());
    if (out.size() >= kEntriesMax) break;
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Whether the file is there and one of the words stands near its beginning: tells an app's
// config.json from any other.
bool mentions(const fs::path& file, std::initializer_list<std::string_view> words) {
  if (!is_real_file(file)) return false;
  std::ifstream in(file, std::ios::binary);
  std::string text(64u << 10, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  for (std::string_view word : words)
    if (text.find(word) != std::string::npos) return true;
  return false;
}

bool is_service(const fs::path& directory) {
  return mentions(directory / "config.json", {"mongodb", "clusterName", "dataLakeName"}) ||
         mentions(directory / "default_rule.json", {"roles"});
}

bool holds_collections(const fs::path& service) {
  for (const fs::path& database : entries(service)) {
    if (!is_real_directory(service / database)) continue;
    for (const fs::path& collection : entries(service / database)) {
      fs::path at = service / database / collection;
      if (is_real_file(at / "schema.json") || is_real_file(at / "rules.json")) return true;
    }
  }
  return false;
}

bool holds_rules(const fs::path& service) {
  for (const fs::path& name : entries(service / "rules"))
    if (name.extension() == ".json" && is_real_file(service / "rules" / name)) return true;
  return false;
}

// Whether data_sources/ or services/ holds a data source, or sync/ a configuration.
bool has_content(const fs::path& directory) {
  if (mentions(
          directory / "sync" / "config.json",
          {"development_mode_enabled", "queryable_fields_names", "\"partition\"", "\"state\""}))
    return true;
  for (const fs::path& name : entries(directory / "data_sources"))
    if (is_service(directory / "data_sources" / name) ||
        holds_collections(directory / "data_sources" / name))
      return true;
  for (const fs::path& name : entries(directory / "services"))
    if (is_service(directory / "services" / name) || holds_rules(directory / "services" / name))
      return true;
  return false;
}

bool is_root(const fs::path& directory) {
  for (std::string_view name : {"realm_config.json", "root_config.json", "stitch.json"})
    if (is_real_file(directory / name)) return true;
  return mentions(directory / "config.json", {"\"config_version\"", "\"deployment_model\""}) ||
         has_content(directory);
}

// What lies in these directories of an app is the app's, whatever it looks like.
bool is_part_of_app(const fs::path& name) {
  for (std::string_view part : {"data_sources", "services", "sync", "auth", "auth_providers",
                                "values", "environments", "migrations", "functions", "triggers",
                                "hosting", "graphql", "http_endpoints", "log_forwarders"})
    if (name == part) return true;
  return false;
}

// A file name as UTF-8, other bytes as %XX: paths are keys of a document.
std::string text_of(const fs::path& path) { return app::printable(path.generic_string()); }

Status find_roots(const fs::path& directory, const std::string& relative, int depth, size_t* seen,
                  std::vector<std::string>* out) {
  if (depth > kDirectoryDepthMax)
    return fail(ErrorCode::kTooLarge, fmt::format("{}: directories are nested more than {} deep",
                                                  text_of(directory), kDirectoryDepthMax));
  const bool root = is_root(directory);
  if (root) out->push_back(relative.empty() ? "." : relative);
  for (const fs::path& name : entries(directory)) {
    if (++*seen > kEntriesMax)
      return fail(ErrorCode::kTooLarge,
                  fmt::format("more than {} files and directories: name the app's own directory",
                              kEntriesMax));
    if (is_skipped(name) || !is_real_directory(directory / name)) continue;
    if (root && is_part_of_app(name)) continue;
    std::string below = relative.empty() ? name.string() : relative + "/" + name.string();
    SYNCLINE_TRY(find_roots(directory / name, below, depth + 1, seen, out));
  }
  return {};
}

Result<std::string> read_text(const fs::path& path) {
  std::error_code error;
  uintmax_t size = fs::file_size(path, error);
  if (error) return fail(ErrorCode::kIo, fmt::format("{}: {}", text_of(path), error.message()));
  if (size > kFileBytesMax)
    return fail(ErrorCode::kTooLarge,
                fmt::format("{} has {} bytes; a configuration file may have {}", text_of(path),
                            size, kFileBytesMax));
  std::ifstream in(path, std::ios::binary);
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  if (in.bad() || (!in && !in.eof()))
    return fail(ErrorCode::kIo, fmt::format("{} cannot be read", text_of(path)));
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

class DirectoryReader {
 public:
  Result<AppFiles> read(const fs::path& root) {
    SYNCLINE_TRY(walk(root, fs::path(), 0, false));
    return std::move(files_);
  }

 private:
  Status walk(const fs::path& directory, const fs::path& relative, int depth, bool part) {
    if (depth > kDirectoryDepthMax)
      return fail(ErrorCode::kTooLarge, fmt::format("{}: directories are nested more than {} deep",
                                                    text_of(directory), kDirectoryDepthMax));
    for (const fs::path& name : entries(directory)) {
      fs::path at = directory / name;
      fs::path below = relative / name;
      if (is_real_directory(at)) {
        // An app within this one is an app of its own.
        bool below_part = part || (depth == 0 && is_part_of_app(name));
        if (is_skipped(name) || (!below_part && is_root(at))) continue;
        SYNCLINE_TRY(walk(at, below, depth + 1, below_part));
      } else {
        SYNCLINE_TRY(add(at, text_of(below)));
      }
    }
    return {};
  }

  Status add(const fs::path& at, std::string path) {
    if (files_.size() >= kFilesMax)
      return fail(ErrorCode::kTooLarge, fmt::format("the app has more than {} files", kFilesMax));
    bool needed = app::place_of(path).use != app::Use::none;
    std::string text;
    if (!is_real_file(at)) {
      // What a link or device holds may change or lie elsewhere: it is named, never followed.
      bool holds_configuration = false;
      for (std::string_view top :
           {"data_sources", "services", "sync", "auth", "values", "environments", "migrations"})
        if (path == top || path.starts_with(std::string(top) + "/")) holds_configuration = true;
      if (needed || holds_configuration)
        return fail(
            ErrorCode::kBadApp,
            fmt::format("{} is no regular file and links are not followed: put the file itself "
                        "in its place",
                        path));
    } else if (needed) {
      SYNCLINE_ASSIGN(text, read_text(at));
      bytes_ += text.size();
      if (bytes_ > kAppBytesMax)
        return fail(ErrorCode::kTooLarge,
                    fmt::format("the app's configuration files have more than {} bytes together",
                                kAppBytesMax));
    }
    files_[std::move(path)] = std::move(text);
    return {};
  }

  AppFiles files_;
  size_t bytes_ = 0;
};

}  // namespace

Result<std::vector<std::string>> find_app_roots(const std::string& directory) {
  std::error_code error;
  fs::path at = fs::canonical(directory, error);
  if (error || !is_real_directory(at))
    return fail(ErrorCode::kBadData, fmt::format("{} is no directory that can be read", directory));
  std::vector<std::string> out;
  size_t seen = 0;
  SYNCLINE_TRY(find_roots(at, "", 0, &seen, &out));
  return out;
}

Result<AppFiles> read_app_directory(const std::string& root) {
  std::error_code error;
  fs::path at = fs::canonical(root, error);
  if (error || !is_real_directory(at))
    return fail(ErrorCode::kBadData, fmt::format("{} is no directory that can be read", root));
  return DirectoryReader().read(at);
}

}  // namespace syncline
