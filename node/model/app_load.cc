#include "node/model/app_load.h"

#include <fmt/format.h>

#include "node/model/app_schema.h"
#include "node/model/constraint.h"

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

void close_report(Loading& load, AppReport* report) {
  report->files.clear();
  report->errors = report->warnings = 0;
  for (auto& [path, file] : load.files)
    report->files.push_back(
        file.notes.close(file.parsed ? &file.value : nullptr, &report->errors, &report->warnings));
}

}  // namespace

std::shared_ptr<const App> load_app(const AppFiles& files, AppReport* report,
                                    const Schema* previous) {
  Loading load;
  list_files(files, &load);
  load_root(load);
  load_values(load);
  load_sources(load);
  load_collections(load);
  TypeDrafts types = read_schemas(load);
  mark_asymmetric(load, types);
  apply_relationships(load, types);
  check_constraints(load, types);
  number_types(load, types, previous);
  load_rules(load);
  check_queryable(load);
  load_custom_user_data(load);
  close_report(load, report);
  if (report->errors > 0) return nullptr;
  return std::make_shared<const App>(std::move(load.app));
}

}  // namespace syncline
