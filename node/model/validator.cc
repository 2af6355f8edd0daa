#include "node/model/validator.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "node/model/constraint_checker.h"
#include "node/model/documents.h"
#include "node/model/findings.h"
#include "node/model/type_checks.h"
#include "node/model/value_types.h"
#include "proto/codec.h"

namespace syncline {
namespace {

std::string_view describe(Collection collection) {
  switch (collection) {
    case Collection::none:
      break;
    case Collection::list:
      return "an array";
    case Collection::set:
      return "an array of values that differ";
    case Collection::dictionary:
      return "a document of keys and values";
  }
  return "one value";
}

std::optional<ScopeKind> scope_kind_of(Collection collection) {
  switch (collection) {
    case Collection::none:
      break;
    case Collection::list:
      return ScopeKind::list;
    case Collection::set:
      return ScopeKind::set;
    case Collection::dictionary:
      return ScopeKind::dictionary;
  }
  return std::nullopt;
}

// Walks an object along its declarations. One check of one object.
class Walk {
 public:
  Walk(const TypeChecks& checks, Findings* findings)
      : checks_(checks), findings_(findings), constraints_(checks.schema(), findings) {}

  // `touched`: which children to look at; null: all.
  void object(const TypeCheck& type, const Scope& scope, const Item* item,
              const std::vector<Step>* touched) {
    const Instance instance{item, &scope, type.def, nullptr};
    for (const FieldCheck& field : type.fields) {
      if (!field.def->required || field.def->default_value || is_id(type, field)) continue;
      if (scope.find(Step(field.def->number)) != nullptr) continue;
      findings_->add_at(field.def->number, "required", "is required and missing");
    }
    for (const Child& child : scope.children) {
      if (findings_->full()) return;
      if (touched != nullptr && !std::binary_search(touched->begin(), touched->end(), child.step))
        continue;
      const Findings::Inside inside(findings_, child.step);
      field_of(type, instance, child);
    }
    if (type.constraint) constraints_.check_declared(*type.constraint, instance);
    if (type.geo_type != nullptr) point(type, scope);
  }

  // A value where the schema says nothing, or mixed: scalars, lists and dictionaries.
  void undeclared_shape(const Item& item) {
    const Scope* scope = item.scope();
    if (scope == nullptr) return;
    if (scope->kind == ScopeKind::object || scope->kind == ScopeKind::set) {
      findings_->add(
          "invalid_type",
          fmt::format("expected a value, an array or a document, found {}", shown(item)));
      return;
    }
    for (const Child& child : scope->children) {
      if (!child.item.is_scope()) continue;
      const Findings::Inside inside(findings_, child.step);
      undeclared_shape(child.item);
    }
  }

  void id(const TypeCheck& type, const FieldCheck* field, const Value& value) {
    if (const Status status = syncline::check_id(*type.def, value); !status) {
      findings_->add("invalid_type", status.error().message);
    } else if (field != nullptr && field->constraint != nullptr) {
      const Item item(value);
      constraints_.check_declared(*field->constraint, {&item, nullptr, nullptr, nullptr});
    }
  }

 private:
  static bool is_id(const TypeCheck& type, const FieldCheck& field) {
    return !type.def->embedded && field.def->name == "_id";
  }

  void field_of(const TypeCheck& type, const Instance& object, const Child& child) {
    if (const auto* number = std::get_if<FieldNumber>(&child.step)) {
      const FieldCheck* field = type.field(*number);
      if (field == nullptr && type.def->is_retired(*number)) {
        // Of another version of the app, which looks at it itself.
      } else if (field == nullptr) {
        findings_->add("additional_property_not_allowed",
                       "the deployed schema has no field of this number", Reason::unknown_field);
      } else if (is_id(type, *field)) {
        stored_id(type, *field, child.item);
      } else {
        declared(*field, object, child);
        by_pattern(type, field->def->name, object, child);
      }
    } else if (const auto* key = std::get_if<std::string>(&child.step)) {
      undeclared(type, *key, object, child);
    } else {
      findings_->add("invalid_type",
                     "expected a field or a key here, found an element of a collection");
    }
  }

  void stored_id(const TypeCheck& type, const FieldCheck& field, const Item& item) {
    if (item.is_scope()) {
      findings_->add("invalid_type", fmt::format("expected a key, found {}", shown(item)));
    } else {
      id(type, &field, item.value());
    }
  }

  // patternProperties are about declared fields too.
  void by_pattern(const TypeCheck& type, const std::string& name, const Instance& object,
                  const Child& child) {
    if (!type.constraint) return;
    for (const auto& [pattern, schema] : type.constraint->pattern_properties) {
      if (RE2::PartialMatch(name, *pattern.compiled))
        constraints_.check(*schema, constraints_.child_of(object, child));
    }
  }

