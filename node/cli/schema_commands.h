// The words of `syncline schema`, beside those of cli.cc.
#pragma once

#include <functional>
#include <string>

#include "node/cli/sample_command.h"
#include "node/cli/schema_generate.h"
#include "node/cli/validate_command.h"

namespace CLI {
class App;
}

namespace syncline {

struct DiffOptions {
  std::string before;
  std::string after;
};

struct SchemaOptions {
  DiffOptions diff;
  SampleOptions sample;
  ValidateOptions validate;
  GenerateOptions generate;
};

// `command` adds a command that takes -o, of which `json` tells after parsing. What the command
// line asks for goes to *run. The subcommand `schema` itself. Requires: all of them outlive the
// parsed app.
CLI::App* add_schema_commands(
    CLI::App* app,
    const std::function<CLI::App*(CLI::App*, const std::string&, const std::string&)>& command,
    const bool* json, SchemaOptions* options, std::function<Result<int>()>* run);

}  // namespace syncline
