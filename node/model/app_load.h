// Loading an app: what the steps of load_app share. Each step is a file of its own, in the order of
// load_app (app_load.cc): settings, sync, collections, schema, relationships, numbers, rules. One
// thread; lives for one load_app.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "node/model/app.h"
#include "node/model/app_json.h"
#include "node/model/app_notes.h"
#include "node/model/app_place.h"

namespace syncline::app {

struct File {
  Place place;
  const std::string* text = nullptr;
  Notes notes;
  Json value;
  bool parsed = false;  // the value is there and without faults
};

// Part of a file: where a thing stands.
struct Part {
  File* file = nullptr;  // null: there is none
  std::string pointer;
  const Json* value = nullptr;  // null: the file did not parse
};

// A collection of the synced data source, whichever layout it came in.
struct CollectionFiles {
  std::string database;
  std::string collection;
  Part schema;
  Part relationships;
  Part rules;        // the object that has "roles"
  std::string type;  // the name of its type; empty: it is not synced
  std::string why_not_synced;
  bool schema_unread = false;  // there is one, and it is no object: an error
  std::string rules_replaced;  // why permissions of sync's configuration count and `rules` does not

  std::string name() const { return database + "." + collection; }
};

struct DataSource {
  std::string directory;
  std::string name;  // config.json's, else the directory's
  bool old_layout = false;
  bool federated = false;
  File* config = nullptr;
  File* default_rules = nullptr;
};

// What sync's configuration says and later steps need.
struct SyncConfig {
  Part part;  // the object that held it
  std::string service;
  std::vector<std::string> asymmetric;
  const Json* permissions = nullptr;  // of before February 2023
  std::string permissions_pointer;
  const Json* partition = nullptr;  // partition-based sync
  std::string partition_pointer;
  Part queryable_by_collection;
};

struct Loading {
  std::map<std::string, File> files;
  App app;
  SyncConfig sync;
  std::vector<DataSource> sources;
  const DataSource* source = nullptr;  // the synced one, or null if the app has none
  std::map<std::string, CollectionFiles>
      collections;  // of the synced source, by "database.collection"

  File* find(const std::string& path) {
    auto at = files.find(path);
    return at == files.end() ? nullptr : &at->second;
  }
};

// Parses the file; faults go to its notes. With `environment`, replaces %(%%environment.values.X)
// in its strings. False if there is no value.
bool parse_file(File& file, const std::map<std::string, std::shared_ptr<const Json>>* environment);
// parse_file, and the value must be an object.
bool parse_object(Loading& load, File& file);

// app_settings.cc: the app's name and environment, then values and custom user data.
void load_root(Loading& load);
void load_environments(Loading& load, const std::string& tag);
void load_values(Loading& load);
void load_custom_user_data(Loading& load);

// app_sync.cc: data sources, sync's configuration, and which source is synced.
void load_sources(Loading& load);
// app_queryable.cc. After the schema: asymmetric types and queryable fields name types and fields.
void check_queryable(Loading& load);

// app_collections.cc: the files of each collection of the synced source; the rest is ignored with a
// reason.
void load_collections(Loading& load);

// app_migrations.cc.
void load_migrations(Loading& load);

// app_rules.cc and app_legacy_rules.cc.
void load_rules(Loading& load);
void load_legacy_rules(Loading& load);

}  // namespace syncline::app