  void undeclared(const TypeCheck& type, const std::string& name, const Instance& object,
                  const Child& child) {
    if (type.def->field(std::string_view(name)) != nullptr) {
      findings_->add("invalid_property_name",
                     "the schema declares this field; it must be written as such");
      return;
    }
    undeclared_shape(child.item);
    const Constraint* constraint = type.constraint.get();
    const Instance instance = constraints_.child_of(object, child);
    const bool by_pattern = constraint != nullptr && !constraint->pattern_properties.empty();
    bool allowed = type.def->open || by_pattern;
    if (allowed && constraint != nullptr)
      allowed = constraints_.check_undeclared(*constraint, name, instance);
    if (allowed) return;
    findings_->add(
        "additional_property_not_allowed",
        fmt::format("{} has no such field, and its schema allows no others", type.def->name),
        Reason::unknown_field);
  }

  void declared(const FieldCheck& field, const Instance& object, const Child& child) {
    const FieldDef& def = *field.def;
    if (field.takes_null && !child.item.is_scope() && child.item.value().is_null()) return;
    if (def.collection == Collection::none) {
      one(def, field.constraint, child.item, def.required);
      return;
    }
    const Scope* scope = child.item.scope();
    if (scope == nullptr && child.item.value().is_null() && takes_null(field.constraint)) return;
    if (scope == nullptr || scope->kind != scope_kind_of(def.collection)) {
      findings_->add("invalid_type", fmt::format("expected {}, found {}", describe(def.collection),
                                                 shown(child.item)));
      return;
    }
    for (const Child& element : scope->children) {
      if (findings_->full()) return;
      const Findings::Inside inside(findings_, element.step);
      if (def.collection == Collection::set) {
        member(def, field.element, element);
        continue;
      }
      if (const auto* key = std::get_if<std::string>(&element.step)) key_of_dictionary(*key);
      one(def, field.element, element.item, false);
    }
    if (field.constraint == nullptr) return;
    if (def.collection == Collection::dictionary) keys(*field.constraint, *scope);
    constraints_.check_declared(*field.constraint, constraints_.child_of(object, child));
  }

  // Whether the schema names null beside "array" or "object".
  static bool takes_null(const Constraint* collection) {
    return collection != nullptr && collection->types != kTypeAny &&
           (collection->types & kTypeNull) != 0;
  }

  void member(const FieldDef& def, const Constraint* constraint, const Child& element) {
    const auto* bytes = std::get_if<Member>(&element.step);
    Result<Value> value =
        bytes == nullptr ? fail(ErrorCode::kMalformed, "no member") : decode_value(bytes->bytes);
    if (!value) {
      findings_->add("invalid_type", "a member that is no value");
      return;
    }
    one(def, constraint, Item(std::move(*value)), false);
  }

  void key_of_dictionary(const std::string& key) {
    if (!key.starts_with('$') && key.find('.') == std::string::npos) return;
    findings_->add(
        "invalid_property_name",
        "a dictionary's key may not begin with '$' or contain '.'; write them %24 and %2E");
  }

  void keys(const Constraint& constraint, const Scope& scope) {
    for (const std::string& name : constraint.required) {
      if (scope.find(Step(name)) == nullptr)
        findings_->add_at(name, "required", "is required and missing");
    }
    if (constraint.pattern_properties.empty()) return;
    for (const Child& child : scope.children) {
      const auto* key = std::get_if<std::string>(&child.step);
      if (key == nullptr) continue;
      const Findings::Inside inside(findings_, child.step);
      for (const auto& [pattern, schema] : constraint.pattern_properties) {
        if (!RE2::PartialMatch(*key, *pattern.compiled)) continue;
        constraints_.check(*schema, {&child.item, child.item.scope(), nullptr, nullptr});
      }
    }
  }

  // A field that is no collection, or one element of one.
  void one(const FieldDef& def, const Constraint* constraint, const Item& item, bool required) {
    const Scope* scope = item.scope();
    if (scope == nullptr && item.value().is_null()) {
      null_value(def, constraint, required);
    } else if (def.type == ScalarType::embedded) {
      embedded(def, constraint, item);
    } else if (def.type == ScalarType::mixed) {
      undeclared_shape(item);
      if (constraint != nullptr) constraints_.check(*constraint, {&item, scope, nullptr, nullptr});
    } else if (scope != nullptr ||
               !is_of_type(checks_.schema(), def.type, def.target, item.value())) {
      findings_->add("invalid_type",
                     fmt::format("expected {}, found {}", expected(def), found(item)));
    } else if (constraint != nullptr) {
      constraints_.check_declared(*constraint, {&item, nullptr, nullptr, nullptr});
    }
  }

  // What may be null is not held to the other keywords; a required mixed value only if its types
  // name null.
  void null_value(const FieldDef& def, const Constraint* constraint, bool required) {
    const bool named = constraint == nullptr || (constraint->types & kTypeNull) != 0;
    if (def.type == ScalarType::null) return;
    if (def.nullable && (named || !required || def.type != ScalarType::mixed)) return;
    findings_->add("invalid_type", fmt::format("expected {}, found null", expected(def)));
  }

