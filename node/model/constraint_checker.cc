#include "node/model/constraint_checker.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "node/model/documents.h"
#include "proto/codec.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

uint64_t code_points(std::string_view text) {
  return static_cast<uint64_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

// Equal as JSON Schema has it: numbers by number, fields in any order.
bool equal_values(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return compare_numbers(a, b) == 0;
  if (const List* list = a.get_if<List>()) {
    const List* other = b.get_if<List>();
    return other != nullptr &&
           std::equal(list->elements.begin(), list->elements.end(), other->elements.begin(),
                      other->elements.end(), equal_values);
  }
  if (const Document* document = a.get_if<Document>()) {
    const Document* other = b.get_if<Document>();
    if (other == nullptr || document->fields.size() != other->fields.size()) return false;
    return std::all_of(document->fields.begin(), document->fields.end(),
                       [&](const DocumentField& field) {
                         const Value* found = other->find(field.name);
                         return found != nullptr && equal_values(field.value, *found);
                       });
  }
  return a == b;
}

// A text that is the same for equal values and for no others.
std::string unique_key(const Value& value) {
  if (const std::optional<ExactNumber> number = ExactNumber::of(value))
    return fmt::format("n{}", number->key());
  if (const List* list = value.get_if<List>()) {
    std::string out = "[";
    for (const Value& element : list->elements) {
      const std::string key = unique_key(element);
      out += fmt::format("{}:{}", key.size(), key);
    }
    return out;
  }
  if (const Document* document = value.get_if<Document>()) {
    std::set<std::string> fields;
    for (const DocumentField& field : document->fields) {
      const std::string key = unique_key(field.value);
      fields.insert(fmt::format("{}:{}{}:{}", field.name.size(), field.name, key.size(), key));
    }
    return fmt::format("{{{}", fmt::join(fields, ""));
  }
  return fmt::format("v{}", print_extended_json(value, JsonForm::exact));
}

uint32_t type_bit_of(const Instance& instance) {
  if (instance.scope == nullptr) return type_bit_of(instance.value());
  return instance.is_array() ? kTypeArray : kTypeObject;
}

// A set's member as an item of its own.
Item item_of_member(const Child& child) {
  const auto* member = std::get_if<Member>(&child.step);
  if (member == nullptr) return Item();
  Result<Value> value = decode_value(member->bytes);
  return value ? Item(std::move(*value)) : Item();
}

}  // namespace

void ConstraintChecker::check(const Constraint& constraint, const Instance& instance) {
  if (findings_->full()) return;
  if ((constraint.types & type_bit_of(instance)) == 0) {
    findings_->add("invalid_type",
                   fmt::format("expected {}, found {}", constraint.type_names, shown_of(instance)));
    return;
  }
  check_values(constraint, instance);
  if (instance.is_array()) {
    check_array(constraint, instance, false);
  } else if (instance.is_object()) {
    check_object(constraint, instance, false);
  }
  check_combinations(constraint, instance);
}

void ConstraintChecker::check_declared(const Constraint& constraint, const Instance& instance) {
  check_values(constraint, instance);
  if (instance.is_array()) {
    check_array(constraint, instance, true);
  } else if (instance.is_object()) {
    check_object(constraint, instance, true);
  }
  check_combinations(constraint, instance);
}

void ConstraintChecker::check_values(const Constraint& constraint, const Instance& instance) {
  if (constraint.never) findings_->add("false", "the schema allows nothing here");
  if (constraint.one_of_values || constraint.constant) {
    const Value value = value_of_instance(instance);
    if (constraint.one_of_values &&
        std::none_of(constraint.one_of_values->begin(), constraint.one_of_values->end(),
                     [&](const Value& allowed) { return equal_values(allowed, value); })) {
      List allowed;
      allowed.elements = *constraint.one_of_values;
      findings_->add("enum", fmt::format("expected one of {}, found {}",
                                         shown(Value(std::move(allowed))), shown(value)));
    }
    if (constraint.constant && !equal_values(*constraint.constant, value)) {
      findings_->add(
          "const", fmt::format("expected {}, found {}", shown(*constraint.constant), shown(value)));
    }
  }
  if (instance.scope == nullptr) check_scalar(constraint, instance.value());
}

