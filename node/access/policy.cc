// Policy: every role of an app compiled once, with its masks for every type; and one user's choice
// among them.
#include "node/access/policy.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "node/access/explanation.h"
#include "node/access/mask_builder.h"
#include "node/access/pointer.h"
#include "node/access/role.h"
#include "node/access/rule_checks.h"
#include "node/access/user_resolver.h"

namespace syncline {
namespace {

using Severity = AppMessage::Severity;

// The roles of one collection, or the default roles, in the order in which they are tried.
struct RoleList {
  std::string collection;  // empty: the default roles
  bool enforced = true;    // some synced type uses it
  std::vector<CompiledRole> roles;
  std::vector<std::vector<AppMessage>> problems;  // by role
};

// A type and what each role of its list gives.
struct TypeRoles {
  TypeNumber type;
  std::string name;
  std::string collection;
  FieldNumber id_field;
  size_t list = 0;
  // By role. If it has conditions on fields, only most() tells something.
  std::vector<ObjectMask> readable;
  std::vector<ObjectMask> writable;
};

struct Compiled {
  std::vector<RoleList> lists;  // the first is the default's
  std::vector<TypeRoles> types;
};

// A message and the file that it is about.
struct FileMessage {
  std::string file;
  AppMessage message;
};

Constants constants_of(const App& app, std::shared_ptr<const RuleFunctions> functions,
                       std::vector<FileMessage>* problems) {
  Constants constants;
  constants.functions = std::move(functions);
  constants.environment_tag = app.environment_tag;
  const auto read = [&](const auto& from, auto file_of, std::map<std::string, Value>* to) {
    for (const auto& [name, json] : from) {
      Result<Value> value = json ? value_of_json(*json) : fail(ErrorCode::kBadApp, "no value");
      if (value) {
        to->emplace(name, std::move(*value));
      } else {
        problems->push_back({file_of(name),
                             {Severity::error, "malformed_value", "",
                              fmt::format("the value of \"{}\": {}", name, value.error().message),
                              "write a JSON or Extended JSON value"}});
      }
    }
  };
  const std::string tag = app.environment_tag.empty() ? "no-environment" : app.environment_tag;
  read(
      app.values, [](const std::string& name) { return fmt::format("values/{}.json", name); },
      &constants.values);
  read(
      app.environment, [&](const std::string&) { return fmt::format("environments/{}.json", tag); },
      &constants.environment);
  return constants;
}

RoleList compile_list(const CollectionRules& rules, RolesWithoutFilters setting,
                      const Constants& constants) {
  RoleList list;
  list.collection = rules.collection;
  for (const RoleSource& source : rules.roles) {
    std::vector<AppMessage>& problems = list.problems.emplace_back();
    list.roles.push_back(compile_role(source, setting, constants, &problems));
    check_conditions(list.roles.back(), *source.role, &problems);
  }
  check_role_order(list.roles, &list.problems);
  return list;
}

bool is_synced(const TypeDef& type) { return !type.embedded && !is_system(type.number); }

// Why a condition can never find the field in the type; empty: it may.
std::string object_to_path(const Schema& schema, const TypeDef& type, std::string_view dotted,
                           Severity* severity) {
  *severity = Severity::error;
  const TypeDef* at = &type;
  const FieldDef* last = nullptr;
  for (;;) {
    const size_t dot = std::min(dotted.find('.'), dotted.size());
    const std::string name(dotted.substr(0, dot));
    if (last != nullptr && last->collection == Collection::list &&
        std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; }))
      return fmt::format(
          "{} is a list, and its places are no fields: a condition holds for any "
          "of its elements",
          last->name);
    if (last != nullptr && last->collection != Collection::dictionary && at == nullptr &&
        last->type != ScalarType::mixed)
      return fmt::format(
          "{} has no fields of its own: conditions do not follow links, and look "
          "into embedded objects only",
          last->name);
    if (at == nullptr) return {};  // below a dictionary's key, or in a mixed value
    const FieldDef* field = at->field(name);
    if (field == nullptr && !at->open) {
      *severity = Severity::warning;  // default roles are for types of many kinds
      return fmt::format("{} has no field {}", at->name, name);
    }
    if (field == nullptr) return {};  // kept outside the schema, or in none
    if (dot == dotted.size()) return {};
    dotted.remove_prefix(dot + 1);
    last = field;
    const bool inside = field->type == ScalarType::embedded;
    at = inside && field->collection != Collection::dictionary ? schema.type(field->target)
                                                               : nullptr;
    if (field->collection == Collection::dictionary) return {};
  }
}

