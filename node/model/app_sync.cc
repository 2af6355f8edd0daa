// Data sources and sync's configuration, wherever the layout has it: sync/config.json, or
// config.sync and config.flexible_sync of a data source.
#include <algorithm>

#include <fmt/format.h>

#include "node/model/app_load.h"

namespace syncline::app {
namespace {

constexpr std::string_view kLeftOver =
    "left over from the layout before 2021: the app has data_sources/, which counts";

bool is_mongodb(std::string_view type) { return type == "mongodb-atlas" || type == "mongodb"; }
bool is_federated(std::string_view type) {
  return type == "datalake" || type == "mongodb-datalake" || type == "mongodb-datafederation";
}

void ignore_source(Loading& load, const std::string& directory, bool old_layout,
                   const std::string& reason) {
  for (auto& [path, file] : load.files)
    if (file.place.use != Use::none && file.place.service == directory &&
        file.place.old_layout == old_layout && !file.notes.ignored_file())
      file.notes.ignore_file(reason);
}

// The directories below data_sources/ and services/ that hold something, each once.
std::vector<DataSource> list_sources(Loading& load) {
  bool has_new = std::ranges::any_of(load.files, [](const auto& entry) {
    return entry.second.place.use != Use::none && !entry.second.place.service.empty() &&
           !entry.second.place.old_layout;
  });
  std::vector<DataSource> out;
  for (auto& [path, file] : load.files) {
    const Place& place = file.place;
    if (place.use == Use::none || place.service.empty()) continue;
    if (has_new && place.old_layout) {
      file.notes.ignore_file(std::string(kLeftOver));
      continue;
    }
    auto known = std::ranges::find(out, place.service, &DataSource::directory);
    if (known == out.end()) {
      out.push_back({place.service, place.service, place.old_layout});
      known = out.end() - 1;
    }
    if (place.use == Use::data_source) known->config = &file;
    if (place.use == Use::default_rules) known->default_rules = &file;
  }
  return out;
}

class SyncReader {
 public:
  SyncReader(Loading& load, Part part)
      : load_(load),
        part_(part),
        notes_(part.file->notes),
        view_(notes_, *part.value, part.pointer) {}

  void read(bool flexible) {
    load_.sync.part = part_;
    std::string type = view_.string("type").value_or("");
    if (!type.empty() && type != "flexible" && type != "partition")
      notes_.warning("sync_type", view_.at("type"),
                     fmt::format("{} is no kind of sync", shown(type)), "write \"flexible\"");
    read_state();
    if (std::optional<bool> on = view_.boolean("development_mode_enabled"))
      load_.app.development_mode = *on;
    load_.sync.service = view_.string("service_name").value_or(load_.sync.service);
    load_.app.development_database = view_.string("database_name").value_or("");
    read_offline_days();
    if (std::optional<bool> off = view_.boolean("is_recovery_mode_disabled"))
      load_.app.recovery_mode = !*off;
    load_.app.queryable_fields = names("queryable_fields_names");
    read_indexed();
    load_.sync.queryable_by_collection = {part_.file, view_.at("collection_queryable_fields_names"),
                                          view_.object("collection_queryable_fields_names")};
    load_.sync.asymmetric = names("asymmetric_tables");
    read_permissions(flexible || type == "flexible");
    view_.ignore("last_disabled", "ignored", "when the cloud's sync was last paused");
    view_.ignore("version", "ignored", "the version of the export's format");
    view_.finish({"type", "state", "development_mode_enabled", "service_name", "database_name",
                  "client_max_offline_days", "is_recovery_mode_disabled", "queryable_fields_names",
                  "indexed_queryable_fields_names", "collection_queryable_fields_names",
                  "asymmetric_tables", "permissions", "partition"},
                 Severity::warning, "the sync configuration");
  }

 private:
  void read_state() {
    const Json* state = view_.get("state");
    if (!state) return;
    if (*state == "disabled" || *state == false) {
      load_.app.sync_enabled = false;
      notes_.warning("sync_paused", view_.at("state"),
                     "sync is paused here: an authority would start and refuse every node",
                     "write \"state\": \"enabled\"");
    } else if (*state == "") {
      terminated_ = true;
      notes_.info("sync_terminated", view_.at("state"),
                  "sync was terminated in the cloud; an authority started on this app syncs it");
    } else if (*state != "enabled" && *state != true) {
      notes_.error("sync_state", view_.at("state"),
                   fmt::format("{} is no state of sync", shown(*state)),
                   "write \"enabled\" or \"disabled\"");
      notes_.read_all(view_.at("state"));
    }
  }

