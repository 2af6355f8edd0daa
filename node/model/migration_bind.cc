#include <fmt/format.h>

#include <algorithm>

#include "node/model/migration_binder.h"
#include "node/model/migration_values.h"
#include "node/model/type_table.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

using StepKind = MigrationPlan::Step::Kind;

std::string as_json(const Value& value) { return print_extended_json(value, JsonForm::relaxed); }

bool is_nested(const Value& value) { return value.is<List>() || value.is<Document>(); }

// Something stands for what has no counterpart, without a step's saying so.
bool has_fallback(const FieldDef& field) {
  if (field.collection != Collection::none) return true;  // an empty one
  return !field.required || field.nullable ||
         (field.default_value && !is_nested(*field.default_value));
}

}  // namespace

Result<Migration> Migration::bind(const MigrationPlan& plan, const App& before, const App& after) {
  return MigrationBinder(plan, before, after).run();
}

Result<Migration> MigrationBinder::run() {
  out_.from_ = plan_.from;
  out_.to_ = plan_.to;
  for (const MigrationPlan::Type& planned : plan_.types) bind_type(planned);
  check_created();
  explain_changes();
  embed();
  if (faults_.empty()) return std::move(out_);
  std::string text;
  for (const std::string& fault : faults_) text += (text.empty() ? "" : "\n  ") + fault;
  if (faults_seen_ > faults_.size())
    text += fmt::format("\n  and {} more", faults_seen_ - faults_.size());
  return fail(ErrorCode::kBadApp, std::move(text));
}

void MigrationBinder::fault(const std::string& pointer, const std::string& text,
                            const std::string& remedy) {
  if (++faults_seen_ > kMigrationFaultsToldMax) return;
  faults_.push_back(pointer.empty()
                        ? fmt::format("{}: {}: {}", plan_.path, text, remedy)
                        : fmt::format("{}: {}: {}: {}", plan_.path, pointer, text, remedy));
}

std::vector<ScalarType> MigrationBinder::types_of(const Schema& schema,
                                                  const FieldDef& field) const {
  if (field.type != ScalarType::link) return {field.type};
  const TypeDef* target = schema.type(field.target);
  if (target != nullptr && !target->key_types.empty() &&
      std::ranges::find(target->key_types, ScalarType::mixed) == target->key_types.end())
    return target->key_types;
  return {ScalarType::int64, ScalarType::string, ScalarType::object_id, ScalarType::uuid};
}

void MigrationBinder::bind_type(const MigrationPlan::Type& planned) {
  Pair type{before_.schema.type(planned.before), nullptr};
  if (type.before == nullptr || is_system(type.before->number))
    return fault(planned.pointer,
                 fmt::format("version {} has no type \"{}\"", plan_.from, planned.before),
                 "name a type as the earlier version does, embedded ones too");
  if (planned.drop) {
    dropped_.insert(type.before->number);
    out_.losses_.push_back(fmt::format("{}: version {} has none of it", planned.before, plan_.to));
    return;
  }
  type.after = after_.schema.type(planned.after);
  if (type.after == nullptr)
    return fault(planned.pointer,
                 fmt::format("version {} has no type \"{}\"", plan_.to, planned.after),
                 "say what it is called there by \"rename\", or that it is gone by \"drop\": true");
  if (type.after->number != type.before->number)
    return fault(planned.pointer,
                 fmt::format("\"{}\" of version {} is not the type that \"{}\" was", planned.after,
                             plan_.to, planned.before),
                 "no two types can become one: rename each to a type of its own");
  for (const PlanStep& step : planned.steps) bind_step(type, step);
}

void MigrationBinder::bind_step(const Pair& type, const PlanStep& step) {
  if (step.kind == StepKind::rename) return bind_rename(type, step);
  if (step.kind == StepKind::require || step.kind == StepKind::relax)
    return bind_reading(type, step);
  Bound bound;
  bound.step = step;
  bound.type = type.before->number;
  if (!find_sides(type, step, &bound) || !check_kind(step, &bound)) return;
  tell_losses(*type.before, bound);
  out_.steps_.push_back(std::move(bound));
}

