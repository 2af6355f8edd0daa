// `syncline schema generate`: object models of an app in a language (node/generate).
#pragma once

#include <string>

#include "node/cli/handler.h"
#include "node/generate/generate.h"

namespace CLI {
class App;
}

namespace syncline {

struct GenerateOptions {
  std::string app;  // its directory
  std::string out;  // the directory for the files; empty: to the terminal
  generate::Options models;
  bool json = false;
};

// The command's words and options, into `options`.
void add_generate_words(CLI::App* command, GenerateOptions* options);
// Writes over files that it wrote before, and over no others (kExists).
Result<int> generate_models(const GenerateOptions& options, const Output& output);

}  // namespace syncline
