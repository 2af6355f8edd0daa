// Which fields hold the _id of another type, by looking their values up.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "node/sampling/infer.h"

namespace syncline::sampling {
namespace {

struct Target {
  const SampledType* type = nullptr;
  LinkProbe::Resolved resolved;
};

std::string id_type(const SampledType& type) {
  return type.schema["properties"]["_id"]["bsonType"].get<std::string>();
}

// As the loader of apps has it: of one type, or the target takes any.
bool fits(const std::string& field, const std::string& id) {
  return field == id || id == "mixed" || (field == "int" && id == "long");
}

void remove_required(const LinkCandidate& candidate, SampledType* type) {
  SchemaJson& schema = type->schema[candidate.parent];
  if (!schema.contains("required")) return;
  SchemaJson& required = schema["required"];
  required.erase(std::remove(required.begin(), required.end(), SchemaJson(candidate.field)),
                 required.end());
  if (required.empty()) schema.erase("required");
}

void link(const LinkCandidate& candidate, const Target& target, const std::string& place,
          SampledType* type) {
  type->relationships[candidate.path] = {
      {"ref", fmt::format("#/relationship/{}/{}", place, target.type->collection)},
      {"foreign_key", "_id"},
      {"is_list", candidate.list}};
  FieldRow& row = type->rows[candidate.row];
  row.link = target.type->title;
  row.resolved = target.resolved;
  row.required = false;
  if (!candidate.list) remove_required(candidate, type);  // a link can be null
  type->messages.push_back(
      {false, "link", row.path,
       fmt::format("{} of {} values are the _id of a {}: declared a link to it",
                   target.resolved.resolved, target.resolved.of, target.type->title),
       "remove it from relationships.json if it is none"});
}

}  // namespace

void suggest_links(const std::vector<SampledType*>& types,
                   const std::vector<const Sampler*>& samplers, const std::string& place) {
  for (SampledType* type : types) {
    for (const LinkCandidate& candidate : type->candidates) {
      // A path is written with dots and brackets: such names have none.
      if (candidate.path.contains("[].[]") || candidate.field == "[]") continue;
      std::vector<Target> targets;
      for (size_t i = 0; i < types.size(); ++i) {
        if (!samplers[i]->ids().complete() || !fits(candidate.type, id_type(*types[i]))) continue;
        const LinkProbe::Resolved resolved = candidate.probe->resolve(samplers[i]->ids());
        if (resolved.enough()) targets.push_back({types[i], resolved});
      }
      if (targets.size() > 1) {
        const auto named =
            std::stable_partition(targets.begin(), targets.end(), [&](const Target& target) {
              return is_called_after(candidate.field, target.type->title) ||
                     is_called_after(candidate.field, target.type->collection);
            });
        if (named != targets.begin()) targets.erase(named, targets.end());
      }
      if (targets.size() == 1) {
        link(candidate, targets[0], place, type);
      } else if (!targets.empty()) {
        std::vector<std::string> titles;
        for (const Target& target : targets) titles.push_back(target.type->title);
        type->messages.push_back(
            {true, "ambiguous_link", type->rows[candidate.row].path,
             fmt::format("its values are _ids of several types ({}): declared a plain value",
                         fmt::join(titles, ", ")),
             "write the relationship that is meant into relationships.json"});
      }
    }
  }
}

}  // namespace syncline::sampling
