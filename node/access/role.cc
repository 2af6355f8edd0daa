#include "node/access/role.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "node/access/pointer.h"
#include "proto/limits.h"

namespace syncline {
namespace {

using Json = nlohmann::json;
using Severity = AppMessage::Severity;

constexpr std::array<std::string_view, 10> kRoleKeys = {
    "name",   "apply_when", "document_filters", "read",   "write",
    "insert", "delete",     "search",           "fields", "additional_fields"};
constexpr std::array<std::string_view, 3> kFieldKeys = {"read", "write", "fields"};
constexpr std::array<std::string_view, 2> kPairKeys = {"read", "write"};

// The nearest of the known keys, for a remedy; empty if none is near.
std::string_view nearest(std::string_view key, std::span<const std::string_view> known) {
  for (const std::string_view candidate : known)
    if (key.size() > 3 && (candidate.starts_with(key) || key.starts_with(candidate)))
      return candidate;
  return {};
}

class RoleCompiler {
 public:
  RoleCompiler(const RoleSource& source, RolesWithoutFilters setting, const Constants& constants,
               std::vector<AppMessage>* problems)
      : json_(*source.role), setting_(setting), constants_(constants), problems_(problems) {
    role_.file = source.file;
    role_.pointer = source.pointer;
  }

  CompiledRole compile() {
    if (!json_.is_object()) {
      error("malformed_role", role_.pointer, "a role is an object", "write { \"name\": ..., ... }");
      return std::move(role_);
    }
    name();
    check_keys(json_, role_.pointer, kRoleKeys);
    apply_when();
    permissions();
    role_.insert = filter("insert", "/insert");
    role_.remove = filter("delete", "/delete");
    literal(json_, role_.pointer, "search");
    document_filters();
    if (!role_.incompatible.empty()) {
      problems_->push_back({Severity::warning, role_.incompatible_code, role_.pointer,
                            role_.incompatible, std::move(remedy_)});
    }
    return std::move(role_);
  }

 private:
  void name() {
    if (json_.contains("name") && json_["name"].is_string()) role_.name = json_["name"];
    if (role_.name.empty()) {
      error("missing_name", role_.pointer, "the role has no name", "add \"name\": \"...\"");
      role_.name = "(unnamed)";
    }
    if (role_.name.size() > limits::kNameBytesMax) {
      error("name_too_long", pointer_to(role_.pointer, "name"),
            fmt::format("a role's name has at most {} bytes", limits::kNameBytesMax), "shorten it");
    }
  }

  void check_keys(const Json& object, const std::string& pointer,
                  std::span<const std::string_view> known) {
    for (const auto& item : object.items()) {
      const std::string& key = item.key();
      if (std::ranges::find(known, key) != known.end()) continue;
      const std::string_view near = nearest(key, known);
      error("unknown_key", pointer_to(pointer, key),
            fmt::format("role \"{}\": there is no key \"{}\" here", role_.name, key),
            near.empty() ? fmt::format("known keys: {}", fmt::join(known, ", "))
                         : fmt::format("did you mean \"{}\"?", near));
    }
  }

  void apply_when() {
    const std::string pointer = pointer_to(role_.pointer, "apply_when");
    if (!json_.contains("apply_when")) {
      error("missing_apply_when", role_.pointer,
            fmt::format("role \"{}\" does not say when it applies", role_.name),
            "add \"apply_when\": {} for \"always\"");
      return;
    }
    role_.apply_when = Expression::parse(json_["apply_when"], pointer, constants_, problems_);
    refuse_unsupported(role_.apply_when);
    if (!role_.apply_when.fields().empty()) {
      error("apply_when_reads_document", pointer,
            fmt::format("role \"{}\": apply_when reads the document's field \"{}\", but a role is "
                        "chosen for a user, before any document is there",
                        role_.name, role_.apply_when.fields().front()),
            "choose the role by %%user and move this condition to document_filters");
    }
  }

  void refuse_unsupported(const Expression& expression) {
    for (const Unsupported& what : expression.unsupported())
      error(what.code, what.pointer, fmt::format("role \"{}\": {}", role_.name, what.text),
            what.remedy);
  }

  // An expression that may depend on user and document. Absent: true.
  Expression filter(const char* key, const std::string& below) {
    if (!json_.contains(key)) return Expression();
    return filter_of(json_[key], role_.pointer + below);
  }

