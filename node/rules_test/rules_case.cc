#include "node/rules_test/rules_case.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "node/access/pointer.h"
#include "proto/limits.h"

namespace syncline::rules_test {
namespace {

using Keys = std::span<const std::string_view>;

// For people, wherever they stand.
constexpr std::string_view kForPeople[] = {
    "why",         "note",        "notes",  "because",  "source",    "comment",    "comments",
    "unspecified", "description", "see",    "doc_note", "reference", "assumption", "assumptions",
    "explanation", "remark",      "caveat", "title",    "origin",    "rationale",  "hint"};
constexpr std::string_view kCaseKeys[] = {"id",
                                          "name",
                                          "mode",
                                          "app",
                                          "users",
                                          "documents",
                                          "subscriptions",
                                          "values",
                                          "environment",
                                          "expect",
                                          "legacy_sync_config"};
constexpr std::string_view kAppKeys[] = {
    "sync",   "schemas",     "default_rule", "collection_rules",
    "values", "environment", "name",         "legacy_sync_config"};
constexpr std::string_view kUserKeys[] = {"id",          "type",       "data",
                                          "custom_data", "identities", "name"};
constexpr std::string_view kExpectKeys[] = {"role",
                                            "role_by_collection",
                                            "read",
                                            "visible_fields",
                                            "writes",
                                            "transactions",
                                            "then",
                                            "final_client_state",
                                            "timeline",
                                            "client_reset",
                                            "migrated",
                                            "sync_compatible",
                                            "refused_at_deploy"};
constexpr std::string_view kStepKeys[] = {"role",
                                          "role_by_collection",
                                          "read",
                                          "visible_fields",
                                          "writes",
                                          "write",
                                          "transactions",
                                          "then",
                                          "final_client_state",
                                          "client_reset",
                                          "sync_compatible",
                                          "no_bootstrap",
                                          "bootstrap"};
constexpr std::string_view kChangeKeys[] = {
    "rules",  "custom_data",      "default_rule",  "collection_rules",
    "roles",  "document_filters", "subscriptions", "users",
    "values", "environment",      "documents"};
// What set_KEY sets: one of the above, or a key of a role.
constexpr std::string_view kSetKeys[] = {"rules",        "custom_data",      "data",
                                         "default_rule", "collection_rules", "roles",
                                         "role",         "subscriptions",    "users",
                                         "values",       "environment",      "document_filters",
                                         "filters",      "apply_when",       "read",
                                         "write",        "insert",           "delete",
                                         "search",       "fields",           "additional_fields",
                                         "documents",    "user_custom_data"};
// Whom or what a step's change is about.
constexpr std::string_view kSelectorKeys[] = {"user", "collection", "role_name", "step", "at"};
constexpr std::string_view kWriteKeys[] = {
    "user",    "op",      "collection",      "id",    "doc", "set", "unset",
    "allowed", "outcome", "reason_contains", "reason"};
constexpr std::string_view kTransactionKeys[] = {"user",    "writes",  "operations",
                                                 "allowed", "outcome", "reason_contains"};
constexpr std::string_view kOps[] = {"insert", "update", "replace", "delete"};

bool among(std::string_view key, Keys keys) { return std::ranges::find(keys, key) != keys.end(); }

class Checker {
 public:
  explicit Checker(std::string file) : file_(std::move(file)) {}

  Status whole(const Json& json) {
    if (!json.is_object()) return bad("", "a case is an object");
    SYNCLINE_TRY(keys(json, "", kCaseKeys));
    if (json.contains("mode") && json["mode"] != "sync" && json["mode"] != "request")
      return bad("/mode", "it is \"sync\" or \"request\"");
    if (json.contains("app")) SYNCLINE_TRY(object(json["app"], "/app", kAppKeys));
    SYNCLINE_TRY(each(json, "users", "", [&](const Json& user, const std::string& at) -> Status {
      SYNCLINE_TRY(object(user, at, kUserKeys));
      if (!user.contains("id") || !user["id"].is_string()) return bad(at, "a user has an \"id\"");
      return {};
    }));
    if (json.contains("documents")) SYNCLINE_TRY(documents(json["documents"], "/documents"));
    if (!json.contains("expect")) return bad("", "it expects nothing: \"expect\" is missing");
    return expectations(json["expect"], "/expect", kExpectKeys);
  }

 private:
  std::unexpected<Error> bad(const std::string& pointer, std::string_view what) const {
    return fail(ErrorCode::kBadData, fmt::format("{}: {}", place_of(file_, pointer), what));
  }

  Status keys(const Json& json, const std::string& at, Keys known, Keys more = {}) const {
    for (const auto& [key, value] : json.items()) {
      if (among(key, known) || among(key, more) || among(key, kForPeople) || key.starts_with("_"))
        continue;
      return bad(pointer_to(at, key),
                 fmt::format("unknown key \"{}\"; known here: {}", key, fmt::join(known, ", ")));
    }
    return {};
  }

  Status object(const Json& json, const std::string& at, Keys known) const {
    if (!json.is_object()) return bad(at, "it is an object");
    return keys(json, at, known);
  }

  template <class Check>
  Status each(const Json& json, const char* key, const std::string& parent,
              const Check& check) const {
    if (!json.contains(key)) return {};
    const std::string at = pointer_to(parent, key);
    if (!json[key].is_array()) return bad(at, "it is a list");
    for (size_t i = 0; i < json[key].size(); ++i)
      SYNCLINE_TRY(check(json[key][i], pointer_to(at, i)));
    return {};
  }

  Status documents(const Json& json, const std::string& at) const {
    if (!json.is_object()) return bad(at, "it is an object of lists, by collection");
    for (const auto& [name, list] : json.items())
      if (!list.is_array()) return bad(pointer_to(at, name), "it is a list of documents");
    return {};
  }

