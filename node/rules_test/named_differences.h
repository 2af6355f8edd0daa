// Deliberate differences, by name: where Syncline does better than the predecessor whose answers
// the cases tell. docs/access.md explains each. A difference that has a name may be allowed by it,
// whatever case it is met in.
//
// Pure; any thread.
#pragma once

#include <string>

#include "node/rules_test/case_app.h"

namespace syncline::rules_test {

// A lawful write stands, though an earlier one of the same writer to the same object was refused.
inline constexpr const char* kLaterLawfulWrites = "later-lawful-writes-stand";
// Of an update the forbidden fields are refused, and the others stand.
inline constexpr const char* kLawfulFields = "lawful-fields-stand";
// Rules that cannot be held are refused at deployment, whole, instead of denying silently.
inline constexpr const char* kRefusedAtDeploy = "refused-at-deploy";
// Conditions may be about fields that are not declared queryable.
inline constexpr const char* kAnyField = "any-field-in-conditions";
// read, write and field permissions may be expressions under sync.
inline constexpr const char* kExpressions = "expressions-as-permissions";
// %%root and %%prevRoot work under sync.
inline constexpr const char* kImages = "root-and-prev-root-in-rules";

// Why the predecessor's sync would not use the role although ours may; empty: it would, or ours
// does not either.
std::string better_than_there(const Json& role, const CaseConfig& config);

}  // namespace syncline::rules_test
