#include "node/cli/schema_changes.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "node/authority/stored_object.h"
#include "node/cli/commands.h"
#include "node/model/migration.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

// Of one document; the rest is counted.
constexpr size_t kViolationsToldMax = 8;

nlohmann::json json_of(const SchemaChange& change) {
  nlohmann::json json{{"type", change.type},
                      {"change", name_of(change.kind)},
                      {"class", name_of(change.meaning)},
                      {"text", change.text}};
  if (!change.field.empty()) json["field"] = change.field;
  if (!change.remedy.empty()) json["remedy"] = change.remedy;
  return json;
}

bool is_directory(const std::string& path) {
  return path != "-" && std::filesystem::is_directory(path);
}

// An app's directory, or one collection's schema.
Result<AppFiles> files_at(const std::string& path) {
  if (is_directory(path)) return read_one_app(path);
  SYNCLINE_ASSIGN(std::string text, read_input(path));
  return AppFiles{{"data_sources/mongodb-atlas/app/schema/schema.json", std::move(text)}};
}

Result<std::shared_ptr<const App>> load(const std::string& path, const Schema* previous) {
  SYNCLINE_ASSIGN(const AppFiles files, files_at(path));
  AppReport report;
  report.root = path;
  std::shared_ptr<const App> app = load_app(files, &report, previous);
  if (app == nullptr)
    return fail(ErrorCode::kBadApp,
                fmt::format("{} does not load:\n{}", path, print_report({report})));
  return app;
}

// Of two apps: is the one what `app deploy` would take after the other? A schema by itself is of no
// version.
Status object_to_versions(const std::string& before, int was, const std::string& after, int is) {
  if (is == was || is == was + 1 || !is_directory(before) || !is_directory(after)) return {};
  const std::string versions =
      fmt::format("{} is schema version {}, {} is {}", after, is, before, was);
  if (is < was)
    return fail(ErrorCode::kUsage,
                fmt::format("{}: leave {} beside its schemas. The way back is a version too, by a "
                            "migration to {}",
                            versions, migration_path(was - 1), was + 1));
  return fail(ErrorCode::kUsage,
              fmt::format("{}: compare it with version {}, as `app deploy` takes them one after "
                          "the other",
                          versions, is - 1));
}

// What `app deploy` would make of it, as that schema version. path: of the migration to the next
// version; `migrates`: it is there.
std::string verdict_of(const std::vector<SchemaChange>& changes, uint32_t version,
                       const std::string& path, bool migrates) {
  const auto breaking =
      std::ranges::count(changes, SchemaChange::Class::breaking, &SchemaChange::meaning);
  const std::string count =
      fmt::format("{} change{}", changes.size(), changes.size() == 1 ? "" : "s");
  if (breaking > 0)
    return migrates ? fmt::format(
                          "{}, {} of them breaking, which {} explains: `app deploy` makes it "
                          "schema version {}",
                          count, breaking, path, version)
                    : fmt::format("{}, {} of them breaking: `app deploy` refuses that without {}",
                                  count, breaking, path);
  const std::string what =
      changes.empty() ? std::string("the schemas are the same") : count + ", none breaking";
  if (migrates)
    return fmt::format("{}; with {}, `app deploy` makes it schema version {} all the same", what,
                       path, version);
  return changes.empty() ? what : what + ": deploy it";
}

}  // namespace

nlohmann::json json_of(const std::vector<SchemaChange>& changes) {
  nlohmann::json all{{"changes", nlohmann::json::array()}, {"breaking", any_breaking(changes)}};
  for (const SchemaChange& change : changes) all["changes"].push_back(json_of(change));
  return all;
}

Result<int> tell_changes(const std::vector<SchemaChange>& changes, bool json,
                         const Output& output) {
  if (!json) {
    for (const SchemaChange& change : changes) output.line(line_of(change));
    return 0;
  }
  output.line(json_of(changes).dump());
  return 0;
}

Result<int> diff_schemas(const std::string& before, const std::string& after, bool json,
                         const Output& output) {
  SYNCLINE_ASSIGN(const auto was, load(before, nullptr));
  SYNCLINE_ASSIGN(const AppFiles files, files_at(after));
  SYNCLINE_TRY(
      object_to_versions(before, static_cast<int>(was->schema.version), after, version_of(files)));
  const std::string path = migration_path(static_cast<int>(was->schema.version));
  const auto migration = files.find(path);
  Schema base = was->schema;
  std::optional<MigrationPlan> plan;
  if (migration != files.end()) {
    SYNCLINE_ASSIGN(plan, read_migration(path, migration->second));
    base = numbering_base(*plan, was->schema);
  }
  SYNCLINE_ASSIGN(const auto is, load(after, &base));
  std::vector<SchemaChange> changes = schema_changes(*was, *is);
  std::vector<std::string> losses;
  if (plan) {
    SYNCLINE_ASSIGN(const Migration step, Migration::bind(*plan, *was, *is));
    losses = step.losses();
    note_migration(path, &changes);
  }
  if (json) {
    nlohmann::json out = json_of(changes);
    out["version"] = is->schema.version;
    out["losses"] = losses;
    output.line(out.dump());
    return any_breaking(changes) ? 1 : 0;
  }
  SYNCLINE_TRY(tell_changes(changes, false, output));
  output.line(verdict_of(changes, is->schema.version, path, plan.has_value()));
  for (const std::string& loss : losses) output.line("  " + loss);
  return any_breaking(changes) ? 1 : 0;
}

Result<int> list_quarantine(AuthorityDaemon* authority, bool json, const Output& output) {
  const std::shared_ptr<const Deployed> deployed = authority->deployed();
  if (deployed == nullptr) return fail(ErrorCode::kNotFound, "no app is deployed");
  uint64_t objects = 0;
  uint64_t listed = 0;
  for (const TypeDef& type : deployed->schema().types) {
    if (type.embedded || is_system(type.number)) continue;
    auto at = scan_rows(authority->state(), type.number);
    for (; at->valid(); at->next()) {
      ++objects;
      SYNCLINE_ASSIGN(const Row row, decode_row(at->value()));
      const std::vector<Violation> violations =
          deployed->validator->check(type.number, row.fields, nullptr, kViolationsToldMax + 1);
      if (violations.empty()) continue;
      ++listed;
      const std::string id = print_extended_json(row.id, JsonForm::relaxed);
      nlohmann::json reasons = nlohmann::json::array();
      for (size_t i = 0; i < violations.size() && i < kViolationsToldMax; ++i)
        reasons.push_back({{"kind", violations[i].kind}, {"text", violations[i].text}});
      const bool more = violations.size() > kViolationsToldMax;
      if (json) {
        if (!output.line(nlohmann::json{
                {"type", type.name},
                {"id", nlohmann::json::parse(id, nullptr, false)},
                {"reasons", std::move(reasons)},
                {"more",
                 more}}.dump()))
          return 1;
        continue;
      }
      std::string texts;
      for (const auto& reason : reasons)
        texts += fmt::format("{}{}", texts.empty() ? "" : "; ", reason["text"].get<std::string>());
      if (!output.line(fmt::format("{}/{}: {}{}", type.name, id, texts, more ? "; and more" : "")))
        return 1;
    }
    SYNCLINE_TRY(at->status());
  }
  if (!json)
    output.line(fmt::format("{} of {} documents do not satisfy the schema{}", listed, objects,
                            listed == 0 ? ""
                                        : "; they are synced as they are, and may be edited in "
                                          "what satisfies it"));
  return listed == 0 ? 0 : 1;
}

}  // namespace syncline
