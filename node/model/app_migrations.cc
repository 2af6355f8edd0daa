// The migrations of an app: that each can be read. What they make of the schemas is for
// Migration::bind, which has the earlier one too.
#include <fmt/format.h>

#include "node/model/app_load.h"
#include "node/model/migration_form.h"

namespace syncline::app {
namespace {

// One that is missing between two is probably lost; the first ones may be gone with their versions.
void warn_of_gap(File& file, int from, int last_to) {
  if (last_to != 0 && from > last_to)
    file.notes.warning("migration_gap", "",
                       fmt::format("there is no migration from version {} to {}", last_to, from),
                       fmt::format("add {}", migration_path(last_to)));
}

}  // namespace

void load_migrations(Loading& load) {
  std::map<int, File*> by_from;
  for (auto& [path, file] : load.files) {
    if (file.place.use != Use::migration) continue;
    if (!check_migration_name(file.notes, path)) {
      file.notes.read_all("");
      continue;
    }
    by_from[migration_name(path)->from] = &file;
    if (!parse_file(file, nullptr) || !parse_object(load, file)) continue;
    (void)read_plan(file.notes, file.value, path);
  }
  int last_to = 0;
  for (const auto& [from, file] : by_from) {
    warn_of_gap(*file, from, last_to);
    last_to = from + 1;
  }
}

}  // namespace syncline::app
