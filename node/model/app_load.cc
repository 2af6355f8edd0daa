#include "node/model/app_load.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/model/app_in_part.h"
#include "node/model/app_schema.h"
#include "node/model/constraint.h"
#include "node/model/migration.h"

namespace syncline {
namespace {

using namespace app;

void list_files(const AppFiles& files, Loading* load) {
  for (const auto& [path, text] : files) {
    Place place = place_of(path);
    Notes notes(path, place.kind);
    if (place.use == Use::none) {
      if (place.suspect.empty())
        notes.ignore_file(place.reason);
      else
        notes.ignore_file(place.reason, Severity::warning, "unknown_file",
                          fmt::format("did you mean \"{}\"?", place.suspect));
    }
    load->files.emplace(path, File{std::move(place), &text, std::move(notes), nullptr, false});
  }
}

void mark_asymmetric(const Loading& load, TypeDrafts& types) {
  for (const std::string& name : load.sync.asymmetric)
    if (auto found = types.find(name); found != types.end() && !found->second.def.embedded)
      found->second.def.asymmetric = true;
}

// What the validator compiles, so that an app that loads has one.
void check_constraints(Loading& load, const TypeDrafts& types) {
  for (const auto& [name, type] : types) {
    if (type.notes->has_errors()) continue;
    Result<ConstraintPointer> compiled = compile_constraint(type.constraints, type.pointer);
    if (!compiled)
      type.notes->error("bad_keyword", type.pointer, compiled.error().message,
                        "correct the value, or remove the keyword");
  }
}

// An authority starts on such an app, but its nodes can hold nothing: hardly what was meant.
void warn_of_nothing(Loading& load, const TypeDrafts& types) {
  for (const auto& [name, type] : types)
    if (!type.def.embedded) return;
  for (const auto& [path, file] : load.files)
    if (file.notes.has_errors()) return;
  auto at = std::ranges::find_if(load.files,
                                 [](const auto& file) { return file.second.place.kind == "app"; });
  if (at == load.files.end()) at = load.files.begin();
  if (at == load.files.end()) return;
  at->second.notes.warning("nothing_synced", "",
                           "no collection of the app is synced: nodes could hold nothing",
                           "give a collection a schema with a title and properties, _id among "
                           "them");
}

void close_report(Loading& load, AppReport* report) {
  report->files.clear();
  report->errors = report->warnings = 0;
  for (auto& [path, file] : load.files)
    report->files.push_back(
        file.notes.close(file.parsed ? &file.value : nullptr, &report->errors, &report->warnings));
}

void read_all(const AppFiles& files, const Schema* previous, uint32_t numbers_from, Loading& load) {
  list_files(files, &load);
  load.app.schema.version = static_cast<uint32_t>(version_of(files));
  load_root(load);
  load_values(load);
  load_sources(load);
  load_collections(load);
  TypeDrafts types = read_schemas(load);
  mark_asymmetric(load, types);
  refuse_endless_embedding(types);
  apply_relationships(load, types);
  check_constraints(load, types);
  number_types(load, types, previous, numbers_from);
  check_indexes(load, types);
  load_rules(load);
  check_queryable(load);
  load_custom_user_data(load);
  load_migrations(load);
  warn_of_nothing(load, types);
}

// Where a schema could not be read, a type that may have any field: rules speak of it.
void add_stand_ins(Loading& load) {
  std::vector<TypeDef>& types = load.app.schema.types;
  for (const auto& [name, collection] : load.collections) {
    if (!collection.schema_unread) continue;
    TypeDef any;
    any.name = any.collection = name;
    any.number = TypeNumber(
        types.empty() ? system_type::kFirstUser
                      : std::max(types.back().number.value + 1, uint32_t{system_type::kFirstUser}));
    any.open = true;
    types.push_back(std::move(any));
  }
}

}  // namespace

std::shared_ptr<const App> load_app(const AppFiles& files, AppReport* report,
                                    const Schema* previous, uint32_t numbers_from) {
  Loading load;
  read_all(files, previous, numbers_from, load);
  close_report(load, report);
  if (report->errors > 0) return nullptr;
  return std::make_shared<const App>(std::move(load.app));
}

std::shared_ptr<const App> load_app_in_part(const AppFiles& files, AppReport* report) {
  Loading load;
  read_all(files, nullptr, 0, load);
  add_stand_ins(load);
  close_report(load, report);
  return std::make_shared<const App>(std::move(load.app));
}

}  // namespace syncline
