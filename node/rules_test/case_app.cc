#include "node/rules_test/case_app.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "proto/extended_json.h"

namespace syncline::rules_test {
namespace {

constexpr const char* kSource = "data_sources/mongodb-atlas/";

std::string database_of(const CaseConfig& config) {
  for (const Json* sync : {&config.legacy_sync, &config.sync})
    if (const std::string name = text_in(*sync, "database_name"); !name.empty()) return name;
  return "test";
}

// The directory of the base's synced data source, and where a collection lies in it.
std::string source_of(const CaseConfig& config) {
  for (const auto& [path, text] : config.base)
    if (path.starts_with("data_sources/") && path.ends_with("/config.json"))
      return path.substr(0, path.size() - std::string_view("config.json").size());
  return kSource;
}

std::string collection_directory(const CaseConfig& config, const std::string& source,
                                 const std::string& name) {
  for (const auto& [path, text] : config.base)
    if (path.starts_with(source) && path.ends_with("/" + name + "/schema.json"))
      return path.substr(0, path.size() - std::string_view("schema.json").size());
  return source + database_of(config) + "/" + name + "/";
}

// Where the roles of a list lie, by file: what the case calls them.
struct Lists {
  std::string default_file;
  std::map<std::string, std::string> collection_files;  // path to the case's name
};

Lists lists_of(const CaseConfig& config) {
  Lists out;
  const std::string source = source_of(config);
  out.default_file = source + "default_rule.json";
  if (config.collection_rules.is_object())
    for (const auto& [name, rules] : config.collection_rules.items())
      out.collection_files[collection_directory(config, source, name) + "rules.json"] = name;
  return out;
}

// "/roles/2/apply_when" is about role 2.
std::optional<size_t> role_of(std::string_view pointer) {
  constexpr std::string_view kRoles = "/roles/";
  if (!pointer.starts_with(kRoles)) return std::nullopt;
  pointer.remove_prefix(kRoles.size());
  size_t index = 0;
  const auto [end, error] = std::from_chars(pointer.data(), pointer.data() + pointer.size(), index);
  if (error != std::errc()) return std::nullopt;
  return index;
}

Json* role_at(CaseConfig* config, const Lists& lists, const std::string& file, size_t index) {
  Json* rules = nullptr;
  if (file == lists.default_file) rules = &config->default_rule;
  if (const auto found = lists.collection_files.find(file); found != lists.collection_files.end())
    rules = &config->collection_rules[found->second];
  if (rules == nullptr || !rules->is_object() || !rules->contains("roles")) return nullptr;
  Json& roles = (*rules)["roles"];
  return roles.is_array() && index < roles.size() && roles[index].is_object() ? &roles[index]
                                                                              : nullptr;
}

std::string name_of(const Json& role) { return text_in(role, "name"); }

// The same role without what it grants.
Json denying(const Json& role, bool keep_apply_when) {
  return {{"name", name_of(role).empty() ? "(unnamed)" : name_of(role)},
          {"apply_when",
           keep_apply_when && role.contains("apply_when") ? role["apply_when"] : Json(false)},
          {"document_filters", {{"read", false}, {"write", false}}},
          {"read", false},
          {"write", false}};
}

bool grants_nothing(const std::string& code) {
  return code == "role_not_sync_compatible" || code == "incomplete_document_filters" ||
         code == "role_without_document_filters";
}

void collect_roles(const CaseConfig& config, CaseApp* out) {
  const auto add = [&](const Json& rules) {
    if (!rules.is_object() || !rules.contains("roles") || !rules["roles"].is_array()) return;
    for (const Json& role : rules["roles"])
      if (role.is_object()) {
        out->roles.emplace(name_of(role), role);
        out->usable.emplace(name_of(role), true);
      }
  };
  add(config.default_rule);
  if (config.collection_rules.is_object())
    for (const auto& [name, rules] : config.collection_rules.items()) add(rules);
}

// One turn: loads and checks. Roles at fault are made to grant nothing, for the next one.
struct Turn {
  std::shared_ptr<const App> app;
  std::string error;  // the first; empty: none
  bool repaired = false;
};

Turn take_turn(CaseConfig* config, CaseApp* out) {
  Turn turn;
  AppReport report;
  turn.app = load_app(files_of(*config), &report);
  if (turn.app != nullptr)
    Policy::check(*turn.app, RolesWithoutFilters::deny, &report, config->functions);
  const Lists lists = lists_of(*config);
  for (const AppFileReport& file : report.files)
    for (const AppMessage& message : file.messages) {
      const bool error = message.severity == AppMessage::Severity::error;
      const std::optional<size_t> index = role_of(message.pointer);
      Json* role = index ? role_at(config, lists, file.path, *index) : nullptr;
      if (role != nullptr && (error || grants_nothing(message.code)))
        out->usable[name_of(*role)] = false;
      if (!error) continue;
      if (turn.error.empty())
        turn.error =
            fmt::format("{}#{}: {}; {}", file.path, message.pointer, message.text, message.remedy);
      if (role == nullptr) continue;
      *role = denying(*role, message.pointer.find("apply_when") == std::string::npos);
      turn.repaired = true;
    }
  return turn;
}

}  // namespace

const Json& part(const Json& json, const char* key) {
  static const Json kNothing;
  if (!json.is_object()) return kNothing;
  const auto found = json.find(key);
  return found == json.end() ? kNothing : *found;
}

std::string text_in(const Json& json, const char* key) {
  const Json& found = part(json, key);
  return found.is_string() ? found.get<std::string>() : std::string();
}

Result<Value> value_of(const Json& json) {
  std::string text;
  try {
    text = json.dump();
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorCode::kBadData, "a string is not UTF-8");
  }
  return parse_extended_json(text);
}

