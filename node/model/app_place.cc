#include "node/model/app_place.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "node/model/app_json.h"

namespace syncline::app {
namespace {

struct Unused {
  std::string_view directory;
  std::string_view kind;
  std::string_view reason;
};

constexpr Unused kUnused[] = {
    {"functions", "functions", "Syncline does not run functions"},
    {"triggers", "triggers", "Syncline does not run triggers"},
    {"graphql", "graphql", "Syncline has no GraphQL API"},
    {"hosting", "hosting", "Syncline does not host files"},
    {"http_endpoints", "endpoints", "Syncline has no custom HTTP endpoints"},
    {"https_endpoints", "endpoints", "Syncline has no custom HTTP endpoints"},
    {"data_api_config", "endpoints", "Syncline has no Data API"},
    {"log_forwarders", "log_forwarders", "Syncline writes its own logs; nothing forwards them"},
    {"auth_providers", "auth_providers",
     "Syncline has no login providers: nodes are known by their keys, users come from \"syncline "
     "user\""},
    {"auth", "auth_providers",
     "Syncline has no login providers: nodes are known by their keys, users come from \"syncline "
     "user\""},
    {"secrets", "secrets", "an export holds names of secrets, not their values"},
    {"deploy", "deploy", "deployment settings of the cloud service"},
    {"dependencies", "functions", "Syncline does not run functions"},
    {"snippets", "snippets", "editor snippets have no effect"},
};

constexpr std::string_view kRootNames[] = {"root_config.json", "realm_config.json", "config.json",
                                           "stitch.json"};

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts(1);
  for (char c : path) {
    if (c == '/')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

bool is_json(std::string_view name) { return name.size() > 5 && name.ends_with(".json"); }

Place unused(std::string_view kind, std::string_view reason) {
  Place place;
  place.kind = kind;
  place.reason = reason;
  return place;
}

// A file where the layout has only the names given: probably one of them, misspelt.
Place misplaced(std::string_view name, std::initializer_list<std::string_view> names) {
  Place place = unused("unknown", "not a file of the export layout");
  if (is_json(name)) place.suspect = nearest(name, std::vector<std::string_view>(names));
  return place;
}

Place used(Use use, std::string_view kind) {
  Place place;
  place.use = use;
  place.kind = kind;
  return place;
}

Place in_data_source(const std::vector<std::string>& parts) {
  Place place;
  const std::string& name = parts.back();
  if (parts.size() == 3) {
    if (name == "config.json")
      place = used(Use::data_source, "data_source");
    else if (name == "default_rule.json")
      place = used(Use::default_rules, "default_rules");
    else
      place = misplaced(name, {"config.json", "default_rule.json"});
  } else if (parts.size() == 5) {
    if (name == "schema.json")
      place = used(Use::schema, "schema");
    else if (name == "rules.json")
      place = used(Use::rules, "rules");
    else if (name == "relationships.json")
      place = used(Use::relationships, "relationships");
    else
      place = misplaced(name, {"schema.json", "rules.json", "relationships.json"});
    place.database = parts[2];
    place.collection = parts[3];
  } else {
    return misplaced(name, {});
  }
  place.service = parts[1];
  return place;
}

Place in_service(const std::vector<std::string>& parts) {
  Place place;
  const std::string& name = parts.back();
  if (parts.size() == 3 && name == "config.json") {
    place = used(Use::data_source, "data_source");
  } else if (parts.size() == 3 && name == "default_rule.json") {
    place = used(Use::default_rules, "default_rules");
  } else if (parts.size() == 4 && parts[2] == "rules" && is_json(name)) {
    place = used(Use::collection, "collection");
    std::string_view stem = std::string_view(name).substr(0, name.size() - 5);
    size_t dot = stem.find('.');
    place.database = stem.substr(0, dot);
    if (dot != std::string_view::npos) place.collection = stem.substr(dot + 1);
  } else if (parts.size() > 3 && parts[2] == "incoming_webhooks") {
    return unused("webhooks", "Syncline has no incoming webhooks");
  } else {
    return misplaced(name, {"config.json", "default_rule.json"});
  }
  place.old_layout = true;
  place.service = parts[1];
  return place;
}

}  // namespace

Place place_of(std::string_view path) {
  std::vector<std::string> parts = split(path);
  const std::string& name = parts.back();
  const std::string& top = parts[0];
  if (parts.size() == 1) {
    if (std::ranges::find(kRootNames, name) != std::end(kRootNames)) return used(Use::root, "app");
    if (name == "secrets.json")
      return unused("secrets", "Syncline keeps no secrets of the cloud app");
    if (name == ".mdb_meta.json" || name == "app_config.json")
      return unused("deploy", "deployment settings of the cloud service");
    return unused("unknown", "not a file of the export layout");
  }
  if (top == "data_sources") return in_data_source(parts);
  if (top == "services") return in_service(parts);
  if (top == "sync") {
    if (parts.size() == 2 && name == "config.json") return used(Use::sync, "sync");
    return misplaced(name, {"config.json"});
  }
  if (path == "auth/custom_user_data.json") return used(Use::custom_user_data, "custom_user_data");
  if (top == "values" && parts.size() == 2 && is_json(name)) return used(Use::value, "values");
  if (top == "environments" && parts.size() == 2 && is_json(name))
    return used(Use::environment, "environment");
  if (top == "migrations") return used(Use::migration, "migration");
  for (const Unused& entry : kUnused)
    if (top == entry.directory) return unused(entry.kind, entry.reason);
  return unused("unknown", "not a file of the export layout");
}

}  // namespace syncline::app