  void read_offline_days() {
    const Json* days = view_.get("client_max_offline_days");
    if (!days) return;
    constexpr uint64_t kDaysMax = 36'500;
    if (days->is_number_unsigned() && days->get<uint64_t>() <= kDaysMax) {
      load_.app.max_offline_days = static_cast<int>(days->get<uint64_t>());
      return;
    }
    notes_.read_all(view_.at("client_max_offline_days"));
    notes_.error("wrong_kind", view_.at("client_max_offline_days"),
                 fmt::format("{} is no number of days", shown(*days)),
                 fmt::format("write a whole number from 0 (no limit) to {}", kDaysMax));
  }

  std::vector<std::string> names(std::string_view key) {
    std::vector<std::string> out;
    const Json* list = view_.array(key);
    if (!list) return out;
    for (size_t i = 0; i < list->size(); ++i) {
      const Json& one = (*list)[i];
      if (!one.is_string()) {
        notes_.read_all(below(view_.at(key), i));
        notes_.error("wrong_kind", below(view_.at(key), i),
                     fmt::format("the name is {}, expected a string", kind_of(one)),
                     "write a name");
      } else if (std::ranges::find(out, one.get_ref<const std::string&>()) == out.end()) {
        out.push_back(one.get<std::string>());
      }
    }
    return out;
  }

  void read_indexed() {
    std::vector<std::string> indexed = names("indexed_queryable_fields_names");
    if (indexed.size() > 1)
      notes_.error("indexed_field", view_.at("indexed_queryable_fields_names"),
                   "more than one indexed queryable field", "keep one");
    if (indexed.empty()) return;
    load_.app.indexed_queryable_field = indexed[0];
    auto& all = load_.app.queryable_fields;
    if (std::ranges::find(all, indexed[0]) == all.end()) all.push_back(indexed[0]);
  }

  void read_permissions(bool flexible) {
    const Json* permissions = view_.object("permissions");
    const Json* partition = view_.object("partition");
    if (partition && flexible) {
      notes_.ignored(view_.at("partition"), "ignored",
                     "left over from partition-based sync: this sync is flexible");
      partition = nullptr;
    }
    for (std::string_view key : {"permissions", "partition"}) {
      if (!terminated_ || !part_.value->contains(key)) continue;
      notes_.ignored(
          view_.at(key), "ignored",
          "sync was terminated: what it last permitted is no longer in force, roles are");
      (key == "permissions" ? permissions : partition) = nullptr;
    }
    if (permissions && partition) {
      notes_.ignored(view_.at("permissions"), "ignored",
                     "partition-based sync takes its permissions from \"partition\"");
      permissions = nullptr;
    }
    load_.sync.permissions = permissions;
    load_.sync.permissions_pointer = view_.at("permissions");
    load_.sync.partition = partition;
    load_.sync.partition_pointer = view_.at("partition");
  }

