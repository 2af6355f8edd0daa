// A store's directory: what `syncline init` makes and every other command opens.
//
//   syncline.toml   role, addresses, settings; an unknown key is an error
//   node.keys       both key pairs, mode 0600 (keys.h)
//   state/ log/     an authority's databases
//   objects/        a node's database; begun with the store
//   control.sock    the daemon's local socket, while one runs
//   restore.unfinished  while a restore makes the store (restore.h): it is not opened
//
// Blocking file I/O; any thread.
#pragma once

#include <optional>
#include <string>

#include "node/access/policy.h"
#include "node/authority/directory.h"
#include "node/runtime/keys.h"
#include "syncline/result.h"

namespace syncline {

enum class StoreRole : uint8_t { authority, node };

struct StoreConfig {
  StoreRole role = StoreRole::node;
  // authority
  std::string listen = "tcp://127.0.0.1:7100";
  int64_t retention_hours = 30 * 24;
  int64_t retention_megabytes = 1024;
  int64_t safe_after_hours = 7 * 24;
  // What a role without document_filters grants: deny (nothing) or literal (its read and write).
  RolesWithoutFilters roles_without_filters = RolesWithoutFilters::deny;
  // What subscriptions may ask for: any field, or those that the app declares queryable.
  QueryableFields queryable_fields = QueryableFields::any;
  // Writes to what the author's subscriptions do not cover.
  WritesOutside writes_outside_subscriptions = WritesOutside::refuse;
  // node
  std::string authority;  // tcp://HOST:PORT
  std::optional<LinkKey> server_key;
  int64_t group_sync_ms = 100;
  bool small = false;  // less memory, more flash wear
  // both
  std::string log_level = "info";  // trace, debug, info, warning, error, off
};

struct StoreDirectory {
  std::string path;
  StoreConfig config;
  NodeKeys keys;

  std::string state_path() const { return path + "/state"; }
  std::string log_path() const { return path + "/log"; }
  std::string objects_path() const { return path + "/objects"; }
  std::string socket_path() const { return path + "/control.sock"; }
};

// Whether it is there says that a restore did not end.
inline std::string unfinished_mark(const std::string& path) { return path + "/restore.unfinished"; }

// Makes the directory (or takes an empty one) with new keys. kExists: there is a store already.
Result<StoreDirectory> create_store_directory(const std::string& path, const StoreConfig& config);
// kNotFound: no store there. kStoreDamaged: a restore of it did not end, or its keys are lost.
// kBadData: the
// configuration is wrong, naming file, line and what was expected. And what load_keys() answers.
Result<StoreDirectory> open_store_directory(const std::string& path);
// kStoreDamaged: a file or database of the store is not there, and was.
Error lost_part(const StoreDirectory& directory, const std::string& part);

// The file's text, for create; docs/cli.md says what each key means.
std::string config_text(const StoreConfig& config);
Result<StoreConfig> parse_config(std::string_view text, const std::string& file_name);

}  // namespace syncline