// Is it the permission of a field inside a list's elements, by what is in the elements? Any of them
// would open all. `below`: of the permission, under its role: "/fields/comments/fields/text/read".
bool is_about_elements(const TypeDef& type, std::string_view below, std::string_view name) {
  constexpr std::string_view kFields = "/fields/";
  if (!below.starts_with(kFields)) return false;
  below.remove_prefix(kFields.size());
  const std::string top(below.substr(0, below.find('/')));
  const FieldDef* field = type.field(top);
  return field != nullptr && field->collection == Collection::list &&
         below.substr(top.size()).starts_with(kFields) && name.starts_with(top + ".");
}

// Paths that lead nowhere would make `$ne`, `$not` and `null` hold for every object.
void check_paths(const Schema& schema, const TypeDef& type, RoleList* list) {
  for (size_t i = 0; i < list->roles.size(); ++i) {
    const CompiledRole& role = list->roles[i];
    std::vector<std::pair<const Expression*, std::string>> conditions = {
        {&role.read_filter, role.pointer + "/document_filters/read"},
        {&role.write_filter, role.pointer + "/document_filters/write"},
        {&role.insert, role.pointer + "/insert"},
        {&role.remove, role.pointer + "/delete"}};
    for (size_t j = 0; j < role.field_conditions.size(); ++j)
      conditions.emplace_back(&role.field_conditions[j], role.field_condition_places[j].front());
    for (const auto& [condition, pointer] : conditions)
      for (const std::string& field : condition->fields()) {
        const std::string_view name = parts_of(field).path;
        Severity severity = Severity::error;
        std::string why =
            name.empty() ? std::string() : object_to_path(schema, type, name, &severity);
        if (why.empty() &&
            is_about_elements(type, std::string_view(pointer).substr(role.pointer.size()), name)) {
          severity = Severity::error;
          why = "it is in a list, and a permission is given for all elements at once";
        }
        if (why.empty()) continue;
        list->problems[i].push_back(
            {severity, "path_leads_nowhere", pointer,
             fmt::format("role \"{}\": {} of {} can never be there: {}", role.name, name, type.name,
                         why),
             "correct the path, or keep what decides in a field of the object"});
      }
  }
}

Compiled compile_app(const App& app, RolesWithoutFilters setting, const Constants& constants) {
  Compiled out;
  out.lists.push_back(compile_list(app.default_rules, setting, constants));
  out.lists.front().collection.clear();
  for (const CollectionRules& rules : app.rules) {
    if (rules.roles.empty()) continue;  // a collection without roles has the default ones
    out.lists.push_back(compile_list(rules, setting, constants));
    out.lists.back().enforced = false;
  }
  for (const TypeDef& type : app.schema.types) {
    if (!is_synced(type)) continue;
    TypeRoles& roles = out.types.emplace_back();
    roles.type = type.number;
    roles.name = type.name;
    roles.collection = type.collection;
    if (const FieldDef* id = type.field("_id")) roles.id_field = id->number;
    for (size_t i = 1; i < out.lists.size() && roles.list == 0; ++i)
      if (out.lists[i].collection == type.collection) roles.list = i;
    RoleList& list = out.lists[roles.list];
    list.enforced = true;
    check_paths(app.schema, type, &list);
    for (size_t i = 0; i < list.roles.size(); ++i)
      check_comparisons(list.roles[i], app.schema, type, &list.problems[i]);
    for (const CompiledRole& role : list.roles) {
      roles.readable.push_back(readable_mask(role, app.schema, type, role.field_conditions));
      roles.writable.push_back(writable_mask(role, app.schema, type, role.field_conditions));
    }
  }
  return out;
}

std::string text_of(const std::string& file, const AppMessage& message) {
  return fmt::format("{}: {}; {}", place_of(file, message.pointer), message.text, message.remedy);
}