void MigrationBinder::bind_rename(const Pair& type, const PlanStep& step) {
  const FieldDef* was = type.before->field(step.before[0]);
  const FieldDef* is = type.after->field(step.after[0]);
  if (was == nullptr || is == nullptr)
    return fault(step.pointer,
                 was == nullptr ? fmt::format("{} has no field \"{}\" in version {}",
                                              type.before->name, step.before[0], plan_.from)
                                : fmt::format("{} has no field \"{}\" in version {}",
                                              type.after->name, step.after[0], plan_.to),
                 "\"rename\" is its name in the earlier version, \"to\" in the later");
  if (was->name == "_id" || is->name == "_id")
    return fault(step.pointer, "objects are known by their _id, which is called so for ever",
                 "make a new type");
  if (was->number != is->number)
    return fault(step.pointer,
                 fmt::format("\"{}\" is not the field that \"{}\" was: another step speaks of it",
                             is->name, was->name),
                 "give each field one step");
}

void MigrationBinder::bind_reading(const Pair& type, const PlanStep& step) {
  const FieldDef* was = type.before->field(step.before[0]);
  if (was == nullptr)
    return fault(step.pointer,
                 fmt::format("{} has no field \"{}\" in version {}", type.before->name,
                             step.before[0], plan_.from),
                 "name a field as the earlier version does");
  const FieldDef* is = type.after->field(was->number);
  const auto stricter = [](const FieldDef& a, const FieldDef& b) {
    return (b.required && !a.required) || (!b.nullable && a.nullable);
  };
  const bool require = step.kind == StepKind::require;
  if (is == nullptr || !(require ? stricter(*was, *is) : stricter(*is, *was)))
    return fault(step.pointer,
                 is == nullptr
                     ? fmt::format("\"{}\" is not there in version {}", was->name, plan_.to)
                     : fmt::format("version {} does not take {} values of \"{}\" than version {}",
                                   plan_.to, require ? "fewer" : "more", is->name, plan_.from),
                 "take the step away");
  if (!readings_.emplace(Leaf{type.after->number, was->number}, &step).second)
    fault(step.pointer, fmt::format("\"{}\" has such a step already", was->name),
          "give each field one step");
}

bool MigrationBinder::find_sides(const Pair& type, const PlanStep& step, Bound* bound) {
  for (const std::string& name : step.before)
    if (!add_side(type, step, true, name, bound)) return false;
  for (const std::string& name : step.after)
    if (!add_side(type, step, false, name, bound)) return false;
  return true;
}

bool MigrationBinder::add_side(const Pair& type, const PlanStep& step, bool earlier,
                               const std::string& name, Bound* bound) {
  const TypeDef& root = earlier ? *type.before : *type.after;
  const auto wrong = [&](const std::string& text, const std::string& remedy) {
    fault(step.pointer, text, remedy);
    return false;
  };
  const FieldPlace place = find_field(schema(earlier), root, name);
  if (place.field == nullptr && !place.on_the_way.empty())
    return wrong(fmt::format("\"{}\": {} is no embedded object in version {}", name,
                             place.on_the_way, version(earlier)),
                 "a path leads through embedded objects, and through no collections");
  if (place.field == nullptr)
    return wrong(
        fmt::format("{} has no field \"{}\" in version {}", root.name, name, version(earlier)),
        earlier ? "name a field as the earlier version does"
                : "add it to the schema, or correct the name");
  if (place.field->name == "_id" && !place.holder->embedded)
    return wrong("objects are known by their _id, which never changes", "make a new type");
  const Leaf leaf{place.holder->number, place.field->number};
  const TypeDef* other = schema(!earlier).type(leaf.first);
  if (other != nullptr && other->field(leaf.second) != nullptr)
    return wrong(
        fmt::format("\"{}\" of version {} is the same field in version {}, as \"{}\"", name,
                    version(earlier), version(!earlier), other->field(leaf.second)->name),
        earlier ? "rename and require are for fields that go on; this step is for others"
                : "a step makes a new field: give it a name that is new");
  Claims& claims = earlier ? sources_ : targets_;
  const Claim claim{root.number, place.path};
  std::set<Claim>& same_leaf = claims.leaves[leaf];
  const bool direct = claim.first == leaf.first && claim.second.size() == 1;
  const bool clash =
      direct ? !same_leaf.empty() : same_leaf.contains({leaf.first, {Step(leaf.second)}});
  if (!claims.places.insert(claim).second || clash)
    return wrong(fmt::format("another step {} \"{}\" already", earlier ? "takes" : "makes", name),
                 "give each field one step");
  same_leaf.insert(claim);
  (earlier ? bound->before : bound->after).push_back(place.path);
  (earlier ? bound->before_fields : bound->after_fields).push_back(*place.field);
  return true;
}

