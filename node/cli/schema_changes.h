// How a schema changes, for people: `syncline schema diff`, what `app deploy` answers, and
// `syncline schema quarantine`, the documents that do not satisfy the schema in force.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "node/cli/handler.h"
#include "node/model/schema_change.h"
#include "node/runtime/authority_daemon.h"

namespace syncline {

nlohmann::json json_of(const std::vector<SchemaChange>& changes);
// A line for each, or one JSON object. 0.
Result<int> tell_changes(const std::vector<SchemaChange>& changes, bool json, const Output& output);
// OLD and NEW are app directories, or one schema.json each. 0: safe; 1: breaking. kBadApp.
Result<int> diff_schemas(const std::string& before, const std::string& after, bool json,
                         const Output& output);
// Reads all that the authority holds. 0; 1 if a document does not satisfy the schema.
Result<int> list_quarantine(AuthorityDaemon* authority, bool json, const Output& output);

}  // namespace syncline
