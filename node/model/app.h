// App: a directory of configuration in the App Services export layout, loaded and accounted for key
// by key.
//
//   AppFiles files = *read_app_directory("examples/cold_chain");
//   AppReport report;
//   std::shared_ptr<const App> app = load_app(files, &report);   // null if the authority would not
//   start on it
//
// Both layouts (data_sources/..., and services/... from before 2021) become one App; pre-2023 sync
// permissions are rewritten to roles. Nothing is ignored silently: every key of every file is in
// the report as used, ignored with a reason, or wrong. Pure but for read_app_directory; any thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "proto/schema.h"

namespace syncline {

// Path relative to the app root, with '/', to the file's text. Also how an app is kept in the log
// (system_type::kApp).
using AppFiles = std::map<std::string, std::string>;

struct AppMessage {
  enum class Severity { error, warning, info } severity;
  std::string code;     // stable, snake_case: "unknown_key", "missing_id", ...
  std::string pointer;  // JSON pointer in the file
  std::string text;
  std::string remedy;
};

struct AppFileReport {
  std::string path;
  std::string kind;    // "schema", "rules", "relationships", "sync", "custom_user_data", "values",
                       // "environment", "migration", ...
  std::string status;  // "used", "partly", "ignored", "error"
  std::vector<AppMessage> messages;
};

struct AppReport {
  std::string root;
  std::vector<AppFileReport> files;
  int errors = 0;
  int warnings = 0;
};

// One role as it stands in rules, with the file and JSON pointer it came from. Expressions stay
// JSON here; node/access compiles them.
struct RoleSource {
  std::string file;
  std::string pointer;  // of the role object
  std::shared_ptr<const nlohmann::json> role;
};

struct CollectionRules {
  std::string collection;  // "database.collection"; empty: the default rules of the data source
  std::vector<RoleSource> roles;
};

struct CustomUserData {
  bool enabled = false;
  std::string collection;  // "database.collection"
  std::string user_id_field;
};

struct App {
  std::string name;
  Schema schema;
  // Each type's own part of its schema.json, by TypeNumber, for the compiled validator; embedded
  // types too. Normalised: an object schema with known keywords of the right kind only, "bsonType"
  // (a canonical name, or an array of them for a union; none: any value) instead of "type",
  // "required" without names that are no properties. "description" is kept, for people. Nested
  // schemas are whole, also those of embedded objects that are types of their own.
  std::map<uint32_t, std::shared_ptr<const nlohmann::json>> constraints;
  std::vector<CollectionRules> rules;  // collections that have rules of their own
  CollectionRules default_rules;
  std::map<std::string, std::shared_ptr<const nlohmann::json>> values;  // %%values.X
  std::string environment_tag;
  std::map<std::string, std::shared_ptr<const nlohmann::json>>
      environment;  // %%environment.values.X
  CustomUserData custom_user_data;
  bool development_mode = false;
  bool sync_enabled = true;   // false: the app says that sync is paused
  int max_offline_days = 30;  // 0: no limit
  bool recovery_mode = true;
  std::string service;                        // the data source that is synced
  std::string development_database;           // where development mode puts new types
  std::vector<std::string> queryable_fields;  // global
  std::map<std::string, std::vector<std::string>> queryable_by_collection;  // by type name
  std::string indexed_queryable_field;                                      // empty: none

  // Fields that another version in force lets be null, and this one does not: a null there is
  // nothing against an object, and reads as the field's default.
  std::set<std::pair<TypeNumber, FieldNumber>> null_elsewhere;

  // Does the app declare the field of the type queryable? _id always is.
  bool is_queryable(TypeNumber type, FieldNumber field) const;
};

// Every app root at or below the directory, relative to it ("." for the directory itself), in
// walking order; none is an empty list. A root has a realm_config.json, root_config.json or
// stitch.json, or content where the layouts have it.
Result<std::vector<std::string>> find_app_roots(const std::string& directory);
// All files below the root but those of apps nested in it, .git and node_modules. Only what sync
// can use is read, the others' texts are empty. Links are not followed. kTooLarge: more than
// 100,000 files, a configuration file above 16 MiB or all above 15 MiB (an app is kept in one
// object). kBadApp: a link where configuration should be.
Result<AppFiles> read_app_directory(const std::string& root);

// Null if and only if the report has an error: the authority would not start on it.
// `previous` is the schema in force: types and fields keep their numbers by name, new ones get the
// next free. What is gone moves to `retired`, so that no number is given twice, and has its number
// again when it comes back. Its revision is one above if anything changed; its version is what the
// files' migrations say (version_of). The result depends on the files and `previous` only.
// New numbers are at least `numbers_from`.
std::shared_ptr<const App> load_app(const AppFiles& files, AppReport* report,
                                    const Schema* previous = nullptr, uint32_t numbers_from = 0);

// The report in the shape that docs/cli.md documents for `app check -o json`.
nlohmann::json to_json(const std::vector<AppReport>& reports);
// The same for people: by file, errors first, a closing line that says whether an authority would
// start.
std::string print_report(const std::vector<AppReport>& reports);

}  // namespace syncline
