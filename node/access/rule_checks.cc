#include "node/access/rule_checks.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "node/access/compare.h"
#include "node/access/explanation.h"
#include "node/access/expression_tree.h"

namespace syncline {
namespace {

using access_internal::Comparison;
using access_internal::Node;
using access_internal::Operand;
using Severity = AppMessage::Severity;

struct Clause {
  const Expression* condition;
  const char* below;  // its pointer in the role
};

std::array<Clause, 4> clauses_of(const CompiledRole& role) {
  return {{{&role.read_filter, "/document_filters/read"},
           {&role.write_filter, "/document_filters/write"},
           {&role.insert, "/insert"},
           {&role.remove, "/delete"}}};
}

void warn(std::vector<AppMessage>* problems, std::string code, std::string pointer,
          std::string text, std::string remedy) {
  // The same condition may be about several types, and both filters the same.
  for (const AppMessage& known : *problems)
    if (known.code == code && known.pointer == pointer && known.text == text) return;
  problems->push_back(
      {Severity::warning, std::move(code), std::move(pointer), std::move(text), std::move(remedy)});
}

// Written to be false; or false in this environment, and meant for another.
bool is_meant(const nlohmann::json& json) {
  return json == false || json == "%%false" ||
         json.dump().find("%%environment") != std::string::npos;
}

// What stands at the clause's pointer in the role; null if nothing does.
const nlohmann::json* at(const nlohmann::json& source, const char* below) {
  const nlohmann::json::json_pointer pointer{std::string(below)};
  return source.contains(pointer) ? &source[pointer] : nullptr;
}

// The declared field that a dotted name ends at, null if it cannot be told: inside a mixed value,
// or below a dictionary's key.
const FieldDef* declared(const Schema& schema, const TypeDef& type, std::string_view dotted) {
  const TypeDef* place = &type;
  for (;;) {
    const size_t dot = std::min(dotted.find('.'), dotted.size());
    const FieldDef* field = place == nullptr ? nullptr : place->field(dotted.substr(0, dot));
    if (field == nullptr || field->type == ScalarType::mixed) return nullptr;
    if (dot == dotted.size()) return field;
    if (field->collection == Collection::dictionary) return nullptr;
    dotted.remove_prefix(dot + 1);
    place = field->type == ScalarType::embedded ? schema.type(field->target) : nullptr;
  }
}

// May a field of the type hold a value that equals this one, or is ordered with it?
bool fits(ScalarType type, const Value& value) {
  const bool number = value.is_integer() || value.is<double>() || value.is<Decimal128>();
  if (value.is_null()) return true;  // a field that an object lacks is null
  switch (type) {
    case ScalarType::boolean:
      return value.is<bool>();
    case ScalarType::int32:
    case ScalarType::int64:
    case ScalarType::number:
    case ScalarType::floating:
    case ScalarType::decimal:
      return number;
    case ScalarType::string:
      return value.is<std::string>();
    case ScalarType::binary:
      return value.is<Binary>() || value.is<Uuid>();
    case ScalarType::date:
      return value.is<Date>();
    case ScalarType::object_id:
      return value.is<ObjectId>();
    case ScalarType::uuid:
      return value.is<Uuid>();
    case ScalarType::timestamp:
      return value.is<Timestamp>();
    case ScalarType::regex:
      return value.is<Regex>();
    case ScalarType::null:
      return false;
    case ScalarType::embedded:
      return value.is<Document>();
    case ScalarType::link:
    case ScalarType::mixed:
      break;
  }
  return true;
}

const char* name_of(ScalarType type) {
  static constexpr const char* kNames[] = {
      "mixed", "bool",     "int",  "long",    "number",    "double", "string", "binData",
      "date",  "objectId", "uuid", "decimal", "timestamp", "regex",  "null",   "embedded object",
      "link"};
  return kNames[static_cast<size_t>(type)];
}

class Comparisons {
 public:
  Comparisons(const CompiledRole& role, const Schema& schema, const TypeDef& type,
              std::vector<AppMessage>* problems)
      : role_(role), schema_(schema), type_(type), problems_(problems) {}

  void check(const Clause& clause) {
    pointer_ = role_.pointer + clause.below;
    visit(clause.condition->tree());
  }

 private:
  void visit(const Node& node) {
    for (const Node& child : node.children) visit(child);
    if (node.kind == Node::Kind::compare) compare(node);
    if (node.kind == Node::Kind::all) contradictions(node);
  }

  void compare(const Node& node) {
    if (node.left.kind != Operand::Kind::field || node.right.kind != Operand::Kind::literal ||
        node.right.missing)
      return;
    const Value& wanted = node.right.literal;
    const List* list = wanted.get_if<List>();
    if (node.comparison == Comparison::in && list != nullptr && list->elements.empty()) {
      tell("empty_in",
           fmt::format("{} is compared with an empty list: nothing is in it", node.left.name),
           "write the values, or false");
      return;
    }
    if (node.comparison == Comparison::ne || node.comparison == Comparison::nin ||
        node.comparison == Comparison::exists)
      return;
    const FieldDef* field = declared(schema_, type_, parts_of(node.left.name).path);
    if (field == nullptr || field->collection == Collection::dictionary) return;
    const bool many = node.comparison == Comparison::in && list != nullptr;
    const bool possible =
        many ? std::ranges::any_of(list->elements,
                                   [&](const Value& one) { return may_equal(*field, one); })
             : may_equal(*field, wanted);
    if (possible) return;
    tell("comparison_never_holds",
         fmt::format("{} of {} is declared {}{}, and is never equal to, or ordered with, {}",
                     node.left.name, type_.name, name_of(field->type),
                     field->collection == Collection::none ? "" : "s, in a collection",
                     value_told(wanted)),
         "write a value of the field's type; %stringToOid and %stringToUuid make ids of strings");
  }