bool MigrationBinder::check_kind(const PlanStep& step, Bound* bound) {
  switch (step.kind) {
    case StepKind::convert:
      return check_convert(bound);
    case StepKind::split:
    case StepKind::merge:
      return check_texts(*bound);
    case StepKind::move:
      return check_move(bound);
    default:
      return check_drop(bound);
  }
}

bool MigrationBinder::check_convert(Bound* bound) {
  const FieldDef& was = bound->before_fields[0];
  const FieldDef& is = bound->after_fields[0];
  const std::string& pointer = bound->step.pointer;
  if (was.collection != is.collection || was.type == ScalarType::embedded ||
      is.type == ScalarType::embedded) {
    fault(pointer,
          fmt::format("{} cannot become {}", text_of_field(before_.schema, was),
                      text_of_field(after_.schema, is)),
          "drop the one and add the other, or convert to the same kind of collection; fields of "
          "embedded objects are converted below their type's own name");
    return false;
  }
  bound->before_types = types_of(before_.schema, was);
  bound->after_types = types_of(after_.schema, is);
  const Convertible up = convertible(bound->before_types, bound->after_types);
  const Convertible down = convertible(bound->after_types, bound->before_types);
  if ((up == Convertible::never || down == Convertible::never) && bound->step.values.empty()) {
    fault(pointer,
          fmt::format("{} does not become {}", text_of_field(before_.schema, was),
                      text_of_field(after_.schema, is)),
          "say what becomes of which value by \"values\", or drop the one and add the other");
    return false;
  }
  if (!check_values(bound)) return false;
  // Both truth values named: nothing is left to convert.
  const auto all_named = [&](const FieldDef& field, auto side) {
    if (field.type != ScalarType::boolean) return false;
    const auto named = [&](bool value) {
      return std::ranges::any_of(bound->step.values,
                                 [&](const auto& pair) { return pair.*side == Value(value); });
    };
    return named(true) && named(false);
  };
  using Mapped = std::pair<Value, Value>;
  const bool total_up =
      check_total(*bound, true, up == Convertible::always || all_named(was, &Mapped::first));
  const bool total_down =
      check_total(*bound, false, down == Convertible::always || all_named(is, &Mapped::second));
  return total_up && total_down;
}

bool MigrationBinder::check_values(Bound* bound) {
  const FieldDef& was = bound->before_fields[0];
  const FieldDef& is = bound->after_fields[0];
  const auto fit = [&](const FieldDef& field, const std::vector<ScalarType>& types, Value* value,
                       bool earlier) {
    if (value->is_null() && field.nullable) return true;
    const std::optional<Value> held = held_as(types, *value);
    if (held && !is_nested(*held)) {
      *value = *held;
      return true;
    }
    fault(bound->step.pointer,
          fmt::format("\"values\": {} is no value of \"{}\" in version {}", as_json(*value),
                      field.name, version(earlier)),
          "write [earlier, later], each of its field's type");
    return false;
  };
  for (auto& [early, late] : bound->step.values)
    if (!fit(was, bound->before_types, &early, true) || !fit(is, bound->after_types, &late, false))
      return false;
  return fit_otherwise(*bound, is, bound->after_types, &bound->step.otherwise) &&
         fit_otherwise(*bound, was, bound->before_types, &bound->step.otherwise_back);
}

bool MigrationBinder::fit_otherwise(const Bound& bound, const FieldDef& field,
                                    const std::vector<ScalarType>& types,
                                    std::optional<Value>* value) {
  if (!*value || ((*value)->is_null() && field.nullable)) return true;
  std::optional<Value> held = held_as(types, **value);
  if (held && !is_nested(*held)) {
    *value = std::move(held);
    return true;
  }
  fault(bound.step.pointer,
        fmt::format("{} is no value that \"{}\" can hold", as_json(**value), field.name),
        fmt::format("give {}", row_of(types[0]).phrase));
  return false;
}

bool MigrationBinder::check_total(const Bound& bound, bool up, bool always) {
  const FieldDef& from = up ? bound.before_fields[0] : bound.after_fields[0];
  const FieldDef& to = up ? bound.after_fields[0] : bound.before_fields[0];
  if (up ? bound.step.otherwise.has_value() : bound.step.otherwise_back.has_value()) return true;
  const bool all_there = always && (!from.nullable || to.nullable);
  if (to.collection != Collection::none ? all_there || to.nullable
                                        : (all_there && from.required) || has_fallback(to))
    return true;
  fault(bound.step.pointer,
        fmt::format("\"{}\" of version {} must hold something, and not all that \"{}\" may be has "
                    "a counterpart",
                    to.name, version(!up), from.name),
        fmt::format("say what it holds then by \"{}\", or give it a \"default\" in its schema",
                    up ? "otherwise" : "otherwise_back"));
  return false;
}