void ConstraintChecker::check_scalar(const Constraint& constraint, const Value& value) {
  if (const auto* text = value.get_if<std::string>()) {
    check_string(constraint, *text);
  } else if (is_number(value)) {
    check_number(constraint, value);
  }
}

void ConstraintChecker::check_number(const Constraint& constraint, const Value& value) {
  for (const auto* bound : {&constraint.minimum, &constraint.exclusive_minimum}) {
    if (!*bound) continue;
    const auto order = compare_numbers(value, (*bound)->limit);
    if (order > 0 || (order == 0 && !(*bound)->exclusive)) continue;
    findings_->add(
        (*bound)->exclusive ? "number_gt" : "number_gte",
        fmt::format("expected {} {}, found {}", (*bound)->exclusive ? "more than" : "at least",
                    shown((*bound)->limit), shown(value)));
  }
  for (const auto* bound : {&constraint.maximum, &constraint.exclusive_maximum}) {
    if (!*bound) continue;
    const auto order = compare_numbers(value, (*bound)->limit);
    if (order < 0 || (order == 0 && !(*bound)->exclusive)) continue;
    findings_->add(
        (*bound)->exclusive ? "number_lt" : "number_lte",
        fmt::format("expected {} {}, found {}", (*bound)->exclusive ? "less than" : "at most",
                    shown((*bound)->limit), shown(value)));
  }
  if (!constraint.exact_multiple_of) return;
  const std::optional<ExactNumber> number = ExactNumber::of(value);
  if (number && number->is_multiple_of(*constraint.exact_multiple_of)) return;
  findings_->add("multiple_of", fmt::format("expected a multiple of {}, found {}",
                                            shown(*constraint.multiple_of), shown(value)));
}

void ConstraintChecker::check_string(const Constraint& constraint, const std::string& text) {
  if (constraint.min_length || constraint.max_length) {
    const uint64_t length = code_points(text);
    if (constraint.min_length && length < *constraint.min_length) {
      findings_->add("string_gte", fmt::format("expected at least {} characters, found {}",
                                               *constraint.min_length, length));
    }
    if (constraint.max_length && length > *constraint.max_length) {
      findings_->add("string_lte", fmt::format("expected at most {} characters, found {}",
                                               *constraint.max_length, length));
    }
  }
  if (constraint.pattern && !RE2::PartialMatch(text, *constraint.pattern->compiled)) {
    findings_->add("pattern",
                   fmt::format("expected text with the pattern {}, found {}",
                               shown(Value(constraint.pattern->text)), shown(Value(text))));
  }
}

// Another version's field is nothing to this one's keywords.
bool ConstraintChecker::is_of_another_version(const Instance& object, const Child& child) const {
  const auto* number = std::get_if<FieldNumber>(&child.step);
  return number != nullptr && object.type != nullptr && object.type->is_retired(*number);
}

void ConstraintChecker::check_array(const Constraint& constraint, const Instance& instance,
                                    bool declared) {
  const uint64_t count = instance.scope->children.size();
  if (constraint.min_items && count < *constraint.min_items) {
    findings_->add("array_min_items", fmt::format("expected at least {} elements, found {}",
                                                  *constraint.min_items, count));
  }
  if (constraint.max_items && count > *constraint.max_items) {
    findings_->add("array_max_items", fmt::format("expected at most {} elements, found {}",
                                                  *constraint.max_items, count));
  }
  if (constraint.unique_items && instance.scope->kind == ScopeKind::list) check_unique(instance);
  check_elements(constraint, instance, declared ? nullptr : constraint.items.get());
}

