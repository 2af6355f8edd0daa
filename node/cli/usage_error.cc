#include "node/cli/usage_error.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "node/model/app_json.h"

namespace syncline {
namespace {

// The word that stands where a command is required; empty: none does.
std::string word_instead(const CLI::App& app) {
  for (const std::string& word : app.remaining())
    if (!word.starts_with('-')) return word;
  return {};
}

std::string no_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string near = app::nearest(word, known);
  return fmt::format("there is no command {}; {}", app::printable(word),
                     near.empty() ? fmt::format("there are {}", fmt::join(names, ", "))
                                  : fmt::format("did you mean {}?", near));
}

}  // namespace

std::string usage_error(const CLI::App& program, const CLI::ParseError& error) {
  std::string name = "syncline";
  const CLI::App* at = &program;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    name += " " + at->get_name();
  }
  const std::string word = at->get_subcommands({}).empty() ? std::string() : word_instead(*at);
  return fmt::format("{}: {}\nSee {} --help\n", name,
                     word.empty() ? std::string(error.what()) : no_command(*at, word), name);
}

}  // namespace syncline
