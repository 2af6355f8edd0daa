// What a timeline's step changes: rules, users, subscriptions.
//
// Pure; any thread.
#pragma once

#include "node/rules_test/rules_case.h"

namespace syncline::rules_test {

// Applies the step's changes to `now`; `initial` is the case as it began. True: something was
// changed, or said to be so. kBadData: it names what is not there.
Result<bool> apply_step(const Json& step, const RulesCase& initial, RulesCase* now);

}  // namespace syncline::rules_test
