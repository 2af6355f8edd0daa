// What the numbers of the later version are given by.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "node/model/migration.h"
#include "node/model/migration_paths.h"

namespace syncline {
namespace {

using StepKind = MigrationPlan::Step::Kind;

bool gets_number_of_its_own(StepKind kind) {
  return kind == StepKind::convert || kind == StepKind::split || kind == StepKind::merge ||
         kind == StepKind::move || kind == StepKind::drop;
}

// What becomes of the names of one list of types, or of fields.
template <class Number>
struct Naming {
  std::map<Number, std::string> renamed;
  std::set<Number> gone;
};

// Renames, and moves what is gone to `retired`.
template <class T, class Number>
void apply(const Naming<Number>& naming, int version, std::vector<T>* live,
           std::vector<T>* retired) {
  std::set<std::string> taken;
  for (const auto& [number, name] : naming.renamed) taken.insert(name);
  std::vector<T> left;
  for (T& one : *live) {
    const auto renamed = naming.renamed.find(one.number);
    const bool gone = naming.gone.contains(one.number);
    if (!gone && renamed != naming.renamed.end()) one.name = renamed->second;
    if (gone || (renamed == naming.renamed.end() && taken.contains(one.name)))
      retired->push_back(std::move(one));
    else
      left.push_back(std::move(one));
  }
  *live = std::move(left);
  for (T& one : *retired) one.name = retired_name(version, one.name);
  std::ranges::sort(*retired, {}, &T::number);
}

}  // namespace

std::string retired_name(int version, const std::string& name) {
  return name.starts_with('$') ? name : fmt::format("${}.{}", version, name);
}

FieldPlace find_field(const Schema& schema, const TypeDef& type, std::string_view dotted) {
  FieldPlace place;
  place.holder = &type;
  for (;;) {
    const std::string_view name = dotted.substr(0, dotted.find('.'));
    place.field = place.holder->field(name);
    if (place.field == nullptr) return place;
    place.path.push_back(place.field->number);
    if (name.size() == dotted.size()) return place;
    dotted.remove_prefix(name.size() + 1);
    const TypeDef* inside =
        place.field->type == ScalarType::embedded && place.field->collection == Collection::none
            ? schema.type(place.field->target)
            : nullptr;
    if (inside == nullptr) {
      place.on_the_way = place.field->name;
      place.field = nullptr;
      return place;
    }
    place.holder = inside;
  }
}

Schema numbering_base(const MigrationPlan& plan, const Schema& before) {
  Naming<TypeNumber> types;
  std::map<TypeNumber, Naming<FieldNumber>> fields;
  for (const MigrationPlan::Type& planned : plan.types) {
    const TypeDef* type = before.type(planned.before);
    if (type == nullptr || is_system(type->number)) continue;
    if (planned.drop)
      types.gone.insert(type->number);
    else if (planned.after != planned.before)
      types.renamed[type->number] = planned.after;
    for (const MigrationPlan::Step& step : planned.steps)
      for (const std::string& name : step.before) {
        const FieldPlace place = find_field(before, *type, name);
        if (place.field == nullptr || place.field->name == "_id") continue;
        if (step.kind == StepKind::rename && step.after.size() == 1)
          fields[place.holder->number].renamed[place.field->number] = step.after[0];
        else if (gets_number_of_its_own(step.kind))
          fields[place.holder->number].gone.insert(place.field->number);
      }
  }
  Schema out = before;
  for (TypeDef& type : out.types)
    if (!is_system(type.number)) apply(fields[type.number], plan.from, &type.fields, &type.retired);
  apply(types, plan.from, &out.types, &out.retired);
  return out;
}

}  // namespace syncline