  void embedded(const FieldDef& def, const Constraint* constraint, const Item& item) {
    const TypeCheck* type = checks_.type(def.target);
    const Scope* scope = item.scope();
    if (scope == nullptr || scope->kind != ScopeKind::object || type == nullptr) {
      findings_->add("invalid_type",
                     fmt::format("expected {}, found {}", expected(def), found(item)));
      return;
    }
    object(*type, *scope, &item, nullptr);
    if (constraint != nullptr)
      constraints_.check_declared(*constraint, {&item, scope, type->def, nullptr});
  }

  void point(const TypeCheck& type, const Scope& scope) {
    const Child* kind = scope.find(Step(type.geo_type->number));
    const Child* coordinates = scope.find(Step(type.geo_coordinates->number));
    if (kind != nullptr && !kind->item.is_scope() && kind->item.value() != Value("Point")) {
      findings_->add_at(type.geo_type->number, "geojson",
                        fmt::format("expected \"Point\", the only geometry that is known, found {}",
                                    shown(kind->item)));
    }
    const Scope* list = coordinates == nullptr ? nullptr : coordinates->item.scope();
    if (list == nullptr || list->children.size() < 2) {
      findings_->add_at(type.geo_coordinates->number, "geojson",
                        "expected [longitude, latitude] and perhaps an altitude, in degrees");
      return;
    }
    const Findings::Inside inside(findings_, type.geo_coordinates->number);
    degrees(list->children[0], "longitude", 180);
    degrees(list->children[1], "latitude", 90);
  }

  void degrees(const Child& child, std::string_view name, int limit) {
    const bool scalar = !child.item.is_scope();
    if (scalar && compare_numbers(child.item.value(), Value(-limit)) >= 0 &&
        compare_numbers(child.item.value(), Value(limit)) <= 0) {
      return;
    }
    findings_->add_at(child.step, "geojson",
                      fmt::format("expected a {} from -{} to {}, found {}", name, limit, limit,
                                  shown(child.item)));
  }

  std::string expected(const FieldDef& def) const {
    if (def.type == ScalarType::embedded) {
      const TypeDef* type = checks_.schema().type(def.target);
      return type == nullptr ? "an embedded object" : fmt::format("a document of {}", type->name);
    }
    if (def.type != ScalarType::link) return std::string(syncline::describe(def.type));
    const TypeDef* target = checks_.schema().type(def.target);
    if (target == nullptr) return std::string(syncline::describe(def.type));
    std::string keys;
    for (const ScalarType key : target->key_types) {
      if (!keys.empty()) keys += " or ";
      keys +=
          key == ScalarType::mixed ? "a long, string, objectId or uuid" : syncline::describe(key);
    }
    return fmt::format("the _id of an object of {}: {}", target->name, keys);
  }

  static std::string found(const Item& item) {
    if (item.is_scope()) return shown(item);
    return fmt::format("the {} {}", type_name(item.value()), shown(item));
  }

  const TypeChecks& checks_;
  Findings* findings_;
  ConstraintChecker constraints_;
};

std::vector<Violation> unknown_type(TypeNumber type) {
  return {{{},
           Reason::unknown_type,
           "invalid_type",
           fmt::format("type {} is not in the deployed schema", type.value)}};
}

}  // namespace

struct Validator::Impl {
  std::unique_ptr<const TypeChecks> checks;
};

Validator::Validator(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Validator::~Validator() = default;

Result<std::shared_ptr<const Validator>> Validator::compile(const App& app) {
  auto impl = std::make_unique<Impl>();
  SYNCLINE_ASSIGN(impl->checks, TypeChecks::make(app));
  return std::shared_ptr<const Validator>(new Validator(std::move(impl)));
}

std::vector<Violation> Validator::check(TypeNumber type, const Scope& fields,
                                        const std::vector<Step>* touched, size_t limit) const {
  const TypeCheck* check = impl_->checks->type(type);
  if (check == nullptr) return unknown_type(type);
  Findings findings(impl_->checks->schema(), *check->def, &fields, limit);
  Walk(*impl_->checks, &findings).object(*check, fields, nullptr, touched);
  return findings.take();
}

std::vector<Violation> Validator::check_id(TypeNumber type, const Value& id) const {
  const TypeCheck* check = impl_->checks->type(type);
  if (check == nullptr) return unknown_type(type);
  Findings findings(impl_->checks->schema(), *check->def, nullptr, 1);
  const FieldDef* def = check->def->field(std::string_view("_id"));
  const FieldCheck* field = def == nullptr ? nullptr : check->field(def->number);
  Walk walk(*impl_->checks, &findings);
  if (field == nullptr) {
    walk.id(*check, nullptr, id);
  } else {
    const Findings::Inside inside(&findings, def->number);
    walk.id(*check, field, id);
  }
  return findings.take();
}

}  // namespace syncline
