// Embedded types that require themselves, so that no finite object has them.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "node/model/app_schema.h"

namespace syncline::app {
namespace {

// Whether every array or dictionary of the field has an element.
bool is_never_empty(const TypeDraft& type, const FieldDraft& field) {
  auto properties = type.constraints.find("properties");
  if (properties == type.constraints.end()) return false;
  auto schema = properties->find(field.def.name);
  if (schema == properties->end() || !schema->is_object()) return false;
  const char* least = field.def.collection == Collection::dictionary ? "minProperties" : "minItems";
  auto found = schema->find(least);
  return found != schema->end() && found->is_number() && found->get<double>() >= 1;
}

// Whether an object of the type holds one of the field's.
bool must_embed(const TypeDraft& type, const FieldDraft& field) {
  if (field.def.type != ScalarType::embedded || !field.def.required || field.def.nullable ||
      field.def.default_value)
    return false;
  return field.def.collection == Collection::none || is_never_empty(type, field);
}

class Endless {
 public:
  explicit Endless(TypeDrafts& types) : types_(types) {
    for (const auto& [name, type] : types)
      for (const FieldDraft& field : type.fields)
        if (must_embed(type, field)) required_[name].push_back(&field);
  }

  void refuse() {
    find_finite();
    for (auto& [name, type] : types_)
      if (!finite_.contains(name) && !told_.contains(name)) tell_cycle_from(name);
  }

 private:
  // Types of which there are finite objects: those that require finite ones only.
  void find_finite() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& [name, type] : types_)
        if (!finite_.contains(name) && !first_endless(name)) changed = finite_.insert(name).second;
    }
  }

  const FieldDraft* first_endless(const std::string& type) const {
    const auto fields = required_.find(type);
    if (fields == required_.end()) return nullptr;
    for (const FieldDraft* field : fields->second)
      if (!finite_.contains(field->target)) return field;
    return nullptr;
  }

  // Each type without finite objects leads to another such, until one comes again.
  void tell_cycle_from(const std::string& start) {
    std::vector<std::string> way = {start};
    for (;;) {
      const std::string next = first_endless(way.back())->target;
      const auto again = std::ranges::find(way, next);
      if (again != way.end()) {
        way.erase(way.begin(), again);
        break;
      }
      way.push_back(next);
    }
    if (!std::ranges::all_of(way, [&](const auto& name) { return told_.insert(name).second; }))
      return;  // it was told, and `start` only requires what lies on it
    std::vector<std::string> steps;
    for (const std::string& name : way)
      steps.push_back(fmt::format("{}.{}", name, first_endless(name)->def.name));
    const FieldDraft* field = first_endless(way[0]);
    TypeDraft& type = types_.at(way[0]);
    type.notes->error("endless_embedding", field->pointer,
                      fmt::format("{} requires {}, which requires a {} again: no finite object "
                                  "satisfies that ({} -> {})",
                                  shown(way[0]), shown(field->def.name), shown(way[0]),
                                  fmt::join(steps, " -> "), way[0]),
                      fmt::format("remove {} from \"required\"", shown(field->def.name)));
  }

  TypeDrafts& types_;
  std::map<std::string, std::vector<const FieldDraft*>> required_;
  std::set<std::string> finite_;
  std::set<std::string> told_;
};

}  // namespace

void refuse_endless_embedding(TypeDrafts& types) { Endless(types).refuse(); }

}  // namespace syncline::app