  Expression filter_of(const Json& json, const std::string& pointer) {
    Expression expression = Expression::parse(json, pointer, constants_, problems_);
    refuse_unsupported(expression);
    return expression;
  }

  // A field's permission. Absent: nothing.
  std::optional<Permission> permission(const Json& object, const std::string& parent,
                                       const char* key, const std::string& field) {
    if (!object.contains(key)) return std::nullopt;
    const std::string pointer = pointer_to(parent, key);
    Expression expression = Expression::parse(object[key], pointer, constants_, problems_, field);
    refuse_unsupported(expression);
    if (std::string_view(key) == "read") refuse_before(expression, pointer);
    if (const std::optional<bool> value = expression.constant()) return Permission{*value, {}};
    // Equal conditions of one place are one, unless they are about the field itself.
    const std::string text = object[key].dump();
    const bool about_itself =
        text.find("%%this") != std::string::npos || text.find("%%prev") != std::string::npos;
    const std::string about = about_itself ? field : field.substr(0, field.rfind('.') + 1);
    const auto [known, is_new] = condition_of_.emplace(about + text, role_.field_conditions.size());
    if (is_new) {
      role_.field_conditions.push_back(std::move(expression));
      role_.field_condition_places.emplace_back();
    }
    role_.field_condition_places[known->second].push_back(pointer);
    if (is_new && role_.field_conditions.size() == ObjectMask::kConditionsMax + 1)
      error("too_many_conditions", pointer,
            fmt::format("role \"{}\": its permissions of fields have more than {} different "
                        "conditions",
                        role_.name, ObjectMask::kConditionsMax),
            "give fields that go together one condition, or split the role by apply_when");
    return Permission{false, known->second};
  }

  // What reads has no before and after.
  void refuse_before(const Expression& expression, const std::string& pointer) {
    for (const std::string& field : expression.fields())
      if (parts_of(field).before)
        error("expansion_not_available", pointer,
              fmt::format("role \"{}\": %%prevRoot has a value where something is written, not "
                          "where it is read",
                          role_.name),
              "use %%root, or a field's name");
  }

  std::optional<Permission> document_permission(const Json& object, const std::string& parent,
                                                const char* key) {
    const std::optional<bool> value = literal(object, parent, key);
    return value ? std::optional(Permission{*value, {}}) : std::nullopt;
  }

  // A permission that sync wants literal. Absent: nothing.
  std::optional<bool> literal(const Json& object, const std::string& parent, const char* key) {
    if (!object.contains(key)) return std::nullopt;
    const std::string pointer = pointer_to(parent, key);
    const Expression expression = Expression::parse(object[key], pointer, constants_, problems_);
    if (const std::optional<bool> value = expression.constant()) return value;
    incompatible(
        "role_not_sync_compatible",
        fmt::format(
            "role \"{}\" grants nothing under sync: {} is an expression, and sync needs true or "
            "false there",
            role_.name, pointer),
        "write true or false, and put the condition into apply_when or document_filters");
    return false;
  }

  void permissions() {
    role_.document.read = document_permission(json_, role_.pointer, "read");
    role_.document.write = document_permission(json_, role_.pointer, "write");
    if (json_.contains("fields"))
      fields(json_["fields"], pointer_to(role_.pointer, "fields"), "", &role_.document.fields, 0);
    if (role_.document.fields.contains("_id")) {
      incompatible(
          "role_not_sync_compatible",
          fmt::format("role \"{}\" grants nothing under sync: it has a field permission for _id",
                      role_.name),
          fmt::format("remove {}/fields/_id; _id is readable with its object, and written once",
                      role_.pointer));
    }
    if (!json_.contains("additional_fields")) return;
    const Json& additional = json_["additional_fields"];
    const std::string pointer = pointer_to(role_.pointer, "additional_fields");
    if (!is_object(additional, pointer)) return;
    check_keys(additional, pointer, kPairKeys);
    role_.additional.read = permission(additional, pointer, "read", "");
    role_.additional.write = permission(additional, pointer, "write", "");
  }

