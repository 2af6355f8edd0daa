// The settings that are not sync's own: the app's name, environments and values, custom user data,
// templates.
#include <algorithm>

#include <fmt/format.h>

#include "node/model/app_load.h"
#include "node/model/app_names.h"

namespace syncline::app {
namespace {

using Environment = std::map<std::string, std::shared_ptr<const Json>>;

// Replaces %(%%environment.values.X) in the strings of a configuration file.
class Templates {
 public:
  Templates(Notes& notes, const Environment& environment)
      : notes_(notes), environment_(environment) {}

  void expand(Json& value, const std::string& pointer) {
    if (value.is_string()) {
      expand_text(value, pointer);
    } else if (value.is_array()) {
      for (size_t i = 0; i < value.size(); ++i) expand(value[i], below(pointer, i));
    } else if (value.is_object()) {
      for (auto& [key, child] : value.items()) expand(child, below(pointer, key));
    }
  }

 private:
  void expand_text(Json& value, const std::string& pointer) {
    constexpr std::string_view kOpen = "%(", kPrefix = "%%environment.values.";
    const std::string text = value.get<std::string>();
    std::string out;
    size_t at = 0;
    bool changed = false;
    for (size_t open; (open = text.find(kOpen, at)) != std::string::npos;) {
      size_t close = text.find(')', open);
      if (close == std::string::npos) break;
      std::string_view inner = std::string_view(text).substr(open + 2, close - open - 2);
      const Json* found = nullptr;
      if (inner.starts_with(kPrefix)) {
        auto known = environment_.find(std::string(inner.substr(kPrefix.size())));
        if (known != environment_.end()) found = known->second.get();
      } else if (!inner.starts_with("%%")) {  // some other text in parentheses
        out += text.substr(at, close + 1 - at);
        at = close + 1;
        continue;
      }
      if (!found || !found->is_string()) {
        notes_.error(
            "template", pointer,
            found ? fmt::format("the template {} stands for {}, and only strings can be put in",
                                shown(inner), kind_of(*found))
                  : fmt::format("the template {} stands for nothing", shown(inner)),
            "use %(%%environment.values.X) with an X that the app's environment gives as a string");
        return;
      }
      out += text.substr(at, open - at) + found->get_ref<const std::string&>();
      at = close + 1;
      changed = true;
    }
    if (!changed) return;
    value = out + text.substr(at);
    notes_.info("template", pointer, fmt::format("{} is read as {}", shown(text), shown(value)));
  }

