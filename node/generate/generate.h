// Object models of an app in a language: what `syncline schema generate` prints.
//
//   SYNCLINE_ASSIGN(Generated models, generate(*app, {.language = "kotlin"}));
//
// Pure and deterministic: an app and options always give the same files, byte for byte. Any thread.
#pragma once

#include <string>
#include <vector>

#include "node/model/app.h"

namespace syncline::generate {

struct Options {
  std::string language;            // one of languages()
  bool flat = false;               // one file even where the language has one a type
  bool imports = true;             // without, what files import is left out
  std::vector<std::string> names;  // only these types, and what they reach; none: all
  std::string package;             // for languages that have packages or namespaces; empty: none
};

struct GeneratedFile {
  std::string path;  // a name, without a directory
  std::string text;
  std::vector<std::string> types;  // that it declares, as stored
};

// cpp, c, python, ... in the order in which help lists them.
const std::vector<std::string>& languages();

// kUsage: no such language or type, an option that the language has no use for. kBadApp: there is
// nothing to declare, or something that the language cannot declare.
Result<std::vector<GeneratedFile>> generate(const App& app, const Options& options);

// All of them as one text, for a terminal or a pipe.
std::string joined(const std::vector<GeneratedFile>& files, std::string_view language);

}  // namespace syncline::generate
