// The form of migrations/<from>-<to>.json: docs/migrations.md. Called by read_migration, and by the
// app loader, which accounts for every key. Pure; any thread.
#pragma once

#include "node/model/app_notes.h"
#include "node/model/migration.h"

namespace syncline::app {

// What the file's name says, or nothing if it is none of a migration.
struct MigrationName {
  int from = 0;
  int to = 0;
};
std::optional<MigrationName> migration_name(std::string_view path);

// An error in the notes if no migration can have that name.
bool check_migration_name(Notes& notes, std::string_view path);

// The plan that the value states; what is wrong is in the notes, and left out.
// Requires: the path is a migration's.
MigrationPlan read_plan(Notes& notes, const Json& value, const std::string& path);

}  // namespace syncline::app
