// Roles: their shape, checked key by key. What their expressions mean is for node/access.
// One thread, during load_app.
#pragma once

#include <vector>

#include "node/model/app_load.h"

namespace syncline::app {

// The roles of an object that has "roles" and "filters"; the other keys are the caller's. `type`:
// whose roles they are, to know its fields, or null. Roles with errors are reported and left out.
std::vector<RoleSource> read_roles(File& file, ObjectView& rules, const TypeDef* type);
// An expression is true, false, an object, or an expansion in a string. Else an error, and false.
bool check_expression(Notes& notes, const Json& value, const std::string& pointer);
inline constexpr std::string_view kRulesReplacedRemedy =
    "to use these roles instead, give them document_filters and remove the permissions from sync's "
    "configuration";
// Does any role say which documents sync may show? Those of before 2023 do not.
bool has_document_filters(const Json& rules);

}  // namespace syncline::app