  Notes& notes_;
  const Environment& environment_;
};

constexpr std::string_view kNotOfSync = "settings of the cloud app that sync does not use";

void read_custom_user_data(Loading& load, Notes& notes, ObjectView& view) {
  CustomUserData& out = load.app.custom_user_data;
  out = {};
  bool enabled = view.boolean("enabled").value_or(false);
  std::optional<std::string> database = view.string("database_name");
  std::optional<std::string> collection = view.string("collection_name");
  std::optional<std::string> field = view.string("user_id_field");
  std::optional<std::string> service = view.string("mongo_service_name");
  view.ignore("mongo_service_id", "ignored", "ids of the cloud app have no meaning here");
  view.ignore("on_user_creation_function_name", "ignored", "Syncline does not run functions");
  view.finish(
      {"enabled", "mongo_service_name", "database_name", "collection_name", "user_id_field"},
      Severity::warning, "the custom user data");
  if (!enabled) return;
  if (database.value_or("").empty() || collection.value_or("").empty() ||
      field.value_or("").empty()) {
    notes.error(
        "custom_user_data", view.pointer(),
        "custom user data are on, but database_name, collection_name or user_id_field is missing",
        "name all three, or set \"enabled\" to false");
    return;
  }
  out = {true, *database + "." + *collection, *field};
  if (service && load.source && *service != load.source->name)
    notes.warning(
        "custom_user_data", view.at("mongo_service_name"),
        fmt::format("the data source {} is not the one that is synced: users have no custom data",
                    shown(*service)),
        "move the collection, or give users their data with \"syncline user\"");
  auto found = load.collections.find(out.collection);
  const TypeDef* type = nullptr;
  for (const TypeDef& one : load.app.schema.types)
    if (one.collection == out.collection) type = &one;
  if (found == load.collections.end() || !type)
    notes.warning("custom_user_data", view.pointer(),
                  fmt::format("the collection {} is not synced: users have no custom data",
                              printable(out.collection)),
                  "give it a schema, or give users their data with \"syncline user\"");
  else if (!type->field(*field) && !type->open)
    notes.error("custom_user_data", view.at("user_id_field"),
                fmt::format("{} has no field {}", shown(type->name), shown(*field)),
                "name the field that holds the user's id");
}

// The root file that counts, newest name first.
constexpr std::string_view kRootNames[] = {"root_config.json", "realm_config.json", "config.json",
                                           "stitch.json"};

}  // namespace

bool parse_file(File& file, const Environment* environment) {
  if (file.parsed) return true;
  ParsedJson parsed = parse_json(*file.text);
  for (JsonFault& fault : parsed.faults)
    file.notes.error(std::move(fault.code), std::move(fault.pointer), std::move(fault.text),
                     std::move(fault.remedy));
  if (!parsed.faults.empty()) return false;
  file.value = std::move(parsed.value);
  if (environment) Templates(file.notes, *environment).expand(file.value, "");
  file.parsed = true;
  return true;
}

bool parse_object(Loading& load, File& file) {
  if (!parse_file(file, &load.app.environment)) return false;
  if (file.value.is_object()) return true;
  file.notes.read_all("");
  file.notes.error("wrong_kind", "",
                   fmt::format("the file holds {}, expected an object", kind_of(file.value)),
                   "write {...}");
  return false;
}

void load_root(Loading& load) {
  File* chosen = nullptr;
  for (std::string_view name : kRootNames) {
    File* file = load.find(std::string(name));
    if (!file) continue;
    if (chosen)
      file->notes.ignore_file(fmt::format("{} stands beside it and counts", chosen->notes.path()));
    else
      chosen = file;
  }
  std::string tag;
  if (chosen && parse_file(*chosen, nullptr) && parse_object(load, *chosen)) {
    ObjectView view(chosen->notes, chosen->value, "");
    load.app.name = view.string("name").value_or("");
    if (const Json* environment = view.get("environment")) {
      // Old exports write {"tag": "..."}.
      const Json* text = environment;
      if (environment->is_object()) {
        ObjectView inner(chosen->notes, *environment, view.at("environment"));
        text = inner.get("tag");
        inner.finish({"tag"}, Severity::warning, "the environment");
      }
      if (text && text->is_string())
        tag = text->get<std::string>();
      else if (text && !text->is_null())
        chosen->notes.error("wrong_kind", view.at("environment"),
                            fmt::format("\"environment\" is {}, expected a string", kind_of(*text)),
                            "name a file of environments/, or write \"\"");
    }
    if (const Json* sync = view.object("sync")) {
      ObjectView inner(chosen->notes, *sync, view.at("sync"));
      load.app.development_mode = inner.boolean("development_mode_enabled").value_or(false);
      inner.finish({"development_mode_enabled"}, Severity::warning, "the app's sync settings");
    }
    view.get("custom_user_data_config");  // read by load_custom_user_data
    for (std::string_view key :
         {"app_id", "client_app_id", "config_version", "deployment_model", "location",
          "provider_region", "provider", "allowed_request_origins", "security", "hosting",
          "product", "id", "group_id", "domain_id", "last_used", "last_modified", "auto_deploy",
          "template_id"})
      view.ignore(key, "ignored", std::string(kNotOfSync));
    view.finish({"name", "environment", "app_id", "config_version", "deployment_model", "location",
                 "provider_region", "custom_user_data_config"},
                Severity::warning, "the app's configuration");
  }
  load.app.environment_tag = tag;
  load_environments(load, tag);
}

void load_environments(Loading& load, const std::string& tag) {
  const std::string wanted =
      fmt::format("environments/{}.json", tag.empty() ? "no-environment" : tag);
  for (auto& [path, file] : load.files) {
    if (file.place.use != Use::environment) continue;
    if (path != wanted) {
      file.notes.ignore_file(tag.empty() ? "the app has no environment set"
                                         : fmt::format("the app's environment is {}", shown(tag)));
      continue;
    }
    if (!parse_file(file, nullptr) || !parse_object(load, file)) continue;
    ObjectView view(file.notes, file.value, "");
    if (const Json* values = view.object("values")) {
      file.notes.read_all("/values");
      for (const auto& [name, value] : values->items())
        load.app.environment[name] = std::make_shared<const Json>(value);
    }
    view.finish({"values"}, Severity::warning, "an environment");
  }
}

void load_values(Loading& load) {
  for (auto& [path, file] : load.files) {
    if (file.place.use != Use::value || !parse_object(load, file)) continue;
    ObjectView view(file.notes, file.value, "");
    std::string stem = path.substr(path.rfind('/') + 1);
    std::string name = view.string("name").value_or(stem.substr(0, stem.size() - 5));
    bool secret = view.boolean("from_secret").value_or(false);
    const Json* value = view.get_all("value");
    view.ignore("id", "ignored", "ids of the cloud app have no meaning here");
    view.ignore("_id", "ignored", "ids of the cloud app have no meaning here");
    view.ignore("private", "ignored", "\"private\" concerned functions and requests");
    view.ignore("from_secret_name", "ignored",
                "an export holds names of secrets, not their values");
    view.finish({"name", "value", "from_secret", "private", "id"}, Severity::warning, "a value");
    if (secret)
      file.notes.warning(
          "secret", "/value",
          fmt::format("%%values.{} comes from a secret, which an export does not hold: it is "
                      "missing here",
                      printable(name)),
          "set \"from_secret\" to false and write the value, if rules use it");
    else if (!value)
      file.notes.warning("missing_value", "",
                         fmt::format("%%values.{} has no value", printable(name)),
                         "write \"value\"");
    else if (!load.app.values.try_emplace(name, std::make_shared<const Json>(*value)).second)
      file.notes.error("duplicate_value", "/name",
                       fmt::format("another file gives %%values.{} too", printable(name)),
                       "give one of them another name");
  }
}

void load_custom_user_data(Loading& load) {
  File* file = load.find("auth/custom_user_data.json");
  for (std::string_view name : kRootNames) {
    File* root = load.find(std::string(name));
    if (!root || !root->parsed || !root->value.is_object() ||
        !root->value.contains("custom_user_data_config") || root->notes.ignored_file())
      continue;
    const Json& config = root->value["custom_user_data_config"];
    const std::string at = "/custom_user_data_config";
    if (file) {
      root->notes.ignored(at, "ignored", "auth/custom_user_data.json stands beside it and counts");
    } else if (!config.is_object()) {
      root->notes.read_all(at);
      root->notes.error("wrong_kind", at,
                        fmt::format("it is {}, expected an object", kind_of(config)),
                        "write {...}");
    } else {
      ObjectView view(root->notes, config, at);
      read_custom_user_data(load, root->notes, view);
    }
  }
  if (!file || !parse_object(load, *file)) return;
  ObjectView view(file->notes, file->value, "");
  read_custom_user_data(load, file->notes, view);
}

}  // namespace syncline::app
