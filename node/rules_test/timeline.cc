#include "node/rules_test/timeline.h"

#include <algorithm>

#include <fmt/format.h>

namespace syncline::rules_test {
namespace {

bool has_roles(const Json& rules) {
  return rules.is_object() && rules.contains("roles") && rules["roles"].is_array() &&
         !rules["roles"].empty();
}

class Step {
 public:
  Step(const Json& step, const RulesCase& initial, RulesCase* now)
      : step_(step), initial_(initial), now_(*now) {}

  Result<bool> apply() {
    bool changed = false;
    for (const auto& [key, value] : step_.items()) {
      if (!is_change(key)) continue;
      changed = true;
      SYNCLINE_TRY(change(key.starts_with("set_") ? key.substr(4) : key, value));
    }
    return changed;
  }

 private:
  static std::unexpected<Error> bad(std::string text) {
    return fail(ErrorCode::kBadData, std::move(text));
  }

  Status change(const std::string& what, const Json& value) {
    if (what == "rules") return rules(value);
    if (what == "default_rule") {
      now_.config.default_rule = value.is_array() ? Json{{"roles", value}} : value;
    } else if (what == "collection_rules") {
      now_.config.collection_rules = value;
    } else if (what == "roles") {
      SYNCLINE_ASSIGN(Json * list, rule_list());
      (*list)["roles"] = value;
    } else if (what == "custom_data" || what == "user_custom_data") {
      return user_part("custom_data", value);
    } else if (what == "data") {
      return user_part("data", value);
    } else if (what == "users") {
      now_.users = value;
    } else if (what == "subscriptions") {
      now_.subscriptions = value;
    } else if (what == "values") {
      now_.config.values = value;
    } else if (what == "environment") {
      now_.config.environment = value;
    } else if (what == "documents") {
      now_.documents = value;
    } else if (what == "role") {
      SYNCLINE_ASSIGN(Json * role, role_at_hand());
      *role = value;
    } else if (what == "document_filters" || what == "filters") {
      return document_filters(value);
    } else {
      SYNCLINE_ASSIGN(Json * role, role_at_hand());
      (*role)[what] = value;
    }
    return {};
  }

  // The whole list, or {name: what of that role changes}.
  Status roles(const Json& value) {
    SYNCLINE_ASSIGN(Json * list, rule_list());
    if (!value.is_object() || !has_roles(*list)) {
      (*list)["roles"] = value;
      return {};
    }
    for (const auto& [name, change] : value.items()) {
      const auto role = std::ranges::find_if(
          (*list)["roles"],
          [&, &wanted = name](const Json& one) { return text_in(one, "name") == wanted; });
      if (role == (*list)["roles"].end())
        return bad(fmt::format("the step changes the role {}, and there is none", name));
      patch(&*role, change);
    }
    return {};
  }

  // A role whole, or some of its keys.
  static void patch(Json* role, const Json& value) {
    if (!value.is_object() || value.contains("apply_when")) {
      *role = value;
      return;
    }
    for (const auto& [key, part] : value.items()) (*role)[key] = part;
  }

  // "initial"; a list of roles; {"roles"}; {"default_rule", "collection_rules"}.
  Status rules(const Json& value) {
    CaseConfig& config = now_.config;
    if (value == "initial") {
      config.default_rule = initial_.config.default_rule;
      config.collection_rules = initial_.config.collection_rules;
      return {};
    }
    if (value.is_string()) return {};  // "unchanged", and other words for it
    if (value.is_object() &&
        (value.contains("default_rule") || value.contains("collection_rules"))) {
      if (value.contains("default_rule")) config.default_rule = value["default_rule"];
      if (value.contains("collection_rules")) config.collection_rules = value["collection_rules"];
      return {};
    }
    SYNCLINE_ASSIGN(Json * list, rule_list());
    if (value.is_object() && value.contains("roles"))
      *list = value;
    else
      (*list)["roles"] = value;
    return {};
  }

  // Of the collection that the step names, else the default rules, else the only ones.
  Result<Json*> rule_list() {
    CaseConfig& config = now_.config;
    const std::string collection = text_in(step_, "collection");
    if (!collection.empty()) {
      if (!config.collection_rules.is_object()) config.collection_rules = Json::object();
      return &config.collection_rules[collection];
    }
    if (!has_roles(config.default_rule) && config.collection_rules.is_object() &&
        config.collection_rules.size() == 1)
      return &config.collection_rules.begin().value();
    if (!config.default_rule.is_object()) config.default_rule = Json::object();
    return &config.default_rule;
  }

  // The one that the step names, else the first.
  Result<Json*> role_at_hand() {
    SYNCLINE_ASSIGN(Json * list, rule_list());
    if (!has_roles(*list)) return bad("the step changes a role, and there is none");
    std::string name = text_in(step_, "role_name");
    if (name.empty()) name = text_in(step_, "role");
    for (Json& role : (*list)["roles"])
      if (name.empty() || text_in(role, "name") == name) return &role;
    return bad(fmt::format("the step changes the role {}, and there is none", name));
  }

  // {"read", "write"}, or one condition for both.
  Status document_filters(const Json& value) {
    SYNCLINE_ASSIGN(Json * role, role_at_hand());
    const bool both = value.is_object() && !value.empty() &&
                      std::ranges::all_of(value.items(), [](const auto& item) {
                        return item.key() == "read" || item.key() == "write";
                      });
    if (both)
      for (const auto& [key, filter] : value.items()) (*role)["document_filters"][key] = filter;
    else
      (*role)["document_filters"] = {{"read", value}, {"write", value}};
    return {};
  }

  Json* user(const std::string& id) {
    for (Json& one : now_.users)
      if (text_in(one, "id") == id) return &one;
    return nullptr;
  }

  // {user: value}, or the value of the step's user, or of the only one.
  Status user_part(const char* key, const Json& value) {
    const bool by_user = value.is_object() && !value.empty() && !step_.contains("user") &&
                         std::ranges::all_of(value.items(), [&](const auto& item) {
                           return user(item.key()) != nullptr;
                         });
    if (by_user) {
      for (const auto& [id, own] : value.items()) (*user(id))[key] = own;
      return {};
    }
    std::string id = text_in(step_, "user");
    if (id.empty() && now_.users.size() == 1) id = text_in(now_.users[0], "id");
    Json* one = user(id);
    if (one == nullptr)
      return bad(fmt::format("the step changes the user {}, and there is none", id));
    (*one)[key] = value;
    return {};
  }

  const Json& step_;
  const RulesCase& initial_;
  RulesCase& now_;
};

}  // namespace

Result<bool> apply_step(const Json& step, const RulesCase& initial, RulesCase* now) {
  return Step(step, initial, now).apply();
}

}  // namespace syncline::rules_test