  Status write(const Json& json, const std::string& at) const {
    SYNCLINE_TRY(object(json, at, kWriteKeys));
    const std::string op = text_in(json, "op");
    if (!among(op, kOps))
      return bad(pointer_to(at, "op"), fmt::format("it is one of {}", fmt::join(kOps, ", ")));
    if (text_in(json, "user").empty()) return bad(at, "a write has a \"user\"");
    const char* needed = op == "insert" ? "doc" : "id";
    if (!json.contains(needed)) return bad(at, fmt::format("{} needs \"{}\"", op, needed));
    if (json.contains("set") && !json["set"].is_object())
      return bad(at + "/set", "it is an object");
    return {};
  }

  Status transaction(const Json& json, const std::string& at) const {
    if (json.is_object() && json.contains("op")) return write(json, at);
    const auto check = [&](const Json& one, const std::string& place) { return write(one, place); };
    if (json.is_array()) return each(Json{{"t", json}}, "t", at, check);
    SYNCLINE_TRY(object(json, at, kTransactionKeys));
    SYNCLINE_TRY(each(json, "writes", at, check));
    return each(json, "operations", at, check);
  }

  Status expectations(const Json& json, const std::string& at, Keys known, Keys more = {}) const {
    if (!json.is_object()) return bad(at, "it is an object");
    for (const auto& [key, value] : json.items()) {
      const bool of_type = key.starts_with("read_") && key.size() > 5;
      const bool sets = key.starts_with("set_") && among(key.substr(4), kSetKeys);
      if (of_type || (sets && !more.empty())) continue;
      SYNCLINE_TRY(keys(Json{{key, value}}, at, known, more));
    }
    const auto one = [&](const Json& write_json, const std::string& place) {
      return transaction(write_json, place);
    };
    for (const char* key : {"writes", "then", "transactions"})
      SYNCLINE_TRY(each(json, key, at, one));
    if (json.contains("write") && json["write"].is_object())
      SYNCLINE_TRY(write(json["write"], pointer_to(at, "write")));
    return each(json, "timeline", at, [&](const Json& step, const std::string& place) {
      return expectations(step, place, kStepKeys, kStepMore);
    });
  }

  static constexpr auto kStepMore = [] {
    std::array<std::string_view, std::size(kChangeKeys) + std::size(kSelectorKeys)> all{};
    std::ranges::copy(kSelectorKeys, std::ranges::copy(kChangeKeys, all.begin()).out);
    return all;
  }();

  std::string file_;
};

// What reads a case goes down with it.
bool nests_too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') ++i;
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > 2 * limits::kDepthMax) return true;
  }
  return false;
}

// "shared/05_feed.json" is "05_feed".
std::string stem_of(const std::string& file) {
  const size_t slash = file.rfind('/');
  std::string name = slash == std::string::npos ? file : file.substr(slash + 1);
  return name.substr(0, name.rfind('.'));
}

}  // namespace

bool is_change(std::string_view key) { return key.starts_with("set_") || among(key, kChangeKeys); }

Result<RulesCase> read_case(const std::string& file, std::string_view text, const AppFiles& base) {
  if (nests_too_deep(text))
    return fail(ErrorCode::kBadData, fmt::format("{}: it nests too deep", file));
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return fail(ErrorCode::kBadData, fmt::format("{}: it is not JSON", file));
  SYNCLINE_TRY(Checker(file).whole(json));
  RulesCase out;
  out.file_name = stem_of(file);
  out.name =
      json.contains("id") && json["id"].is_string() ? json["id"].get<std::string>() : out.file_name;
  out.request = part(json, "mode") == "request";
  const Json app = part(json, "app");
  const auto either = [&](const char* key) {
    return json.contains(key) ? json[key] : part(app, key);
  };
  out.config.base = base;
  out.config.sync = part(app, "sync");
  out.config.legacy_sync = either("legacy_sync_config");
  out.config.schemas = part(app, "schemas");
  out.config.default_rule = part(app, "default_rule");
  out.config.collection_rules = part(app, "collection_rules");
  out.config.values = either("values");
  out.config.environment = either("environment");
  if (!out.config.schemas.is_object() && base.empty())
    return fail(
        ErrorCode::kBadData,
        fmt::format("{}#/app/schemas: the case has no schemas, and --app gives none", file));
  if (json.contains("users")) out.users = json["users"];
  if (json.contains("documents")) out.documents = json["documents"];
  out.subscriptions = part(json, "subscriptions");
  out.expect = json["expect"];
  return out;
}

CaseWrite write_of(const Json& json, const std::string& pointer) {
  CaseWrite out;
  out.pointer = pointer;
  out.user = text_in(json, "user");
  out.op = text_in(json, "op");
  out.collection = text_in(json, "collection");
  out.id = part(json, "id");
  out.doc = part(json, "doc");
  if (json.contains("set")) out.set = json["set"];
  const Json unset = part(json, "unset");
  for (const auto& [key, value] : unset.items())
    out.unset.push_back(unset.is_array() && value.is_string() ? value.get<std::string>() : key);
  if (out.op == "insert" && out.doc.is_object() && out.doc.contains("_id")) out.id = out.doc["_id"];
  out.allowed = json.contains("allowed") && json["allowed"].is_boolean()
                    ? json["allowed"].get<bool>()
                    : !json.contains("outcome");
  out.outcome = text_in(json, "outcome");
  const Json reason = part(json, "reason_contains");
  if (reason.is_string()) out.reason_contains.push_back(reason.get<std::string>());
  if (reason.is_array())
    for (const Json& one : reason)
      if (one.is_string()) out.reason_contains.push_back(one.get<std::string>());
  return out;
}

}  // namespace syncline::rules_test
