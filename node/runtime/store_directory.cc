#include "node/runtime/store_directory.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "node/runtime/address.h"
#include "storage/rocks_store.h"

namespace syncline {
namespace {

constexpr const char* kConfigName = "syncline.toml";
constexpr const char* kKeysName = "node.keys";

// Beyond what anybody means, and far enough below what 64 bits hold as milliseconds and bytes.
constexpr int64_t kHoursMax = 1'000 * 366 * 24;
constexpr int64_t kMegabytesMax = int64_t{1} << 40;
constexpr int64_t kGroupSyncMsMax = 3'600'000;

// Reads a table key by key; whatever nobody asked for is an error.
class ConfigReader {
 public:
  ConfigReader(const toml::table& table, std::string file)
      : table_(table), file_(std::move(file)) {}

  template <class T>
  void read(std::string_view key, T* out) {
    asked_.insert(std::string(key));
    const toml::node* node = table_.get(key);
    if (node == nullptr) return;
    auto value = node->value_exact<
        std::conditional_t<std::is_same_v<T, bool>, bool,
                           std::conditional_t<std::is_integral_v<T>, int64_t, std::string>>>();
    if (!value) {
      complain(*node, fmt::format("{} must be {}", key,
                                  std::is_same_v<T, bool> ? "true or false"
                                  : std::is_integral_v<T> ? "a whole number"
                                                          : "a string"));
      return;
    }
    *out = static_cast<T>(std::move(*value));
  }

  void positive(std::string_view key, int64_t max, int64_t* out) {
    read(key, out);
    if (*out <= 0) complain(key, "must be above 0");
    if (*out > max) complain(key, fmt::format("must be at most {}", max));
  }

  // One of two words, the first by default: is it the second?
  bool second_of(std::string_view key, std::string_view first, std::string_view second) {
    std::string word(first);
    read(key, &word);
    if (word != first && word != second)
      complain(key, fmt::format("must be \"{}\" or \"{}\"", first, second));
    return word == second;
  }

  // Has a value that `check` accepts. `meaning`: what is to be there.
  void required(std::string_view key, std::string_view meaning, std::string* out,
                const std::function<Status(const std::string&)>& check) {
    read(key, out);
    if (out->empty()) return complain(key, fmt::format("is missing: {}", meaning));
    if (Status right = check(*out); !right) complain(key, right.error().message);
  }

  // About the key's value; without a line if it is not there.
  void complain(std::string_view key, const std::string& what) {
    if (const toml::node* node = table_.get(key))
      return complain(*node, fmt::format("{} {}", key, what));
    if (!error_) error_ = Error(ErrorCode::kBadData, fmt::format("{}: {} {}", file_, key, what));
  }

  Status finish() {
    for (const auto& [key, node] : table_)
      if (!asked_.contains(std::string(key.str()))) {
        // Before what is missing: that may be what was meant.
        error_.reset();
        complain(node, fmt::format("unknown key {}; known are: {}", key.str(), known()));
        break;
      }
    return status();
  }

  Status status() const {
    if (error_) return std::unexpected(*error_);
    return {};
  }