// The first error among the roles that are enforced, and how many there are.
Status status_of(const Compiled& compiled, const std::vector<FileMessage>& general) {
  std::string first;
  size_t errors = 0;
  std::set<std::string> texts;  // of missing functions: all are named
  const auto count = [&](const std::string& file, const AppMessage& message) {
    if (message.severity != Severity::error) return;
    if (++errors == 1) first = text_of(file, message);
    if (message.code == "missing_function") texts.insert(message.text);
  };
  for (const FileMessage& problem : general) count(problem.file, problem.message);
  for (const RoleList& list : compiled.lists) {
    if (!list.enforced) continue;
    for (size_t i = 0; i < list.roles.size(); ++i)
      for (const AppMessage& message : list.problems[i]) count(list.roles[i].file, message);
  }
  if (errors == 0) return {};
  if (texts.size() > 1) first += fmt::format(". In all: {}", fmt::join(texts, "; "));
  if (errors > 1)
    first += fmt::format(" (and {} more; `syncline app check` lists them)", errors - 1);
  return fail(ErrorCode::kBadApp, std::move(first));
}

void report_message(AppReport* report, const std::string& path, const char* kind,
                    AppMessage message) {
  auto file = std::ranges::find(report->files, path, &AppFileReport::path);
  if (file == report->files.end()) {
    report->files.push_back({path, kind, "used", {}});
    file = report->files.end() - 1;
  }
  if (message.severity == Severity::error) {
    ++report->errors;
    file->status = "error";
  } else if (message.severity == Severity::warning) {
    ++report->warnings;
  }
  file->messages.push_back(std::move(message));
}

// The file that describes a collection, in either layout: "db.items" is db/items/schema.json or
// rules/db.items.json.
std::string schema_file(const AppReport& report, std::string collection) {
  const std::string old_layout = "/rules/" + collection + ".json";
  const size_t dot = collection.find('.');
  if (dot != std::string::npos) collection[dot] = '/';
  const std::string layout = "/" + collection + "/schema.json";
  for (const AppFileReport& file : report.files)
    if (file.path.ends_with(layout) || file.path.ends_with(old_layout)) return file.path;
  return layout.substr(1);
}

// The loader says it already of a whole app.
bool has_message(const AppReport& report, std::string_view path, std::string_view code) {
  for (const AppFileReport& file : report.files)
    for (const AppMessage& message : file.messages)
      if (file.path == path && message.code == code) return true;
  return false;
}

// A type that nobody may touch, and custom user data that its users may write, are easily
// overlooked.
void report_type(const App& app, const Compiled& compiled, const TypeRoles& type,
                 AppReport* report) {
  const RoleList& list = compiled.lists[type.list];
  const std::string schema = schema_file(*report, type.collection);
  if (list.roles.empty() && !has_message(*report, schema, "no_roles")) {
    report_message(
        report, schema, "schema",
        {Severity::warning, "no_roles", "",
         fmt::format("nobody may read or write {}: its collection {} has no roles, and there are "
                     "no default roles",
                     type.name, type.collection),
         "add rules.json for the collection, or default_rule.json for all"});
  }
  if (!app.custom_user_data.enabled || type.collection != app.custom_user_data.collection) return;
  for (size_t i = 0; i < list.roles.size(); ++i) {
    const CompiledRole& role = list.roles[i];
    if (type.writable[i].empty() || role.write_filter.constant() == false) continue;
    report_message(
        report, role.file, "rules",
        {Severity::warning, "custom_user_data_writable", role.pointer,
         fmt::format(
             "role \"{}\" may write {}, which holds custom user data: such users can change their "
             "own permissions",
             role.name, type.name),
         "write \"write\": false in its document_filters, and change users by `syncline user "
         "set`"});
  }
}

std::string no_role_text(const RoleList& list, const TypeRoles& type) {
  if (list.roles.empty())
    return fmt::format("collection {} has no roles, and there are no default roles",
                       type.collection);
  return fmt::format("no role in {} applies to this user", list.roles.front().file);
}

}  // namespace

struct Policy::Impl {
  std::shared_ptr<const App> app;  // shared: the authority, its validator and this read one app
  Compiled compiled;
};

