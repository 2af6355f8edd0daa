// Totality: every change that devices could not go on with is explained by a step.
#include <fmt/format.h>

#include <algorithm>

#include "node/model/migration_binder.h"
#include "node/model/migration_values.h"
#include "proto/extended_json.h"
#include "proto/limits.h"

namespace syncline {
namespace {

using ChangeKind = SchemaChange::Kind;

constexpr const char* kNewType =
    "no step does that: make a new type beside it, and drop this one once nobody uses it";

bool is_stricter(const FieldDef& is, const FieldDef& than) {
  return (is.required && !than.required) || (!is.nullable && than.nullable);
}

}  // namespace

void MigrationBinder::explain_changes() {
  for (SchemaChange change : schema_changes(before_, after_)) {
    if (change.meaning != SchemaChange::Class::breaking || is_explained(change)) continue;
    change.remedy = step_that_explains(change);
    if (++faults_seen_ <= kMigrationFaultsToldMax)
      faults_.push_back(plan_.path + ": " + line_of(change));
  }
  for (const TypeDef& is : after_.schema.types)
    if (const TypeDef* was = before_.schema.type(is.number);
        was != nullptr && !is_system(is.number))
      compare_fields(*was, is);
}

bool MigrationBinder::is_explained(const SchemaChange& change) const {
  // One number under two names: nothing but the plan does that.
  if (change.kind == ChangeKind::type_renamed || change.kind == ChangeKind::field_renamed)
    return true;
  if (change.kind == ChangeKind::type_removed)
    return dropped_.contains(before_.schema.type(change.type)->number);
  const TypeDef* is = after_.schema.type(change.type);
  const TypeDef* was = is == nullptr ? nullptr : before_.schema.type(is->number);
  if (was == nullptr) return false;
  switch (change.kind) {
    case ChangeKind::field_removed:
      return is_claimed_everywhere(true, was->number, {was->field(change.field)->number}, 0);
    case ChangeKind::required:
    case ChangeKind::nullability: {
      const FieldDef* field = is->field(change.field);
      return field->collection == Collection::none || change.kind == ChangeKind::required
                 ? readings_.contains({is->number, field->number})
                 : false;
    }
    default:
      return false;
  }
}

// The field at the path, from an object of the type, or from everything that such an object is
// embedded in.
bool MigrationBinder::is_claimed_everywhere(bool earlier, TypeNumber type, const Path& path,
                                            int depth) const {
  const Claims& claims = earlier ? sources_ : targets_;
  if (claims.places.contains({type, path})) return true;
  if (depth > limits::kDepthMax) return false;
  const TypeDef* here = schema(earlier).type(type);
  if (here == nullptr || !here->embedded) return false;
  bool held = false;
  for (const TypeDef& holder : schema(earlier).types)
    for (const FieldDef& field : holder.fields) {
      if (field.type != ScalarType::embedded || field.target != type) continue;
      // What is gone or new as a whole is explained as a whole.
      const TypeDef* other = schema(!earlier).type(holder.number);
      if (other == nullptr || other->field(field.number) == nullptr) continue;
      if (field.collection != Collection::none) return false;
      Path longer{field.number};
      longer.insert(longer.end(), path.begin(), path.end());
      if (!is_claimed_everywhere(earlier, holder.number, longer, depth + 1)) return false;
      held = true;
    }
  return held || claims.leaves.contains({type, std::get<FieldNumber>(path.back())});
}

std::string MigrationBinder::step_that_explains(const SchemaChange& change) const {
  const std::string& field = change.field;
  switch (change.kind) {
    case ChangeKind::type_removed:
      return fmt::format(
          R"(add "{0}": {{"rename": "..."}} if it is called otherwise now, or "{0}": {{"drop": true}})",
          change.type);
    case ChangeKind::field_removed: {
      const TypeDef* type = before_.schema.type(after_.schema.type(change.type)->number);
      if (sources_.leaves.contains({type->number, type->field(field)->number}))
        return fmt::format(
            "steps take it from some of the objects that {} is embedded in: take it from each, or "
            "state what becomes of it below \"{}\"",
            change.type, type->name);
      return fmt::format(
          R"(add {{"drop": "{0}"}}; or "rename", "convert", "split", "merge" or "move" it)", field);
    }
    case ChangeKind::field_type:
      return fmt::format(
          R"(add {{"convert": "{0}"}}, or add a field of another name and {{"drop": "{0}"}})",
          field);
    case ChangeKind::required:
    case ChangeKind::nullability: {
      const TypeDef* is = after_.schema.type(change.type);
      const FieldDef* now = is->field(field);
      const FieldDef* was = before_.schema.type(is->number)->field(now->number);
      if (now->collection != Collection::none && was->nullable != now->nullable)
        return "elements cannot begin or cease to be null: \"convert\" it to a field of another "
               "name";
      return fmt::format(R"(add {{"{}": "{}", "default": ...}})",
                         is_stricter(*now, *was) ? "require" : "relax", was->name);
    }
    default:
      return kNewType;
  }
}

void MigrationBinder::compare_fields(const TypeDef& was, const TypeDef& is) {
  for (const FieldDef& field : is.fields) {
    if (const FieldDef* old = was.field(field.number)) {
      compare_field(is, *old, field);
    } else if (field.required && !field.default_value &&
               !is_claimed_everywhere(false, is.number, {field.number}, 0)) {
      fault("",
            fmt::format("{}.{}: new, required, and nothing says what it holds in objects of "
                        "version {}",
                        is.name, field.name, plan_.from),
            "give it a \"default\" in its schema, make it optional, or make it by a step");
    }
  }
}

void MigrationBinder::compare_field(const TypeDef& type, const FieldDef& was, const FieldDef& is) {
  if (was.type != is.type || was.collection != is.collection || was.target != is.target) return;
  const auto found = readings_.find({type.number, is.number});
  if (found == readings_.end()) return;  // said among the changes, if it is one
  const PlanStep& step = *found->second;
  if (is.collection != Collection::none && was.nullable != is.nullable)
    return fault(step.pointer,
                 fmt::format("elements of \"{}\" cannot begin or cease to be null", is.name),
                 "\"convert\" it to a field of another name");
  Migration::Reading reading{type.number, is.number, std::nullopt, std::nullopt};
  bool complete = true;
  if (is_stricter(is, was)) {
    reading.later = value_read(is, after_.schema, step.otherwise, &step);
    complete &= reading.later.has_value();
  }
  if (is_stricter(was, is)) {
    reading.earlier = value_read(was, before_.schema, step.otherwise_back, &step);
    complete &= reading.earlier.has_value();
  }
  if (complete) out_.readings_.push_back(std::move(reading));
}

// What a version reads where another may leave the field out. Nothing: there is a fault.
std::optional<Value> MigrationBinder::value_read(const FieldDef& field, const Schema& schema,
                                                 const std::optional<Value>& stated,
                                                 const PlanStep* step) {
  const bool earlier = &schema == &before_.schema;
  if (!stated) {
    if (field.default_value) return field.default_value;
    fault(step->pointer,
          fmt::format("nothing says what version {} reads where \"{}\" is missing or null",
                      version(earlier), field.name),
          "add \"default\" to the step, or to the field's schema");
    return std::nullopt;
  }
  const std::vector<ScalarType> types = types_of(schema, field);
  const auto held = [&](const Value& value) -> std::optional<Value> {
    return value.is_null() && field.nullable ? std::optional<Value>(value) : held_as(types, value);
  };
  if (field.collection == Collection::none) {
    if (std::optional<Value> value = held(*stated)) return value;
  } else if (stated->is<List>() && stated->get<List>().elements.empty() &&
             field.collection != Collection::dictionary) {
    return stated;
  } else if (stated->is<Document>() && stated->get<Document>().fields.empty() &&
             field.collection == Collection::dictionary) {
    return stated;
  }
  fault(step->pointer,
        fmt::format("{} is no value of \"{}\" in version {}",
                    print_extended_json(*stated, JsonForm::relaxed), field.name, version(earlier)),
        field.collection == Collection::none ? "give a value of the field's type"
                                             : "give an empty one, [] or {}");
  return std::nullopt;
}

void MigrationBinder::embed() {
  Migration::Embedding& embedding = out_.embedding_;
  for (const bool earlier : {true, false})
    for (const TypeDef& type : schema(earlier).types)
      for (const FieldDef& field : type.fields)
        if (field.type == ScalarType::embedded) embedding[type.number][field.number] = field.target;
  std::set<TypeNumber> leading;  // to a step
  for (const Bound& step : out_.steps_) leading.insert(step.type);
  for (bool grows = true; grows;) {
    grows = false;
    for (const auto& [type, fields] : embedding)
      for (const auto& [field, target] : fields)
        if (leading.contains(target)) grows |= leading.insert(type).second;
  }
  for (auto& [type, fields] : embedding)
    std::erase_if(fields, [&](const auto& field) { return !leading.contains(field.second); });
  std::erase_if(embedding, [](const auto& type) { return type.second.empty(); });
}

bool MigrationBinder::can_hold(const TypeNumber outer, const TypeNumber wanted) const {
  std::set<TypeNumber> seen{outer};
  for (std::vector<TypeNumber> left{outer}; !left.empty();) {
    const TypeNumber at = left.back();
    left.pop_back();
    if (at == wanted) return true;
    for (const bool earlier : {true, false})
      if (const TypeDef* type = schema(earlier).type(at))
        for (const FieldDef& field : type->fields)
          if (field.type == ScalarType::embedded && seen.insert(field.target).second)
            left.push_back(field.target);
  }
  return false;
}

}  // namespace syncline