  Loading& load_;
  Part part_;
  Notes& notes_;
  ObjectView view_;
  bool terminated_ = false;
};

// Reads a data source's config.json; sync's part of it is returned in `sync` (config.sync,
// config.flexible_sync).
void read_source(Loading& load, DataSource& source, std::vector<std::pair<Part, bool>>* sync) {
  if (!source.config || !parse_object(load, *source.config)) return;
  Notes& notes = source.config->notes;
  ObjectView view(notes, source.config->value, "");
  source.name = view.string("name").value_or(source.directory);
  std::string type = view.string("type").value_or("mongodb-atlas");
  if (!is_mongodb(type) && !is_federated(type)) {
    source.federated = true;
    ignore_source(load, source.directory, source.old_layout,
                  fmt::format("{} is a service of the type {}, which sync does not use",
                              shown(source.name), shown(type)));
    return;
  }
  source.federated = is_federated(type);
  if (source.name != source.directory)
    notes.info("source_name", "/name",
               fmt::format("the data source is called {} and lies in the directory {}",
                           shown(source.name), shown(source.directory)));
  if (const Json* config = view.object("config")) {
    ObjectView inner(notes, *config, "/config");
    for (std::string_view key : {"sync", "flexible_sync"}) {
      const Json* part = inner.get(key);
      if (!part) continue;
      if (!part->is_object()) {
        notes.read_all(inner.at(key));
        if (!part->is_null())
          notes.error("wrong_kind", inner.at(key),
                      fmt::format("\"{}\" is {}, expected an object", key, kind_of(*part)),
                      "write {...}");
      } else if (part->empty()) {
        notes.info("ignored", inner.at(key), fmt::format("\"{}\" is empty", key));
      } else {
        sync->push_back({{source.config, inner.at(key), part}, key == "flexible_sync"});
      }
    }
    for (std::string_view key :
         {"clusterName", "clusterId", "clusterType", "clusterHostnames", "readPreference",
          "readPreferenceTagSets", "wireProtocolEnabled", "dataLakeName",
          "namespacePreimageConfigs", "groupId", "orgId", "clusterState"})
      inner.ignore(key, "ignored", "how the cloud app reached its cluster");
    inner.finish({"clusterName", "readPreference", "readPreferenceTagSets", "wireProtocolEnabled",
                  "sync", "flexible_sync"},
                 Severity::warning, "a data source's config");
  }
  for (std::string_view key : {"version", "id", "_id", "secret_config", "linked_datasources"})
    view.ignore(key, "ignored", "ids and versions of the cloud app have no meaning here");
  view.finish({"name", "type", "config", "version", "id"}, Severity::warning, "a data source");
}

// Which data source is synced. One of several is never taken without a word.
void choose_source(Loading& load) {
  Notes* notes = load.sync.part.file ? &load.sync.part.file->notes : nullptr;
  std::vector<const DataSource*> candidates;
  for (const DataSource& source : load.sources)
    if (!source.federated) candidates.push_back(&source);
  if (!load.sync.service.empty()) {
    for (const DataSource* source : candidates)
      if (source->name == load.sync.service || source->directory == load.sync.service)
        load.source = source;
    if (!load.source && notes && !load.sources.empty())
      notes->error(
          "unknown_service", below(load.sync.part.pointer, "service_name"),
          fmt::format("the app has no data source {} that can be synced", shown(load.sync.service)),
          candidates.empty()
              ? "add the data source"
              : fmt::format("write \"service_name\": {}", shown(candidates[0]->name)));
    return;
  }
  if (candidates.empty()) return;
  load.source = candidates[0];
  for (const DataSource* source : candidates)
    if (source->name == "mongodb-atlas") load.source = source;
  if (candidates.size() == 1) return;
  Notes* at = notes ? notes : load.source->config ? &load.source->config->notes : nullptr;
  if (at)
    at->warning(
        "service_assumed", "",
        fmt::format("the app has {} data sources and does not say which is synced: {} is taken",
                    candidates.size(), shown(load.source->name)),
        "name it in sync/config.json as \"service_name\"");
}

}  // namespace

void load_sources(Loading& load) {
  load.sources = list_sources(load);
  std::vector<std::pair<Part, bool>> found;
  for (DataSource& source : load.sources) read_source(load, source, &found);
  File* file = load.find("sync/config.json");
  bool has_file = file && parse_object(load, *file) && !file->value.empty();
  // A sync/config.json that only says that development mode is off configures nothing.
  bool configures = has_file && (file->value.contains("state") || file->value.contains("type") ||
                                 file->value.contains("partition"));
  if (has_file && (configures || found.empty())) {
    SyncReader(load, {file, "", &file->value}).read(false);
  } else if (has_file) {
    ObjectView view(file->notes, file->value, "");
    view.boolean("development_mode_enabled");
    view.finish({"development_mode_enabled"}, Severity::warning, "the sync configuration");
  }
  for (size_t i = 0; i < found.size(); ++i) {
    const auto& [part, flexible] = found[i];
    if (load.sync.part.file) {
      part.file->notes.ignored(
          part.pointer, "ignored",
          fmt::format("sync is configured in {}, which counts", load.sync.part.file->notes.path()));
      continue;
    }
    for (const DataSource& source : load.sources)
      if (source.config == part.file) load.sync.service = source.name;
    SyncReader(load, part).read(flexible);
  }
  choose_source(load);
  if (load.source) load.app.service = load.source->name;
  for (const DataSource& source : load.sources)
    if (&source != load.source)
      ignore_source(load, source.directory, source.old_layout,
                    source.federated ? "a federated data source cannot be synced"
                                     : "this data source is not the one that is synced");
}

}  // namespace syncline::app