 private:
  void complain(const toml::node& node, std::string what) {
    if (!error_)
      error_ = Error(ErrorCode::kBadData,
                     fmt::format("{}:{}: {}", file_, node.source().begin.line, what));
  }
  std::string known() const {
    std::string out;
    for (const std::string& key : asked_) out += (out.empty() ? "" : ", ") + key;
    return out;
  }
  const toml::table& table_;
  std::string file_;
  std::set<std::string> asked_;
  std::optional<Error> error_;
};

// There from the beginning: so one that is lost is no new one.
Status begin_objects(const std::string& path) {
  SYNCLINE_ASSIGN(const auto store, RocksStore::open(path, {.create_if_missing = true}));
  return store->sync();
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::kNotFound, fmt::format("{} cannot be read", path));
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

std::string config_text(const StoreConfig& config) {
  std::string text = "# Syncline store. docs/cli.md says what each key means.\n";
  const auto line = [&](std::string_view key, const auto& value) {
    if constexpr (std::is_convertible_v<decltype(value), std::string_view>) {
      text += fmt::format("{} = \"{}\"\n", key, std::string_view(value));
    } else {
      text += fmt::format("{} = {}\n", key, value);
    }
  };
  if (config.role == StoreRole::authority) {
    line("role", "authority");
    line("listen", config.listen);
    line("retention_hours", config.retention_hours);
    line("retention_megabytes", config.retention_megabytes);
    line("safe_after_hours", config.safe_after_hours);
    line("roles_without_filters",
         config.roles_without_filters == RolesWithoutFilters::literal ? "literal" : "deny");
    line("queryable_fields",
         config.queryable_fields == QueryableFields::declared ? "declared" : "any");
    line("writes_outside_subscriptions",
         config.writes_outside_subscriptions == WritesOutside::accept ? "accept" : "refuse");
  } else {
    line("role", "node");
    line("authority", config.authority);
    line("server_key", config.server_key ? to_string(*config.server_key) : std::string());
    line("group_sync_ms", config.group_sync_ms);
    line("small", config.small);
  }
  line("log_level", config.log_level);
  return text;
}

Result<StoreConfig> parse_config(std::string_view text, const std::string& file_name) {
  toml::table table;
  try {
    table = toml::parse(text, file_name);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kBadData, fmt::format("{}:{}: {}", file_name, error.source().begin.line,
                                                 error.description()));
  }
  StoreConfig config;
  ConfigReader reader(table, file_name);
  std::string role;
  reader.required("role", "\"authority\" or \"node\"", &role, [](const std::string& word) {
    if (word == "authority" || word == "node") return Status();
    return Status(fail(ErrorCode::kBadData, "must be \"authority\" or \"node\""));
  });
  // What other keys there are depends on it.
  SYNCLINE_TRY(reader.status());
  config.role = role == "authority" ? StoreRole::authority : StoreRole::node;
  if (config.role == StoreRole::authority) {
    reader.required("listen", "the address to listen on, tcp://HOST:PORT", &config.listen,
                    check_listen_address);
    reader.positive("retention_hours", kHoursMax, &config.retention_hours);
    reader.positive("retention_megabytes", kMegabytesMax, &config.retention_megabytes);
    reader.positive("safe_after_hours", kHoursMax, &config.safe_after_hours);
    if (reader.second_of("roles_without_filters", "deny", "literal"))
      config.roles_without_filters = RolesWithoutFilters::literal;
    if (reader.second_of("queryable_fields", "any", "declared"))
      config.queryable_fields = QueryableFields::declared;
    if (reader.second_of("writes_outside_subscriptions", "refuse", "accept"))
      config.writes_outside_subscriptions = WritesOutside::accept;
  } else {
    reader.required("authority", "the address to sync with, tcp://HOST:PORT", &config.authority,
                    check_authority_address);
    std::string server_key;
    reader.required("server_key", "the authority's key, as `syncline init --authority` printed it",
                    &server_key, [&](const std::string& text) -> Status {
                      SYNCLINE_ASSIGN(config.server_key, parse_link_key(text));
                      return {};
                    });
    reader.positive("group_sync_ms", kGroupSyncMsMax, &config.group_sync_ms);
    reader.read("small", &config.small);
  }
  reader.read("log_level", &config.log_level);
  static const std::set<std::string> levels = {"trace", "debug", "info", "warning", "error", "off"};
  if (!levels.contains(config.log_level))
    reader.complain("log_level", "must be trace, debug, info, warning, error or off");
  SYNCLINE_TRY(reader.finish());
  return config;
}

Result<StoreDirectory> create_store_directory(const std::string& path, const StoreConfig& config) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    return fail(ErrorCode::kIo, fmt::format("{} cannot be made: {}", path, error.message()));
  if (fs::exists(path + "/" + kConfigName))
    return fail(
        ErrorCode::kExists,
        fmt::format("{} holds a store already; choose another directory, or remove it first",
                    path));
  StoreDirectory directory{path, config, NodeKeys::generate()};
  SYNCLINE_TRY(save_keys(directory.keys, path + "/" + kKeysName));
  if (config.role == StoreRole::node) SYNCLINE_TRY(begin_objects(directory.objects_path()));
  // The configuration last: a directory without it is not a store yet.
  const std::string file = path + "/" + kConfigName;
  std::ofstream out(file + ".new", std::ios::binary);
  out << config_text(config);
  out.close();
  if (!out) return fail(ErrorCode::kIo, fmt::format("{} cannot be written", file));
  fs::rename(file + ".new", file, error);
  if (error)
    return fail(ErrorCode::kIo, fmt::format("{} cannot be written: {}", file, error.message()));
  return directory;
}

Result<StoreDirectory> open_store_directory(const std::string& path) {
  if (std::filesystem::exists(unfinished_mark(path)))
    return fail(
        ErrorCode::kStoreDamaged,
        fmt::format("{0} is not whole: its restore did not end. `syncline restore DIR --store "
                    "{0}` with the same backup makes it anew",
                    path));
  const std::string file = path + "/" + kConfigName;
  Result<std::string> text = read_file(file);
  if (!text)
    return fail(
        ErrorCode::kNotFound,
        fmt::format("{} is no store: it has no {}. `syncline init` makes one", path, kConfigName));
  StoreDirectory directory;
  directory.path = path;
  SYNCLINE_ASSIGN(directory.config, parse_config(*text, file));
  Result<NodeKeys> keys = load_keys(path + "/" + kKeysName);
  if (!keys && keys.error().code == ErrorCode::kNotFound)
    return std::unexpected(lost_part(directory, path + "/" + kKeysName));
  SYNCLINE_ASSIGN(directory.keys, std::move(keys));
  return directory;
}

Error lost_part(const StoreDirectory& directory, const std::string& part) {
  return Error(ErrorCode::kStoreDamaged,
               fmt::format("{} is lost: restore the store {} from a backup{}", part, directory.path,
                           directory.config.role == StoreRole::node
                               ? ", or enrol the node anew"
                               : " (or, if its init did not end, remove it and init it again)"));
}

}  // namespace syncline
