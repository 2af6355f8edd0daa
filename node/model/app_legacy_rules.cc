// Permissions of before 2023, in sync's own configuration, rewritten to roles; each rewrite is told
// with its result.
//
// Two kinds. "permissions" {rules, defaultRoles} of flexible sync: applyWhen becomes apply_when,
// read and write become document_filters, everything else is allowed. "partition" of
// partition-based sync: one read and one write expression for all collections, about %%partition;
// it becomes the field that is the partition key.
#include <algorithm>

#include <fmt/format.h>

#include "node/model/app_rules.h"

namespace syncline::app {
namespace {

constexpr size_t kShownRoleBytes = 2000;

Json make_role(const std::string& name, const Json& apply_when, const Json& read,
               const Json& write) {
  return {{"name", name},
          {"apply_when", apply_when},
          {"document_filters", {{"read", read}, {"write", write}}},
          {"read", true},
          {"write", true},
          {"insert", true},
          {"delete", true},
          {"search", true}};
}

bool mentions(const Json& value, std::string_view text) {
  if (value.is_string()) return value.get_ref<const std::string&>().find(text) != std::string::npos;
  if (value.is_object()) {
    for (const auto& [key, child] : value.items())
      if (key.find(text) != std::string::npos || mentions(child, text)) return true;
  } else if (value.is_array()) {
    return std::ranges::any_of(value, [&](const Json& one) { return mentions(one, text); });
  }
  return false;
}

// An expression about %%partition as one about the field that is the key. None if it cannot be said
// so.
std::optional<Json> about_field(const Json& expression, const std::string& key) {
  constexpr std::string_view kPartition = "%%partition";
  if (!mentions(expression, kPartition)) return expression;
  if (!expression.is_object()) return std::nullopt;
  Json out = Json::object();
  for (const auto& [name, operand] : expression.items()) {
    if (name == kPartition) {
      if (mentions(operand, kPartition) || out.contains(key)) return std::nullopt;
      out[key] = operand;
    } else if (operand.is_string() && operand == kPartition && name.starts_with("%%user.")) {
      // A user's data may be a list of partitions: on the left side of one it matches each of them.
      const bool single = name == "%%user.id" || name == "%%user.type";
      const std::string to = single ? key : expression.contains("$or") ? "%or" : "$or";
      if (out.contains(to) || (!single && expression.contains(to))) return std::nullopt;
      out[to] = single ? Json(name) : Json::array();
      if (single) continue;
      out[to].push_back(Json::object({{key, name}}));
      out[to].push_back(Json::object({{key, Json::object({{"$in", name}})}}));
    } else if (operand.is_array() && (name == "$and" || name == "$or" || name == "%and" ||
                                      name == "%or" || name == "$nor" || name == "%nor")) {
      Json parts = Json::array();
      for (const Json& part : operand) {
        std::optional<Json> rewritten = about_field(part, key);
        if (!rewritten) return std::nullopt;
        parts.push_back(std::move(*rewritten));
      }
      out[name] = std::move(parts);
    } else if (name == "$not" || name == "%not") {
      std::optional<Json> rewritten = about_field(operand, key);
      if (!rewritten) return std::nullopt;
      out[name] = std::move(*rewritten);
    } else if (!mentions(operand, kPartition) && name.find(kPartition) == std::string::npos) {
      out[name] = operand;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

class LegacyRules {
 public:
  explicit LegacyRules(Loading& load) : load_(load), notes_(load.sync.part.file->notes) {}

  // {"rules": {"<type>": [role...]}, "defaultRoles": [role...]}
  void rewrite_flexible() {
    const std::string at = load_.sync.permissions_pointer;
    ObjectView view(notes_, *load_.sync.permissions, at);
    const Json* rules = view.object("rules");
    const Json* defaults = view.array("defaultRoles");
    view.finish({"rules", "defaultRoles"}, Severity::error, "sync's permissions");
    std::vector<RoleSource> default_roles;
    if (defaults)
      default_roles = rewrite_all(*defaults, view.at("defaultRoles"), "every collection");
    if (rules)
      for (const auto& [name, roles] : rules->items())
        rewrite_collection(name, roles, below(view.at("rules"), name));
    if (defaults && !defaults->empty())
      replace_defaults(std::move(default_roles), view.at("defaultRoles"));
  }

  // {"key": "owner", "type": "string", "required": true, "permissions": {"read": E, "write": E}}
  void rewrite_partition() {
    const std::string at = load_.sync.partition_pointer;
    ObjectView view(notes_, *load_.sync.partition, at);
    std::string key = view.string("key").value_or("");
    std::optional<std::string> type = view.string("type");
    view.boolean(
        "required");  // objects without the key were in no partition: they match no filter about it
    const Json* permissions = view.object("permissions");
    view.finish({"key", "type", "required", "permissions"}, Severity::error, "the partition");
    replace_everything();
    if (key.empty()) {
      notes_.read_all(at);
      notes_.error("partition", at, "the partition has no key", "write \"key\": \"<field>\"");
      return;
    }
    check_key(key, view.at("key"));
    auto& queryable = load_.app.queryable_fields;
    if (std::ranges::find(queryable, key) == queryable.end()) queryable.push_back(key);
    static const Json kNobody = Json::object();
    ObjectView inner(notes_, permissions ? *permissions : kNobody, view.at("permissions"));
    std::optional<Json> read = rewrite_expression(inner, "read", key);
    std::optional<Json> write = rewrite_expression(inner, "write", key);
    inner.finish({"read", "write"}, Severity::error, "the partition's permissions");
    if (!read || !write) return;
    Json role = make_role("partition", Json::object(), *read, *write);
    tell(role, view.at("permissions"), "permissions of partitions", "every collection");
    load_.app.default_rules.roles = {
        {notes_.path(), view.at("permissions"), std::make_shared<const Json>(std::move(role))}};
  }

 private:
  std::vector<RoleSource> rewrite_all(const Json& roles, const std::string& at,
                                      const std::string& whose) {
    std::vector<RoleSource> out;
    if (!roles.is_array()) {
      notes_.read_all(at);
      notes_.error("wrong_kind", at,
                   fmt::format("it is {}, expected an array of roles", kind_of(roles)),
                   "write [{\"name\": \"...\", \"applyWhen\": ...}]");
      return out;
    }
    for (size_t i = 0; i < roles.size(); ++i) {
      const std::string role_at = below(at, i);
      if (!roles[i].is_object()) {
        notes_.error("wrong_kind", role_at,
                     fmt::format("a role is {}, expected an object", kind_of(roles[i])),
                     "write {...}");
        continue;
      }
      std::optional<Json> role = rewrite_role(roles[i], role_at);
      if (!role) continue;
      tell(*role, role_at, fmt::format("the role {}", shown((*role)["name"])), whose);
      out.push_back({notes_.path(), role_at, std::make_shared<const Json>(std::move(*role))});
    }
    return out;
  }

  std::optional<Json> rewrite_role(const Json& role, const std::string& at) {
    ObjectView view(notes_, role, at);
    std::string name = view.string("name").value_or("");
    const Json* apply_when = view.get_all(role.contains("applyWhen") ? "applyWhen" : "apply_when");
    const Json* read = view.get_all("read");
    const Json* write = view.get_all("write");
    bool ok = view.finish({"name", "applyWhen", "read", "write"}, Severity::error,
                          "a role of before 2023");
    if (name.empty()) {
      ok = false;
      notes_.error("bad_role_name", at, "the role has no name", "write \"name\"");
    }
    if (!apply_when) {
      ok = false;
      notes_.error("missing_apply_when", at,
                   fmt::format("the role {} has no \"applyWhen\": to whom it applies is not known",
                               shown(name)),
                   "write \"applyWhen\": {} if it applies to everyone");
    }
    static const Json kNever = false;
    for (auto [key, value] : {std::pair("applyWhen", apply_when), {"read", read}, {"write", write}})
      if (value) ok &= check_expression(notes_, *value, below(at, key));
    if (!ok) return std::nullopt;
    return make_role(name, *apply_when, read ? *read : kNever, write ? *write : kNever);
  }

  void rewrite_collection(const std::string& name, const Json& roles, const std::string& at) {
    notes_.read(at);
    CollectionFiles* collection = find_collection(name);
    if (!collection) {
      notes_.read_all(at);
      notes_.set_partly();
      notes_.warning(
          "unknown_collection", at,
          fmt::format("{} is no synced collection: its permissions are not used", shown(name)),
          "correct the name, or remove it");
      return;
    }
    if (collection->rules.value && has_document_filters(*collection->rules.value)) {
      left_over(at, collection->rules.file->notes.path());
      return;
    }
    std::vector<RoleSource> sources = rewrite_all(roles, at, collection->name());
    collection->rules_replaced = kReplaced;
    if (!sources.empty()) load_.app.rules.push_back({collection->name(), std::move(sources)});
  }

  // Collections whose roles are of before 2023, and so not sync's, follow the default roles.
  void replace_defaults(std::vector<RoleSource> roles, const std::string& at) {
    File* file = load_.source ? load_.source->default_rules : nullptr;
    bool unified = file && parse_object(load_, *file) && has_document_filters(file->value);
    if (unified) {
      left_over(at, file->notes.path());
      return;
    }
    if (file && !file->notes.has_errors())
      file->notes.ignore_file(kReplaced, Severity::warning, "rules_replaced",
                              std::string(kRulesReplacedRemedy));
    load_.app.default_rules.roles = std::move(roles);
    for (auto& [name, collection] : load_.collections) {
      bool own = collection.rules.value && collection.rules.value->is_object() &&
                 has_document_filters(*collection.rules.value);
      if (collection.rules_replaced.empty() && !own) collection.rules_replaced = kReplaced;
    }
  }

  void replace_everything() {
    const char* why = "partition-based sync takes its permissions from sync's configuration only";
    File* file = load_.source ? load_.source->default_rules : nullptr;
    if (file)
      file->notes.ignore_file(why, Severity::warning, "rules_replaced",
                              std::string(kRulesReplacedRemedy));
    for (auto& [name, collection] : load_.collections) collection.rules_replaced = why;
  }

  void left_over(const std::string& at, const std::string& path) {
    notes_.read_all(at);
    notes_.set_partly();
    notes_.warning(
        "left_over", at,
        fmt::format("permissions of before 2023 are not used: {} has roles with document_filters",
                    path),
        "remove them");
  }

  CollectionFiles* find_collection(const std::string& name) {
    CollectionFiles* by_collection = nullptr;
    for (auto& [full, collection] : load_.collections) {
      if (collection.type.empty()) continue;
      if (collection.type == name) return &collection;
      if (collection.collection == name || full == name) by_collection = &collection;
    }
    return by_collection;
  }

  void check_key(const std::string& key, const std::string& at) {
    for (const TypeDef& type : load_.app.schema.types) {
      if (is_system(type.number) || type.embedded || type.field(key)) continue;
      notes_.warning("partition", at,
                     fmt::format("{} has no field {}: filters about it match none of its objects",
                                 shown(type.name), shown(key)),
                     "add the field, or write roles for the collection");
    }
  }

  std::optional<Json> rewrite_expression(ObjectView& permissions, std::string_view name,
                                         const std::string& key) {
    const Json* stated = permissions.get_all(name);
    const std::string at = permissions.at(name);
    if (!stated) return Json(false);
    if (!check_expression(notes_, *stated, at)) return std::nullopt;
    if (mentions(*stated, "%function")) {
      notes_.error(
          "function_in_rule", at,
          fmt::format("the {} permission calls a function, and Syncline does not run functions",
                      name),
          fmt::format("remove \"partition\" and write roles whose document_filters are about {}, "
                      "such as {{\"{}\": \"%%user.id\"}}",
                      shown(key), printable(key)));
      return std::nullopt;
    }
    std::optional<Json> out = about_field(*stated, key);
    if (!out)
      notes_.error("partition", at,
                   fmt::format("the {} permission {} cannot be said about the field {}", name,
                               shown(*stated), shown(key)),
                   "remove \"partition\" and write roles with document_filters");
    return out;
  }

  void tell(const Json& role, const std::string& at, const std::string& what,
            const std::string& whose) {
    std::string text = role.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() > kShownRoleBytes) text = "(too long to show)";
    notes_.info("rewritten", at,
                fmt::format("{}, rewritten to a role of {}: {}", what, whose, text));
  }

  static constexpr const char* kReplaced =
      "before 2023 sync took its permissions from its own configuration, which has some: these "
      "roles were for "
      "requests only";

  Loading& load_;
  Notes& notes_;
};

}  // namespace

void load_legacy_rules(Loading& load) {
  if (load.sync.partition) LegacyRules(load).rewrite_partition();
  if (load.sync.permissions) LegacyRules(load).rewrite_flexible();
}

}  // namespace syncline::app
