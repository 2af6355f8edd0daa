#include "node/authority/deploying.h"

#include <fmt/format.h>

#include "proto/codec.h"
#include "proto/limits.h"

namespace syncline {
namespace {

constexpr size_t kChangesToldMax = 20;

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

}  // namespace

Result<Deployment> plan_deployment(const AppFiles& files, const Deployed* now,
                                   RolesWithoutFilters setting,
                                   std::shared_ptr<const RuleFunctions> functions) {
  const Schema* previous = now == nullptr ? nullptr : &now->schema();
  SYNCLINE_ASSIGN(const auto next, compile_app(files, previous, setting, std::move(functions)));
  Deployment deployment;
  if (now != nullptr) {
    deployment.changes = schema_changes(*now->app, *next->app);
    SYNCLINE_TRY(object_to_breaking(deployment.changes));
  }
  Schema schema = next->schema();
  if (previous != nullptr &&
      (schema.types != previous->types || schema.retired != previous->retired))
    schema.version = previous->version + 1;
  Document texts;
  for (const auto& [path, text] : files) texts.set(path, text);
  deployment.record =
      Document{{"_id", "app"}, {"files", texts}, {"schema", Binary{0, encode_schema(schema)}}};
  return deployment;
}

}  // namespace syncline