AppFiles files_of(const CaseConfig& config) {
  AppFiles files = config.base;
  const std::string source = source_of(config);
  Json root = {{"config_version", 20210101}, {"name", "case"}};
  Json environment = config.environment;
  if (environment.is_string()) environment = {{"tag", environment}};
  if (environment.is_object() && !environment.contains("tag") && !environment.contains("values"))
    environment = {{"values", environment}};
  if (environment.is_object()) {
    const std::string tag = text_in(environment, "tag");
    root["environment"] = tag;
    files[fmt::format("environments/{}.json", tag.empty() ? "no-environment" : tag)] =
        Json{{"values", environment.value("values", Json::object())}}.dump();
  }
  if (config.base.empty() || environment.is_object()) {
    files.erase("root_config.json");
    files["realm_config.json"] = root.dump();
  }
  if (config.base.empty())
    files[source + "config.json"] = Json{
        {"name", "mongodb-atlas"},
        {"type", "mongodb-atlas"},
        {"config", Json::object()}}.dump();
  Json sync = config.legacy_sync.is_object() ? config.legacy_sync : config.sync;
  if (!sync.is_object() && config.base.empty())
    sync = {{"type", "flexible"}, {"state", "enabled"}, {"database_name", "test"}};
  if (sync.is_object()) {
    if (!sync.contains("service_name") && config.base.empty())
      sync["service_name"] = "mongodb-atlas";
    files["sync/config.json"] = sync.dump();
  }
  if (config.schemas.is_object())
    for (const auto& [name, schema] : config.schemas.items())
      files[collection_directory(config, source, name) + "schema.json"] = schema.dump();
  if (config.default_rule.is_object())
    files[source + "default_rule.json"] = config.default_rule.dump();
  if (config.collection_rules.is_object())
    for (const auto& [name, rules] : config.collection_rules.items())
      files[collection_directory(config, source, name) + "rules.json"] = rules.dump();
  if (config.values.is_object())
    for (const auto& [name, value] : config.values.items())
      files[fmt::format("values/{}.json", name)] =
          Json{{"name", name}, {"value", value}, {"from_secret", false}}.dump();
  return files;
}

const TypeDef* CaseApp::type(const std::string& name) const {
  for (const TypeDef& type : app->schema.types) {
    if (type.embedded || is_system(type.number)) continue;
    const size_t dot = type.collection.find('.');
    if (dot != std::string::npos && type.collection.substr(dot + 1) == name) return &type;
  }
  const TypeDef* type = app->schema.type(std::string_view(name));
  return type == nullptr || type->embedded || is_system(type->number) ? nullptr : type;
}

Result<CaseApp> make_case_app(const CaseConfig& given) {
  CaseApp out;
  CaseConfig config = given;
  collect_roles(config, &out);
  if (config.schemas.is_object())
    for (const auto& [name, schema] : config.schemas.items()) out.types.push_back(name);
  // Each turn takes the faults out of roles that had some; one of them can uncover another.
  for (int turns = 0;; ++turns) {
    Turn turn = take_turn(&config, &out);
    if (out.refused.empty()) out.refused = turn.error;
    if (turn.error.empty()) {
      out.app = std::move(turn.app);
      break;
    }
    if (!turn.repaired || turns == 3)
      return fail(ErrorCode::kBadData, "the app does not load: " + turn.error);
  }
  Result<std::shared_ptr<const Policy>> policy =
      Policy::compile(out.app, RolesWithoutFilters::deny, config.functions);
  if (!policy) return fail(ErrorCode::kBadData, policy.error().message);
  out.policy = std::move(*policy);
  Result<std::shared_ptr<const Validator>> validator = Validator::compile(*out.app);
  if (!validator) return fail(ErrorCode::kBadData, validator.error().message);
  out.validator = std::move(*validator);
  if (out.types.empty())
    for (const TypeDef& type : out.app->schema.types)
      if (!type.embedded && !is_system(type.number)) out.types.push_back(type.name);
  return out;
}

}  // namespace syncline::rules_test