void ConstraintChecker::check_elements(const Constraint& constraint, const Instance& instance,
                                       const Constraint* items) {
  if (items == nullptr && constraint.tuple.empty() && !constraint.contains) return;
  bool contained = false;
  size_t index = 0;
  for (const Child& child : instance.scope->children) {
    if (findings_->full()) return;
    Item member;
    Instance element = child_of(instance, child);
    if (instance.scope->kind == ScopeKind::set) {
      member = item_of_member(child);
      element.item = &member;
    }
    const Findings::Inside inside(findings_, child.step);
    if (items != nullptr) check(*items, element);
    if (index < constraint.tuple.size()) {
      check(*constraint.tuple[index], element);
    } else if (!constraint.tuple.empty() && constraint.additional_items) {
      if (constraint.additional_items->never) {
        findings_->add("array_no_additional_items",
                       fmt::format("expected no more than {} elements", constraint.tuple.size()));
      } else {
        check(*constraint.additional_items, element);
      }
    }
    contained = contained || (constraint.contains && holds(*constraint.contains, element));
    ++index;
  }
  if (constraint.contains && !contained) {
    findings_->add("contains",
                   "expected an element that the schema's \"contains\" describes, found none");
  }
}

void ConstraintChecker::check_unique(const Instance& instance) {
  std::set<std::string> keys;
  for (const Child& child : instance.scope->children) {
    const Instance element = child_of(instance, child);
    if (keys.insert(unique_key(value_of_instance(element))).second) continue;
    const Findings::Inside inside(findings_, child.step);
    findings_->add("unique",
                   fmt::format("expected elements that differ, found {} again", shown_of(element)));
    return;
  }
}

void ConstraintChecker::check_object(const Constraint& constraint, const Instance& instance,
                                     bool declared) {
  // A whole object's _id is the row's, not a child.
  const bool has_id_apart =
      instance.type != nullptr && !instance.type->embedded && !has(instance, "_id");
  const auto others = std::ranges::count_if(
      instance.scope->children,
      [&](const Child& child) { return is_of_another_version(instance, child); });
  const uint64_t count = instance.scope->children.size() - static_cast<size_t>(others) +
                         (has_id_apart ? 1 : 0);
  if (constraint.min_properties && count < *constraint.min_properties) {
    findings_->add("array_min_properties", fmt::format("expected at least {} fields, found {}",
                                                       *constraint.min_properties, count));
  }
  if (constraint.max_properties && count > *constraint.max_properties) {
    findings_->add("array_max_properties", fmt::format("expected at most {} fields, found {}",
                                                       *constraint.max_properties, count));
  }
  check_dependencies(constraint, instance);
  if (declared) return;
  for (const std::string& name : constraint.required) {
    if (has(instance, name) || (has_id_apart && name == "_id")) continue;
    findings_->add_at(step_of(instance, name), "required", "is required and missing");
  }
  if (constraint.properties.empty() && constraint.pattern_properties.empty() &&
      !constraint.additional_properties)
    return;
  for (const Child& child : instance.scope->children) {
    if (findings_->full()) return;
    if (is_of_another_version(instance, child)) continue;
    const std::string name(name_of(instance, child));
    const Findings::Inside inside(findings_, child.step);
    const Instance inner = child_of(instance, child);
    if (const Constraint* property = constraint.property(name)) {
      check(*property, inner);
      for (const auto& [pattern, schema] : constraint.pattern_properties) {
        if (RE2::PartialMatch(name, *pattern.compiled)) check(*schema, inner);
      }
    } else if (!check_undeclared(constraint, name, inner)) {
      findings_->add("additional_property_not_allowed", "the schema allows no such field",
                     Reason::unknown_field);
    }
  }
}

bool ConstraintChecker::check_undeclared(const Constraint& constraint, const std::string& name,
                                         const Instance& instance) {
  bool matched = false;
  for (const auto& [pattern, schema] : constraint.pattern_properties) {
    if (!RE2::PartialMatch(name, *pattern.compiled)) continue;
    matched = true;
    check(*schema, instance);
  }
  if (matched || !constraint.additional_properties) return true;
  if (constraint.additional_properties->never) return false;
  check(*constraint.additional_properties, instance);
  return true;
}

