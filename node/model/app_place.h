// What each path of an app directory is, in either export layout.
// Who calls it: reading directories (which texts are needed) and the loader (who reads which).
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace syncline::app {

enum class Use {
  root,           // realm_config.json and its other names
  sync,           // sync/config.json
  data_source,    // data_sources/<service>/config.json, services/<service>/config.json
  default_rules,  // .../default_rule.json
  schema,
  rules,
  relationships,
  collection,  // services/<service>/rules/<db>.<collection>.json: schema, relationships and rules
               // in one
  custom_user_data,  // auth/custom_user_data.json
  value,             // values/<name>.json
  environment,       // environments/<tag>.json
  migration,         // whatever is in migrations/; its name is checked when it is read
  none,              // sync does not use it; `reason` says why
};

struct Place {
  Use use = Use::none;
  std::string kind;         // as reports name it
  bool old_layout = false;  // below services/
  std::string service;      // the directory's name
  std::string database;
  std::string collection;
  std::string reason;  // Use::none
  std::string
      suspect;  // Use::none: the name that this file probably should have; a warning, not an info
};

Place place_of(std::string_view path);

}  // namespace syncline::app