Policy::Policy(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Policy::~Policy() = default;

Result<std::shared_ptr<const Policy>> Policy::compile(
    std::shared_ptr<const App> app, RolesWithoutFilters setting,
    std::shared_ptr<const RuleFunctions> functions) {
  std::vector<FileMessage> general;
  const Constants constants = constants_of(*app, std::move(functions), &general);
  auto impl = std::make_unique<Impl>();
  impl->compiled = compile_app(*app, setting, constants);
  SYNCLINE_TRY(status_of(impl->compiled, general));
  impl->app = std::move(app);
  return std::shared_ptr<const Policy>(new Policy(std::move(impl)));
}

void Policy::check(const App& app, RolesWithoutFilters setting, AppReport* report,
                   std::shared_ptr<const RuleFunctions> functions) {
  std::vector<FileMessage> general;
  const Constants constants = constants_of(app, std::move(functions), &general);
  const Compiled compiled = compile_app(app, setting, constants);
  for (FileMessage& problem : general)
    report_message(report, problem.file, "values", std::move(problem.message));
  for (const RoleList& list : compiled.lists) {
    for (size_t i = 0; i < list.roles.size(); ++i) {
      for (AppMessage message : list.problems[i]) {
        if (!list.enforced && message.severity == Severity::error) {
          message.severity = Severity::warning;
          message.text += "; not enforced, for the collection has no schema and is not synced";
        }
        report_message(report, list.roles[i].file, "rules", std::move(message));
      }
    }
  }
  for (const TypeRoles& type : compiled.types) report_type(app, compiled, type, report);
}

namespace {

// One user's role in a list, and its conditions as they stand for that user.
struct Chosen {
  const CompiledRole* role = nullptr;  // null: none applies
  size_t index = 0;
  // Bound to the user.
  Expression read_filter = Expression::constant_of(false);
  Expression write_filter = Expression::constant_of(false);
  Expression insert;
  Expression remove;
  std::vector<Expression> field_conditions;
};

Chosen choose(const RoleList& list, const UserResolver& user) {
  Chosen chosen;
  for (size_t i = 0; i < list.roles.size(); ++i) {
    const CompiledRole& role = list.roles[i];
    if (!role.apply_when.evaluate(user)) continue;
    chosen.role = &role;
    chosen.index = i;
    if (!role.incompatible.empty()) return chosen;
    chosen.write_filter = role.write_filter.bind(user);
    // Who may write an object may read it.
    chosen.read_filter = Expression::any_of(chosen.write_filter, role.read_filter.bind(user));
    chosen.insert = role.insert.bind(user);
    chosen.remove = role.remove.bind(user);
    for (const Expression& condition : role.field_conditions)
      chosen.field_conditions.push_back(condition.bind(user));
    return chosen;
  }
  return chosen;
}

TypeAccess::Condition condition_of(const Expression& expression, const Schema& schema,
                                   TypeNumber type) {
  if (expression.constant()) return nullptr;
  return std::make_shared<const DocumentFilter>(expression, schema, type);
}

// Not for any object, or for some.
bool may_hold(const Expression& expression) { return expression.constant().value_or(true); }

TypeAccess access_to(const Schema& schema, const TypeRoles& type, const RoleList& list,
                     const Chosen& chosen) {
  TypeAccess access;
  access.id_field = type.id_field;
  if (!chosen.role) {
    access.why_none = no_role_text(list, type);
    return access;
  }
  const CompiledRole& role = *chosen.role;
  access.role = role.name;
  access.file = role.file;
  access.pointer = role.pointer;
  access.write_filter = may_hold(chosen.write_filter);
  const bool fixed = role.field_conditions.empty();
  if (may_hold(chosen.read_filter))
    access.readable =
        fixed ? type.readable[chosen.index]
              : readable_mask(role, schema, *schema.type(type.type), chosen.field_conditions);
  if (access.write_filter)
    access.writable =
        fixed ? type.writable[chosen.index]
              : writable_mask(role, schema, *schema.type(type.type), chosen.field_conditions);
  access.read = !access.readable.empty();
  access.write = !access.writable.empty();
  access.insert = access.write && may_hold(chosen.insert);
  access.remove = access.write && may_hold(chosen.remove);
  access.read_when = condition_of(chosen.read_filter, schema, type.type);
  access.write_when = condition_of(chosen.write_filter, schema, type.type);
  access.insert_when = condition_of(chosen.insert, schema, type.type);
  access.remove_when = condition_of(chosen.remove, schema, type.type);
  if (access.read || access.write) return access;
  access.why_none = role.incompatible;
  if (access.why_none.empty())
    access.why_none = fmt::format("role \"{}\" grants this user nothing", role.name);
  access.why_none += fmt::format(" ({})", place_of(role.file, role.pointer));
  return access;
}

}  // namespace

Access Policy::access_of(const User& user) const {
  const UserResolver resolver(user);
  const Compiled& compiled = impl_->compiled;
  std::vector<Chosen> chosen;
  for (const RoleList& list : compiled.lists)
    chosen.push_back(list.enforced ? choose(list, resolver) : Chosen());
  Access access;
  for (const TypeDef& type : system_types()) {
    TypeAccess& none = access.types[type.number.value];
    none.why_none = "it is a system type, which only the authority writes";
    if (const FieldDef* id = type.field("_id")) none.id_field = id->number;
  }
  for (const TypeRoles& type : compiled.types)
    access.types[type.type.value] =
        access_to(impl_->app->schema, type, compiled.lists[type.list], chosen[type.list]);
  return access;
}

namespace {

const TypeRoles* roles_of(const Compiled& compiled, TypeNumber type) {
  const auto found = std::ranges::find(compiled.types, type, &TypeRoles::type);
  return found == compiled.types.end() ? nullptr : &*found;
}

}  // namespace

std::vector<RoleAnswer> Policy::explain_role(const User& user, TypeNumber type) const {
  std::vector<RoleAnswer> out;
  const TypeRoles* roles = roles_of(impl_->compiled, type);
  if (roles == nullptr) return out;
  const UserResolver resolver(user);
  for (const CompiledRole& role : impl_->compiled.lists[roles->list].roles) {
    const std::optional<bool> constant = role.apply_when.constant();
    RoleAnswer& answer = out.emplace_back();
    answer.name = role.name;
    answer.file = role.file;
    answer.pointer = role.pointer + "/apply_when";
    answer.applies = role.apply_when.evaluate(resolver);
    answer.why = constant ? fmt::format("it applies to {}", *constant ? "everyone" : "nobody")
                          : explain(role.apply_when, resolver);
    if (answer.applies) break;
  }
  return out;
}

std::vector<ClauseAnswer> Policy::explain_clauses(const User& user, TypeNumber type,
                                                  const Value& id, const Scope& fields) const {
  std::vector<ClauseAnswer> out;
  const TypeRoles* roles = roles_of(impl_->compiled, type);
  if (roles == nullptr) return out;
  const UserResolver resolver(user);
  const RoleList& list = impl_->compiled.lists[roles->list];
  const Chosen chosen = choose(list, resolver);
  if (chosen.role == nullptr || !chosen.role->incompatible.empty()) return out;
  const CompiledRole& role = *chosen.role;
  std::vector<std::tuple<std::string, std::string, const Expression*>> clauses = {
      {"document_filters.read", role.pointer + "/document_filters/read", &role.read_filter},
      {"document_filters.write", role.pointer + "/document_filters/write", &role.write_filter},
      {"insert", role.pointer + "/insert", &role.insert},
      {"delete", role.pointer + "/delete", &role.remove}};
  for (size_t i = 0; i < role.field_conditions.size(); ++i) {
    const std::string& pointer = role.field_condition_places[i].front();
    std::string name = pointer.substr(role.pointer.size() + 1);
    std::ranges::replace(name, '/', '.');
    clauses.emplace_back(std::move(name), pointer, &role.field_conditions[i]);
  }
  for (const auto& [name, pointer, condition] : clauses) {
    // Of the condition as it stands, so that what the user stands for is told too.
    const DocumentFilter filter(*condition, impl_->app->schema, type);
    const std::optional<bool> constant = condition->constant();
    ClauseAnswer& answer = out.emplace_back();
    answer.clause = name;
    answer.pointer = pointer;
    answer.holds = filter.holds(id, fields, &resolver);
    answer.why = constant
                     ? fmt::format("it is {}", *constant ? "true" : "false")
                     : filter.why(id, &fields, fields, [](const Path&) { return true; }, &resolver);
  }
  return out;
}

}  // namespace syncline