  void fields(const Json& json, const std::string& pointer, const std::string& above,
              std::map<std::string, FieldPermission>* out, int depth) {
    if (!is_object(json, pointer)) return;
    if (depth > limits::kDepthMax) {
      error("too_deep", pointer,
            fmt::format("field permissions nest deeper than {}", limits::kDepthMax),
            "make them flatter");
      return;
    }
    for (const auto& item : json.items()) {
      const std::string at = pointer_to(pointer, item.key());
      if (!is_object(item.value(), at)) continue;
      check_keys(item.value(), at, kFieldKeys);
      FieldPermission& permission = (*out)[item.key()];
      const std::string name = above + item.key();
      permission.read = this->permission(item.value(), at, "read", name);
      permission.write = this->permission(item.value(), at, "write", name);
      if (item.value().contains("fields"))
        fields(item.value()["fields"], pointer_to(at, "fields"), name + ".", &permission.fields,
               depth + 1);
    }
  }

  bool is_object(const Json& json, const std::string& pointer) {
    if (json.is_object()) return true;
    error("malformed_role", pointer,
          fmt::format("role \"{}\": an object belongs here, not {}", role_.name, json.type_name()),
          "write { ... }");
    return false;
  }

  void document_filters() {
    const std::string pointer = pointer_to(role_.pointer, "document_filters");
    role_.read_filter = role_.write_filter = Expression::constant_of(false);
    if (!json_.contains("document_filters")) {
      without_filters();
      return;
    }
    const Json& filters = json_["document_filters"];
    if (!is_object(filters, pointer)) return;
    check_keys(filters, pointer, kPairKeys);
    for (const char* key : {"read", "write"}) {
      if (filters.contains(key)) continue;
      incompatible(
          "incomplete_document_filters",
          fmt::format("role \"{}\" grants nothing under sync: its document_filters lack \"{}\"",
                      role_.name, key),
          fmt::format("add to document_filters: \"{}\": true (or false)", key));
    }
    if (filters.contains("read"))
      role_.read_filter = filter_of(filters["read"], pointer_to(pointer, "read"));
    refuse_before(role_.read_filter, pointer_to(pointer, "read"));
    if (filters.contains("write"))
      role_.write_filter = filter_of(filters["write"], pointer_to(pointer, "write"));
  }

  void without_filters() {
    const bool write = grants(role_.document, role_.additional, &FieldPermission::write);
    const bool read = write || grants(role_.document, role_.additional, &FieldPermission::read);
    const std::string lines = fmt::format(
        "add to the role: \"document_filters\": {{\"read\": {}, \"write\": {}}}", read, write);
    if (setting_ == RolesWithoutFilters::literal) {
      role_.read_filter = Expression::constant_of(read);
      role_.write_filter = Expression::constant_of(write);
      problems_->push_back(
          {Severity::info, "role_without_document_filters", role_.pointer,
           fmt::format("role \"{}\" has no document_filters; its read and write serve as them, "
                       "because roles_without_filters is literal",
                       role_.name),
           lines});
      return;
    }
    incompatible("role_without_document_filters",
                 fmt::format("role \"{}\" has no document_filters, so it grants nothing under sync",
                             role_.name),
                 lines);
  }

  // Whether any field is granted at all.
  static bool grants(const FieldPermission& permission, const FieldPermission& additional,
                     std::optional<Permission> FieldPermission::* what) {
    if (permission.*what) return may_grant(permission.*what);
    if (may_grant(additional.*what)) return true;
    return std::ranges::any_of(permission.fields, [&](const auto& field) {
      return grants(field.second, FieldPermission(), what);
    });
  }

  void incompatible(std::string code, std::string text, std::string remedy) {
    if (!role_.incompatible.empty()) return;
    role_.incompatible_code = std::move(code);
    role_.incompatible = std::move(text);
    remedy_ = std::move(remedy);
  }

  void error(std::string code, std::string pointer, std::string text, std::string remedy) {
    problems_->push_back(
        {Severity::error, std::move(code), std::move(pointer), std::move(text), std::move(remedy)});
  }

  const Json& json_;
  RolesWithoutFilters setting_;
  const Constants& constants_;
  std::vector<AppMessage>* problems_;
  CompiledRole role_;
  std::map<std::string, size_t> condition_of_;  // by field, for %%this, and text
  std::string remedy_;
};

}  // namespace

CompiledRole compile_role(const RoleSource& source, RolesWithoutFilters setting,
                          const Constants& constants, std::vector<AppMessage>* problems) {
  return RoleCompiler(source, setting, constants, problems).compile();
}

}  // namespace syncline
