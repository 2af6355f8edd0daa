#include "node/model/app_rules.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "proto/limits.h"

namespace syncline::app {
namespace {

constexpr std::string_view kExpression =
    "write true, false, or an object such as {\"owner_id\": \"%%user.id\"}";

class RoleReader {
 public:
  RoleReader(File& file, const TypeDef* type) : notes_(file.notes), type_(type) {}

  bool read(const Json& role, const std::string& at) {
    ObjectView view(notes_, role, at);
    ok_ = true;
    read_name(view);
    if (!role.contains("apply_when")) {
      ok_ = false;
      notes_.error("missing_apply_when", at,
                   fmt::format("the role {} has no \"apply_when\": to whom it applies is not known",
                               shown(name_)),
                   "write \"apply_when\": {} if it applies to everyone");
    }
    for (std::string_view key : {"apply_when", "read", "write", "insert", "delete"})
      expression(view, key);
    read_filters(view);
    view.ignore("search", "ignored", "\"search\" concerns Atlas Search, which sync does not use");
    read_fields(view, "fields", type_, 0);
    if (const Json* more = view.object("additional_fields")) {
      ObjectView inner(notes_, *more, view.at("additional_fields"));
      expression(inner, "read");
      expression(inner, "write");
      finish(inner, {"read", "write"}, "additional_fields");
    } else {
      ok_ &= !role.contains("additional_fields");
    }
    finish(view,
           {"name", "apply_when", "document_filters", "read", "write", "insert", "delete", "search",
            "fields", "additional_fields"},
           "a role");
    return ok_;
  }

  const std::string& name() const { return name_; }

 private:
  void read_name(ObjectView& view) {
    std::optional<std::string> name = view.string("name");
    name_ = name.value_or("");
    if (name_.empty()) {
      ok_ = false;
      notes_.error("bad_role_name", view.pointer(), "the role has no name", "write \"name\"");
    } else if (name_.size() > limits::kNameBytesMax) {
      ok_ = false;
      notes_.error(
          "bad_role_name", view.at("name"),
          fmt::format("the name has {} bytes; it may have {}", name_.size(), limits::kNameBytesMax),
          "choose a shorter name");
    }
  }

  void expression(ObjectView& view, std::string_view key) {
    if (const Json* value = view.get_all(key))
      ok_ &= check_expression(notes_, *value, view.at(key));
  }

  void read_filters(ObjectView& view) {
    const Json* filters = view.get("document_filters");
    if (!filters) return;
    if (!filters->is_object()) {
      ok_ = false;
      notes_.read_all(view.at("document_filters"));
      notes_.error("wrong_kind", view.at("document_filters"),
                   fmt::format("\"document_filters\" is {}, expected an object", kind_of(*filters)),
                   "write {\"read\": ..., \"write\": ...}");
      return;
    }
    ObjectView inner(notes_, *filters, view.at("document_filters"));
    expression(inner, "read");
    expression(inner, "write");
    finish(inner, {"read", "write"}, "document_filters");
  }

  // {"field": {"read": E, "write": E, "fields": {...}}}
  void read_fields(ObjectView& parent, std::string_view key, const TypeDef* type, int depth) {
    const Json* fields = parent.get(key);
    if (!fields) return;
    const std::string at = parent.at(key);
    if (!fields->is_object() || depth > limits::kDepthMax) {
      ok_ = false;
      notes_.read_all(at);
      notes_.error("wrong_kind", at,
                   fmt::format("\"fields\" is {}, expected an object of fields", kind_of(*fields)),
                   "write {\"<field>\": {\"read\": true, \"write\": true}}");
      return;
    }
    for (const auto& [name, permissions] : fields->items()) {
      const std::string field_at = below(at, name);
      notes_.read(field_at);
      if (!permissions.is_object()) {
        ok_ = false;
        notes_.read_all(field_at);
        notes_.error("wrong_kind", field_at,
                     fmt::format("the permissions of {} are {}, expected an object", shown(name),
                                 kind_of(permissions)),
                     "write {\"read\": true, \"write\": true}");
        continue;
      }
      if (type && !type->field(name)) warn_unknown_field(*type, name, field_at);
      ObjectView inner(notes_, permissions, field_at);
      expression(inner, "read");
      expression(inner, "write");
      read_fields(inner, "fields", nullptr, depth + 1);
      finish(inner, {"read", "write", "fields"}, "a field's permissions");
    }
  }

  void warn_unknown_field(const TypeDef& type, const std::string& name, const std::string& at) {
    std::vector<std::string_view> names;
    for (const FieldDef& field : type.fields) names.push_back(field.name);
    std::string near = notes_.has_enough("unknown_field") ? "" : nearest(name, names);
    notes_.warning("unknown_field", at,
                   fmt::format("{} has no field {}", shown(type.name), shown(name)),
                   near.empty() ? "correct the name, or remove it"
                                : fmt::format("did you mean \"{}\"?", near));
  }

  // A key that nothing knows may have been meant to forbid something.
  void finish(ObjectView& view, std::initializer_list<std::string_view> known,
              std::string_view what) {
    ok_ &= view.finish(known, Severity::error, what);
  }