void ConstraintChecker::check_dependencies(const Constraint& constraint, const Instance& instance) {
  for (const Dependency& dependency : constraint.dependencies) {
    if (!has(instance, dependency.key)) continue;
    for (const std::string& name : dependency.names) {
      if (has(instance, name)) continue;
      findings_->add_at(step_of(instance, name), "missing_dependency",
                        fmt::format("is required where {} stands, and missing", dependency.key));
    }
    if (dependency.schema) check(*dependency.schema, instance);
  }
}

void ConstraintChecker::check_combinations(const Constraint& constraint, const Instance& instance) {
  for (const ConstraintPointer& one : constraint.all_of) check(*one, instance);
  const auto holds_one = [&](const ConstraintPointer& one) { return holds(*one, instance); };
  if (!constraint.any_of.empty() &&
      std::none_of(constraint.any_of.begin(), constraint.any_of.end(), holds_one)) {
    findings_->add("number_any_of",
                   "expected what at least one schema of anyOf describes, found none that does");
  }
  if (!constraint.exactly_one_of.empty()) {
    const auto count = std::count_if(constraint.exactly_one_of.begin(),
                                     constraint.exactly_one_of.end(), holds_one);
    if (count != 1) {
      findings_->add(
          "number_one_of",
          fmt::format("expected what exactly one schema of oneOf describes, found {} that do",
                      count));
    }
  }
  if (constraint.negated && holds(*constraint.negated, instance)) {
    findings_->add("number_not",
                   "expected what the schema of \"not\" does not describe, found what it does");
  }
}

bool ConstraintChecker::holds(const Constraint& constraint, const Instance& instance) const {
  Findings trial = findings_->trial();
  ConstraintChecker(schema_, &trial).check(constraint, instance);
  return trial.empty();
}

Instance ConstraintChecker::child_of(const Instance& parent, const Child& child) const {
  Instance out{&child.item, child.item.scope(), nullptr, nullptr};
  const FieldDef* element = parent.field;
  if (const auto* number = std::get_if<FieldNumber>(&child.step); number && parent.type) {
    const FieldDef* field = parent.type->field(*number);
    if (field == nullptr) return out;
    if (field->collection != Collection::none) {
      out.field = field;
      return out;
    }
    element = field;
  }
  if (element != nullptr && element->type == ScalarType::embedded)
    out.type = schema_.type(element->target);
  return out;
}

std::string_view ConstraintChecker::name_of(const Instance& object, const Child& child) const {
  if (const auto* key = std::get_if<std::string>(&child.step)) return *key;
  const auto* number = std::get_if<FieldNumber>(&child.step);
  const FieldDef* field =
      number == nullptr || object.type == nullptr ? nullptr : object.type->field(*number);
  return field == nullptr ? std::string_view() : field->name;
}

Step ConstraintChecker::step_of(const Instance& object, const std::string& name) const {
  const FieldDef* field =
      object.type == nullptr ? nullptr : object.type->field(std::string_view(name));
  return field == nullptr ? Step(name) : Step(field->number);
}

bool ConstraintChecker::has(const Instance& object, std::string_view name) const {
  return object.scope->find(step_of(object, std::string(name))) != nullptr;
}

Value ConstraintChecker::value_of_instance(const Instance& instance) const {
  if (instance.scope == nullptr) return instance.value();
  if (instance.field != nullptr) return value_of_declared(schema_, instance.field, *instance.item);
  if (instance.type != nullptr && instance.scope->kind == ScopeKind::object) {
    FieldDef embedded;
    embedded.type = ScalarType::embedded;
    embedded.target = instance.type->number;
    return value_of_declared(schema_, &embedded,
                             instance.item != nullptr ? *instance.item : Item(*instance.scope));
  }
  return value_of(*instance.item);
}

std::string ConstraintChecker::shown_of(const Instance& instance) const {
  return instance.item == nullptr ? "the object" : shown(*instance.item);
}

}  // namespace syncline