bool MigrationBinder::check_texts(const Bound& bound) {
  for (const auto* side : {&bound.before_fields, &bound.after_fields})
    for (const FieldDef& field : *side)
      if (field.type != ScalarType::string || field.collection != Collection::none) {
        fault(bound.step.pointer,
              fmt::format("\"{}\" is {}, and only strings are split and merged", field.name,
                          text_of_field(schema(side == &bound.before_fields), field)),
              "convert it in a version before, or keep it beside the new fields");
        return false;
      }
  return true;
}

bool MigrationBinder::check_move(Bound* bound) {
  const FieldDef& was = bound->before_fields[0];
  const FieldDef& is = bound->after_fields[0];
  if (was.type != is.type || was.collection != is.collection || was.target != is.target ||
      (was.collection != Collection::none && was.nullable && !is.nullable) ||
      (was.collection != Collection::none && is.nullable && !was.nullable)) {
    fault(bound->step.pointer,
          fmt::format("what moves stays what it is, and {} is not {}",
                      text_of_field(before_.schema, was), text_of_field(after_.schema, is)),
          "move it, and convert it in the version after; or \"convert\" it, which takes paths too");
    return false;
  }
  if (was.type == ScalarType::embedded && can_hold(was.target, bound->type)) {
    const std::string& holder = before_.schema.type(bound->type)->name;
    fault(bound->step.pointer,
          fmt::format("a {} in it would move as well, and every level hold all below it twice",
                      holder),
          "\"rename\" it, or drop the one and add the other");
    return false;
  }
  const std::vector<ScalarType> before = types_of(before_.schema, was);
  const std::vector<ScalarType> after = types_of(after_.schema, is);
  if (!fit_otherwise(*bound, is, after, &bound->step.otherwise) ||
      !fit_otherwise(*bound, was, before, &bound->step.otherwise_back))
    return false;
  const bool up = check_total(*bound, true, true);
  return check_total(*bound, false, true) && up;
}

bool MigrationBinder::check_drop(Bound* bound) {
  const FieldDef& was = bound->before_fields[0];
  std::optional<Value>& otherwise = bound->step.otherwise;
  if (!was.required && otherwise) {
    fault(bound->step.pointer,
          fmt::format("version {} may lack \"{}\": it needs no default", plan_.from, was.name),
          "take \"default\" away");
    return false;
  }
  if (otherwise && was.collection == Collection::none &&
      !fit_otherwise(*bound, was, types_of(before_.schema, was), &otherwise))
    return false;
  if (otherwise && was.collection != Collection::none) {
    fault(bound->step.pointer, "a collection that is dropped is empty from then on",
          "take \"default\" away");
    return false;
  }
  if (otherwise || has_fallback(was)) return true;
  fault(bound->step.pointer,
        fmt::format("version {} requires \"{}\", and nothing says what objects hold there that "
                    "version {} makes",
                    plan_.from, was.name, plan_.to),
        was.type == ScalarType::embedded ? "make it optional before it is dropped"
                                         : "add \"default\" with a value");
  return false;
}

// An embedded object that a step makes, since there is none yet, must be lawful.
void MigrationBinder::check_created() {
  for (const Bound& bound : out_.steps_)
    for (const bool earlier : {true, false}) {
      const Claims& claims = earlier ? sources_ : targets_;
      for (const Path& path : earlier ? bound.before : bound.after) {
        const TypeDef* type = schema(earlier).type(bound.type);
        for (size_t i = 0; i + 1 < path.size(); ++i) {
          const FieldDef* field = type->field(std::get<FieldNumber>(path[i]));
          const bool always_there = field->required && !field->nullable;
          type = schema(earlier).type(field->target);
          if (always_there) continue;
          for (const FieldDef& inside : type->fields)
            if (inside.required && !inside.default_value &&
                !claims.leaves.contains({type->number, inside.number}))
              fault(bound.step.pointer,
                    fmt::format("where there is no \"{}\" the step makes one, and {} requires "
                                "\"{}\" in version {}",
                                field->name, type->name, inside.name, version(earlier)),
                    "give that a \"default\" in its schema, or make it optional");
        }
      }
    }
}

}  // namespace syncline