  Notes& notes_;
  const TypeDef* type_;
  std::string name_;
  bool ok_ = true;
};

void finish_rules(ObjectView& view) {
  view.ignore("id", "ignored", "ids of the cloud app have no meaning here");
  view.ignore("_id", "ignored", "ids of the cloud app have no meaning here");
  view.finish({"database", "collection", "roles", "filters", "schema", "relationships"},
              Severity::error, "rules");
}

// rules.json says where it belongs; it must agree with where it lies.
void check_place(File& file, ObjectView& view, const CollectionFiles& collection) {
  for (auto [key, expected] : {std::pair("database", &collection.database),
                               std::pair("collection", &collection.collection)}) {
    std::optional<std::string> stated = view.string(key);
    if (stated && *stated != *expected)
      file.notes.error("path_mismatch", view.at(key),
                       fmt::format("\"{}\" is {}, but the file lies in the place of {}", key,
                                   shown(*stated), shown(*expected)),
                       "move the file, or correct the name");
  }
}

void load_default_rules(Loading& load) {
  File* file = load.source ? load.source->default_rules : nullptr;
  if (!file || file->notes.ignored_file() || !parse_object(load, *file)) return;
  ObjectView view(file->notes, file->value, "");
  load.app.default_rules.roles = read_roles(*file, view, nullptr);
  for (std::string_view key : {"database", "collection"})
    view.ignore(key, "ignored", "default rules are for every collection without rules of its own");
  finish_rules(view);
}

void load_collection_rules(Loading& load, CollectionFiles& collection) {
  const Part& part = collection.rules;
  if (!part.file || !part.value || part.file->notes.ignored_file()) return;
  bool whole_file = part.file->place.use == Use::rules;
  if (collection.type.empty() && !collection.schema_unread) {
    if (whole_file)
      part.file->notes.ignore_file(
          fmt::format("the collection {} is not synced", collection.name()));
    else
      part.file->notes.read_all("");
    return;
  }
  if (!collection.rules_replaced.empty() && whole_file) {
    part.file->notes.ignore_file(collection.rules_replaced, Severity::warning, "rules_replaced",
                                 std::string(kRulesReplacedRemedy));
    return;
  }
  ObjectView view(part.file->notes, *part.value, part.pointer);
  check_place(*part.file, view, collection);
  if (!whole_file) {
    view.get("schema");
    view.get("relationships");
  }
  if (!collection.rules_replaced.empty()) {
    if (view.get_all("roles"))
      part.file->notes.warning("rules_replaced", view.at("roles"), collection.rules_replaced,
                               std::string(kRulesReplacedRemedy));
    view.ignore("filters", "ignored", "filters apply to requests, not to sync");
    part.file->notes.set_partly();
    finish_rules(view);
    return;
  }
  CollectionRules rules{collection.name(),
                        read_roles(*part.file, view, load.app.schema.type(collection.type))};
  finish_rules(view);
  if (!rules.roles.empty()) load.app.rules.push_back(std::move(rules));
}

// A type that no role speaks of is a type that nobody sees.
void warn_without_roles(Loading& load) {
  if (!load.app.default_rules.roles.empty()) return;
  for (const auto& [path, file] : load.files)
    if (file.notes.has_errors()) return;  // the roles may be where the errors are
  for (auto& [name, collection] : load.collections) {
    if (collection.type.empty()) continue;
    bool has_rules = std::ranges::any_of(
        load.app.rules, [&](const CollectionRules& rules) { return rules.collection == name; });
    if (has_rules) continue;
    collection.schema.file->notes.warning(
        "no_roles", collection.schema.pointer,
        fmt::format("no role is about {}: no user may read or write it", shown(collection.type)),
        "add a rules.json to the collection, or a default_rule.json to the data source");
  }
}

}  // namespace

std::vector<RoleSource> read_roles(File& file, ObjectView& rules, const TypeDef* type) {
  std::vector<RoleSource> out;
  rules.ignore("filters", "ignored", "filters apply to requests, not to sync");
  const Json* roles = rules.array("roles");
  if (!roles) return out;
  std::set<std::string> names;
  for (size_t i = 0; i < roles->size(); ++i) {
    const Json& role = (*roles)[i];
    const std::string at = below(rules.at("roles"), i);
    if (!role.is_object()) {
      file.notes.error("wrong_kind", at,
                       fmt::format("a role is {}, expected an object", kind_of(role)),
                       "write {\"name\": \"...\", \"apply_when\": ...}");
      continue;
    }
    // With a fault, too, which is noted: its conditions are checked all the same.
    RoleReader reader(file, type);
    reader.read(role, at);
    if (!names.insert(reader.name()).second)
      file.notes.warning("duplicate_role", at,
                         fmt::format("two roles are called {}; the first that applies is taken",
                                     shown(reader.name())),
                         "give each a name of its own");
    out.push_back({file.notes.path(), at, std::make_shared<const Json>(role)});
  }
  return out;
}

bool check_expression(Notes& notes, const Json& value, const std::string& pointer) {
  if (value.is_boolean() || value.is_object()) return true;
  if (value.is_string() && value.get_ref<const std::string&>().starts_with("%%")) return true;
  notes.error("bad_expression", pointer, fmt::format("{} is no expression", shown(value)),
              std::string(kExpression));
  return false;
}

bool has_document_filters(const Json& rules) {
  auto roles = rules.find("roles");
  if (roles == rules.end() || !roles->is_array()) return false;
  return std::ranges::any_of(*roles, [](const Json& role) {
    return role.is_object() && role.contains("document_filters");
  });
}

void load_rules(Loading& load) {
  load_legacy_rules(load);  // says which of the others do not count
  load_default_rules(load);
  for (auto& [name, collection] : load.collections) load_collection_rules(load, collection);
  std::ranges::sort(load.app.rules, {}, &CollectionRules::collection);
  warn_without_roles(load);
}

}  // namespace syncline::app