  static bool may_equal(const FieldDef& field, const Value& value) {
    if (field.collection != Collection::none && value.is<List>()) return true;
    return fits(field.type, value);
  }

  // {"a": 1} and {"a": 2} at once.
  void contradictions(const Node& node) {
    std::map<std::string, const Value*> equal;
    for (const Node& child : node.children) {
      if (child.kind != Node::Kind::compare || child.comparison != Comparison::eq ||
          child.left.kind != Operand::Kind::field || child.right.kind != Operand::Kind::literal ||
          child.right.missing)
        continue;
      const FieldDef* field = declared(schema_, type_, parts_of(child.left.name).path);
      // A list may contain both.
      if (field == nullptr || field->collection != Collection::none ||
          child.left.name.find('.') != std::string::npos)
        continue;
      const auto [known, first] = equal.emplace(child.left.name, &child.right.literal);
      if (first || rule_equal(*known->second, child.right.literal)) continue;
      tell("contradiction",
           fmt::format("{} cannot be {} and {} at once", child.left.name,
                       value_told(*known->second), value_told(child.right.literal)),
           "write $in for one of several values");
    }
  }

  void tell(std::string code, std::string text, std::string remedy) {
    warn(problems_, std::move(code), pointer_, fmt::format("role \"{}\": {}", role_.name, text),
         std::move(remedy));
  }

  const CompiledRole& role_;
  const Schema& schema_;
  const TypeDef& type_;
  std::vector<AppMessage>* problems_;
  std::string pointer_;
};

bool has_errors(const std::vector<AppMessage>& problems) {
  return std::ranges::any_of(problems,
                             [](const AppMessage& one) { return one.severity == Severity::error; });
}

bool says_nothing(const std::map<std::string, FieldPermission>& fields) {
  return std::ranges::none_of(fields, [](const auto& field) {
    const FieldPermission& permission = field.second;
    return may_grant(permission.read) || may_grant(permission.write) ||
           !says_nothing(permission.fields);
  });
}

bool grants_no_field(const CompiledRole& role) {
  for (const FieldPermission* one : {&role.document, &role.additional})
    if (may_grant(one->read) || may_grant(one->write)) return false;
  return says_nothing(role.document.fields);
}

}  // namespace

void check_role_order(const std::vector<CompiledRole>& roles,
                      std::vector<std::vector<AppMessage>>* problems) {
  const CompiledRole* everyone = nullptr;
  for (size_t i = 0; i < roles.size(); ++i) {
    const CompiledRole& role = roles[i];
    if (has_errors((*problems)[i])) continue;  // what it means is not known
    if (everyone != nullptr)
      warn(&(*problems)[i], "unreachable_role", role.pointer,
           fmt::format("nobody has the role \"{}\": \"{}\" stands before it and applies to "
                       "everyone, and the first role that applies is taken",
                       role.name, everyone->name),
           "move it before that one, or give that one a condition");
    else if (role.apply_when.constant() == true)
      everyone = &role;
  }
}

void check_conditions(const CompiledRole& role, const nlohmann::json& source,
                      std::vector<AppMessage>* problems) {
  if (has_errors(*problems) || !role.incompatible.empty()) return;
  const nlohmann::json* when = at(source, "/apply_when");
  if (role.apply_when.constant() == false && when != nullptr && !is_meant(*when))
    warn(problems, "role_never_applies", role.pointer + "/apply_when",
         fmt::format("nobody has the role \"{}\": its apply_when holds for no user", role.name),
         "correct it, or remove the role");
  for (const Clause& clause : clauses_of(role)) {
    const nlohmann::json* json = at(source, clause.below);
    if (json == nullptr || is_meant(*json) || clause.condition->constant() != false) continue;
    warn(problems, "condition_never_holds", role.pointer + clause.below,
         fmt::format("role \"{}\": this condition holds for no object and no user", role.name),
         "correct it, or write false");
  }
  const bool no_filter =
      role.read_filter.constant() == false && role.write_filter.constant() == false;
  if (!no_filter && grants_no_field(role))
    warn(problems, "role_grants_nothing", role.pointer,
         fmt::format("role \"{}\" grants nothing: neither read nor write of the document or of any "
                     "field is true",
                     role.name),
         "add \"read\": true or \"write\": true, or fields");
}

void check_comparisons(const CompiledRole& role, const Schema& schema, const TypeDef& type,
                       std::vector<AppMessage>* problems) {
  if (has_errors(*problems)) return;
  Comparisons comparisons(role, schema, type, problems);
  for (const Clause& clause : clauses_of(role)) comparisons.check(clause);
}

}  // namespace syncline
