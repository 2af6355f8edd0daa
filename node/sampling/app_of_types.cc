#include "node/sampling/app_of_types.h"

#include <set>

namespace syncline::sampling {
namespace {

constexpr const char* kSources = "data_sources/";
constexpr const char* kDefaultService = "mongodb-atlas";

std::string text_of(const SchemaJson& json) { return json.dump(4) + "\n"; }

SchemaJson default_rule() {
  return {{"roles",
           {{{"name", "readAndWriteAll"},
             {"apply_when", SchemaJson::object()},
             {"document_filters", {{"read", true}, {"write", true}}},
             {"read", true},
             {"write", true},
             {"insert", true},
             {"delete", true},
             {"search", true}}}},
          {"filters", SchemaJson::array()}};
}

// The folders directly below the prefix.
std::set<std::string> folders_below(const AppFiles& files, const std::string& prefix) {
  std::set<std::string> folders;
  for (auto at = files.lower_bound(prefix); at != files.end() && at->first.starts_with(prefix);
       ++at) {
    const size_t end = at->first.find('/', prefix.size());
    if (end != std::string::npos)
      folders.insert(at->first.substr(prefix.size(), end - prefix.size()));
  }
  return folders;
}

}  // namespace

AppPlace place_in(const AppFiles& there, const std::string& name) {
  AppPlace place{kDefaultService, name};
  const std::set<std::string> services = folders_below(there, kSources);
  if (services.empty()) return place;
  place.service = services.contains(kDefaultService) ? kDefaultService : *services.begin();
  const std::set<std::string> databases = folders_below(there, kSources + place.service + "/");
  if (!databases.empty() && !databases.contains(name)) place.database = *databases.begin();
  return place;
}

AppFiles files_of(const std::vector<SampledType>& types, const AppPlace& place,
                  const std::string& name, const AppFiles& there) {
  const std::string source = kSources + place.service + "/";
  AppFiles files;
  const auto add_absent = [&](const std::string& path, const SchemaJson& json) {
    if (!there.contains(path)) files[path] = text_of(json);
  };
  bool named = false;
  for (const char* path : {"realm_config.json", "root_config.json", "stitch.json"})
    named = named || there.contains(path);
  if (!named)
    files["realm_config.json"] =
        text_of({{"config_version", 20210101}, {"name", name}, {"deployment_model", "LOCAL"}});
  add_absent(source + "config.json", {{"name", place.service},
                                      {"type", "mongodb-atlas"},
                                      {"config",
                                       {{"clusterName", "Cluster0"},
                                        {"readPreference", "primary"},
                                        {"wireProtocolEnabled", false}}},
                                      {"version", 1}});
  add_absent(source + "default_rule.json", default_rule());
  add_absent("sync/config.json", {{"type", "flexible"},
                                  {"state", "enabled"},
                                  {"development_mode_enabled", false},
                                  {"service_name", place.service},
                                  {"database_name", place.database},
                                  {"client_max_offline_days", 30},
                                  {"is_recovery_mode_disabled", false}});
  for (const SampledType& type : types) {
    const std::string folder = source + place.database + "/" + type.collection + "/";
    files[folder + "schema.json"] = text_of(type.schema);
    files[folder + "relationships.json"] = text_of(type.relationships);
  }
  return files;
}

}  // namespace syncline::sampling
