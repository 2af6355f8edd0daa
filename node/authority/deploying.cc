#include "node/authority/deploying.h"

#include <algorithm>

#include <fmt/format.h>

#include "proto/codec.h"
#include "proto/limits.h"

namespace syncline {
namespace {

constexpr size_t kChangesToldMax = 20;
// Of types, of a type's fields, of versions: more than an app may have fields.
constexpr uint32_t kNumbersPerLog = 1u << 16;

// Only what devices cannot go on with.
Status object_to_breaking(const std::vector<SchemaChange>& changes) {
  if (!any_breaking(changes)) return {};
  std::string text = "nothing was deployed: the schema changes in a way that breaks devices";
  size_t told = 0;
  for (const SchemaChange& change : changes) {
    if (change.meaning != SchemaChange::Class::breaking) continue;
    if (++told <= kChangesToldMax) text += "\n  " + line_of(change);
  }
  if (told > kChangesToldMax) text += fmt::format("\n  and {} more", told - kChangesToldMax);
  return fail(ErrorCode::kRefused, text);
}

int64_t deployments_of(const Deployed* now) { return now == nullptr ? 0 : now->deployments; }

}  // namespace

uint32_t numbers_from(size_t restores) {
  return static_cast<uint32_t>(std::min<size_t>(restores, 1u << 15)) * kNumbersPerLog;
}

Result<Deployment> plan_deployment(const AppFiles& files, const Deployed* now,
                                   RolesWithoutFilters setting,
                                   std::shared_ptr<const RuleFunctions> functions,
                                   size_t restores) {
  const Schema* previous = now == nullptr ? nullptr : &now->schema();
  SYNCLINE_ASSIGN(const auto next, compile_app(files, previous, setting, std::move(functions),
                                               numbers_from(restores)));
  Deployment deployment;
  if (now != nullptr) {
    deployment.changes = schema_changes(*now->app, *next->app);
    SYNCLINE_TRY(object_to_breaking(deployment.changes));
  }
  Schema schema = next->schema();
  if (previous != nullptr &&
      (schema.types != previous->types || schema.retired != previous->retired))
    schema.version =
        std::max<uint64_t>(previous->version + 1, numbers_from(restores) + uint64_t{1});
  if (encode_schema(schema).size() > limits::kSchemaBytesMax)
    return fail(ErrorCode::kBadApp, "the app's schemas are larger than a node can be told of");
  Document texts;
  for (const auto& [path, text] : files) texts.set(path, text);
  deployment.record = Document{{"_id", "app"},
                               {"files", texts},
                               {"schema", Binary{0, encode_schema(schema)}},
                               {"deployments", deployments_of(now) + 1}};
  // Nothing of it stands if another deployment came between.
  deployment.planned_on.kind = now == nullptr ? Guard::Kind::absent : Guard::Kind::equals;
  deployment.planned_on.id = Value("app");
  SYNCLINE_ASSIGN(ObjectKey key, object_key(deployment.planned_on.id));
  deployment.planned_on.object = {system_type::kApp, std::move(key)};
  if (now != nullptr) {
    deployment.planned_on.path = {system_field::app::kDeployments};
    deployment.planned_on.item = Item(Value(deployments_of(now)));
  }
  return deployment;
}

}  // namespace syncline
