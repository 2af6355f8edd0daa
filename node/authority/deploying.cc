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

Document record_of(std::string_view id, const AppFiles& files, const Schema& schema,
                   int64_t deployments) {
  Document texts;
  for (const auto& [path, text] : files) texts.set(path, text);
  return Document{{"_id", id},
                  {"files", texts},
                  {"schema", Binary{0, encode_schema(schema)}},
                  {"deployments", deployments}};
}

Guard guard_on(std::string_view id) {
  Guard guard;
  guard.id = Value(id);
  guard.object = {system_type::kApp, *object_key(guard.id)};
  guard.kind = Guard::Kind::absent;
  return guard;
}

AppRecord as_record(const SchemaVersion& version) { return {*version.files, version.schema(), 0}; }

std::vector<AppRecord> older_than_deployed(const SchemaVersions& versions) {
  std::vector<AppRecord> out;
  for (const uint32_t number : versions.numbers())
    if (number != versions.deployed().number())
      out.push_back(as_record(*versions.in_force(number)));
  return out;
}

// Of the version's number alone.
Status object_to_version(const AppFiles& files, uint32_t version, const Deployed& now) {
  const uint32_t deployed = now.schema().version;
  if (const SchemaVersion* next = now.versions->next(); next != nullptr)
    return fail(ErrorCode::kRefused,
                fmt::format("schema version {} is being made ready: deploy again when it is in "
                            "force (`syncline app show` tells)",
                            next->number()));
  if (version < deployed)
    return fail(ErrorCode::kRefused,
                fmt::format("the app's files are of schema version {}, and version {} is deployed: "
                            "leave {} beside its schemas, for older devices live by it. To go "
                            "back, write a migration to version {}",
                            version, deployed, migration_path(static_cast<int>(deployed - 1)),
                            deployed + 1));
  if (version > deployed + 1)
    return fail(ErrorCode::kRefused,
                fmt::format("the app's files are of schema version {}, and version {} is deployed: "
                            "deploy the versions between one after the other",
                            version, deployed));
  const std::string path = migration_path(static_cast<int>(deployed) - 1);
  const auto had = now.files->find(path);
  const auto has = files.find(path);
  if (version == deployed && now.versions->numbers().size() > 1 && had != now.files->end() &&
      (has == files.end() || has->second != had->second))
    return fail(ErrorCode::kRefused,
                fmt::format("{} is another than the one that objects were migrated by: leave it as "
                            "it was, and write a migration to version {} for what is to change",
                            path, deployed + 1));
  return {};
}

// Nodes are told of it, and it is read again with every start.
Status object_to_size(const SchemaVersions& versions) {
  for (const uint32_t number : versions.numbers()) {
    const Bytes encoded = encode_schema(versions.in_force(number)->schema());
    if (encoded.size() > limits::kSchemaBytesMax || !decode_schema(encoded))
      return fail(ErrorCode::kBadApp,
                  fmt::format("with what schema versions before it had, schema version {} has more "
                              "types and fields than a node can be told of",
                              number));
  }
  return {};
}

// The highest revision there is, and one more.
uint64_t next_revision(const Schema& now, size_t restores) {
  return std::max<uint64_t>(now.revision + 1, numbers_from(restores) + uint64_t{1});
}

}  // namespace

uint32_t numbers_from(size_t restores) {
  return static_cast<uint32_t>(std::min<size_t>(restores, 1u << 15)) * kNumbersPerLog;
}

std::vector<Guard> guards_on(const Deployed* now) {
  Guard deployed = guard_on(kDeployedApp);
  if (now != nullptr) {
    deployed.kind = Guard::Kind::equals;
    deployed.path = {system_field::app::kDeployments};
    deployed.item = Item(Value(now->deployments));
  }
  return {std::move(deployed),
          guard_on(id_of_next_app(now == nullptr ? 1 : now->schema().version + 1))};
}

Result<Deployment> plan_deployment(const AppFiles& files, const Deployed* now,
                                   RolesWithoutFilters setting,
                                   std::shared_ptr<const RuleFunctions> functions,
                                   size_t restores) {
  Deployment deployment;
  deployment.version = static_cast<uint32_t>(version_of(files));
  deployment.deployed_version = now == nullptr ? 0 : now->schema().version;
  if (now != nullptr) SYNCLINE_TRY(object_to_version(files, deployment.version, *now));

  Schema previous = now == nullptr ? Schema() : now->schema();
  if (deployment.begins_version()) {
    const std::string path = migration_path(static_cast<int>(deployment.deployed_version));
    SYNCLINE_ASSIGN(const MigrationPlan plan, read_migration(path, files.at(path)));
    previous = numbering_base(plan, now->schema());
  }
  SYNCLINE_ASSIGN(const auto planned, compile_app(files, now == nullptr ? nullptr : &previous,
                                                  setting, functions, numbers_from(restores)));
  AppRecord record{files, planned->schema(), 0};
  record.schema.version = deployment.version;
  if (now != nullptr) {
    record.schema.revision = now->schema().revision;
    std::vector<AppRecord> older = older_than_deployed(*now->versions);
    deployment.changes = schema_changes(*now->app, *planned->app);
    if (deployment.begins_version()) {
      record.schema.revision = next_revision(now->schema(), restores);
      const AppRecord deployed = as_record(now->versions->deployed());
      SYNCLINE_ASSIGN(const SchemaVersions preparing,
                      SchemaVersions::compile(deployed, older, &record, setting, functions));
      deployment.losses = preparing.to_next().losses();
      note_migration(migration_path(static_cast<int>(deployment.deployed_version)),
                     &deployment.changes);
      older.push_back(deployed);
    } else {
      SYNCLINE_TRY(object_to_breaking(deployment.changes));
    }
    keep_readings(now->schema(), &record.schema);
    // As it will be in force.
    SYNCLINE_ASSIGN(const SchemaVersions versions,
                    SchemaVersions::compile(record, older, nullptr, setting, functions));
    SYNCLINE_TRY(object_to_size(versions));
    if (!deployment.begins_version() && versions.deployed().schema() != now->schema())
      record.schema.revision = next_revision(now->schema(), restores);
    const uint64_t revision = record.schema.revision;
    record.schema = versions.deployed().schema();
    record.schema.revision = revision;
  }
  deployment.record = record_of(
      deployment.begins_version() ? id_of_next_app(deployment.version) : std::string(kDeployedApp),
      files, record.schema, deployments_of(now) + 1);
  deployment.planned_on = guards_on(now);
  return deployment;
}

std::vector<Document> put_in_force(const Deployed& now) {
  const SchemaVersion& next = *now.versions->next();
  Schema schema = next.schema();
  ++schema.revision;
  return {
      record_of(kDeployedApp, *next.files, schema, now.deployments + 1),
      record_of(id_of_older_app(now.schema().version), *now.files, now.schema(), now.deployments)};
}

std::optional<std::string> object_to_ending(const Deployed& now, uint32_t version) {
  const std::vector<uint32_t> numbers = now.versions->numbers();
  if (now.versions->next() != nullptr)
    return fmt::format("schema version {} is being made ready: end others when it is in force",
                       now.versions->next()->number());
  if (std::ranges::find(numbers, version) == numbers.end())
    return fmt::format("schema version {} is not in force", version);
  if (version == now.schema().version)
    return fmt::format("schema version {} is the deployed one", version);
  if (version != numbers.front())
    return fmt::format("schema version {} is in force and older: end it first", numbers.front());
  return std::nullopt;
}

}  // namespace syncline
