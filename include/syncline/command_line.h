// The `syncline` program with predicates of your own: link syncline_cli and call this from main().
//
//   int main(int argc, char** argv) {
//     auto functions = std::make_shared<syncline::RuleFunctions>();
//     (*functions)["withinReach"] = std::make_shared<syncline::RuleFunction>(within_reach);
//     return syncline::run_command_line(argc, argv, functions);
//   }
//
// examples/own_predicates/ is a whole program.
#pragma once

#include "syncline/rule_functions.h"

namespace syncline {

// As docs/cli.md has it; answers the exit code. `functions`: that the rules of an authority's app
// may call. Once per process.
int run_command_line(int argc, char** argv,
                     std::shared_ptr<const RuleFunctions> functions = nullptr);

}  // namespace syncline
