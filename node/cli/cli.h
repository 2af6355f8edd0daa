// What the command line was given by the program that runs it (syncline/command_line.h).
#pragma once

#include "syncline/command_line.h"

namespace syncline {

// That the rules of an app may call; for the commands that load one. Null: none.
const std::shared_ptr<const RuleFunctions>& rule_functions();
void give_rule_functions(std::shared_ptr<const RuleFunctions> functions);

}  // namespace syncline
