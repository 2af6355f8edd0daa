#include "node/cli/completion.h"

#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace syncline {
namespace {

// What may be chosen from: "TEXT:{a,b}" is how the tree describes it.
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find('{');
  const size_t close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  std::vector<std::string> choices;
  for (size_t at = open + 1; at < close;) {
    const size_t end = std::min(type.find(',', at), close);
    choices.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return choices;
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

// One command of the tree, by its path: "" is the program, " node add" a command.
struct Command {
  std::string path;
  const CLI::App* app;
};

void walk(const CLI::App& app, const std::string& path, std::vector<Command>* out) {
  out->push_back({path, &app});
  for (const CLI::App* below : app.get_subcommands({}))
    walk(*below, path + " " + below->get_name(), out);
}

// What can stand next: commands, choices of a first positional, options.
std::vector<std::string> words_of(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* below : app.get_subcommands({})) words.push_back(below->get_name());
  for (const CLI::Option* option : app.get_options())
    if (option->get_positional())
      for (std::string& choice : choices_of(*option)) words.push_back(std::move(choice));
  for (const CLI::Option* option : app.get_options())
    for (std::string& name : names_of(*option)) words.push_back(std::move(name));
  return words;
}

// Bash, and zsh through its emulation: the words of the path so far, then what may follow.
std::string bash_script(const std::vector<Command>& commands) {
  std::string paths, values, words;
  for (const Command& command : commands) {
    if (!command.path.empty()) paths += (paths.empty() ? "" : "|") + ("'" + command.path + "'");
    for (const CLI::Option* option : command.app->get_options()) {
      if (names_of(*option).empty() || option->get_expected_max() == 0) continue;
      std::vector<std::string> places;
      for (const std::string& name : names_of(*option))
        places.push_back(fmt::format("'{} {}'", command.path, name));
      const std::vector<std::string> choices = choices_of(*option);
      values += fmt::format(
          "    {}) COMPREPLY=({}); return ;;\n", fmt::join(places, "|"),
          choices.empty() ? "" : fmt::format("$(compgen -W '{}' -- \"$cur\")", joined(choices)));
    }
    words += fmt::format("    '{}') words='{}' ;;\n", command.path, joined(words_of(*command.app)));
  }
  return fmt::format(R"(_syncline() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} path='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${{COMP_WORDS[i]}}" in
    {}) path="$path ${{COMP_WORDS[i]}}" ;;
    esac
  done
  COMPREPLY=()
  # The value of an option: a choice, or (nothing offered) a file.
  case "$path ${{COMP_WORDS[COMP_CWORD - 1]}}" in
{}  esac
  case "$path" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o default -F _syncline syncline)",
                     paths, values, words);
}

std::string quoted_for_fish(std::string text) {
  for (size_t at = 0; (at = text.find_first_of("'\\", at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return "'" + text + "'";
}

std::string fish_option(const Command& command, const CLI::Option& option) {
  std::string line = fmt::format("complete -c syncline -n \"__syncline_at '{}'\"", command.path);
  for (const std::string& name : option.get_lnames()) line += " -l " + name;
  for (const std::string& name : option.get_snames()) line += " -s " + name;
  if (option.get_expected_max() > 0) {
    const std::vector<std::string> choices = choices_of(option);
    line += choices.empty() ? " -r" : fmt::format(" -xa '{}'", joined(choices));
  }
  return line + " -d " + quoted_for_fish(option.get_description()) + "\n";
}

std::string fish_script(const std::vector<Command>& commands) {
  std::string paths, lines;
  for (const Command& command : commands) {
    if (!command.path.empty()) paths += (paths.empty() ? "" : " ") + ("'" + command.path + "'");
    const std::string at =
        fmt::format("complete -c syncline -n \"__syncline_at '{}'\"", command.path);
    for (const CLI::App* below : command.app->get_subcommands({}))
      lines += fmt::format("{} -fa {} -d {}\n", at, below->get_name(),
                           quoted_for_fish(below->get_description()));
    for (const CLI::Option* option : command.app->get_options()) {
      if (!names_of(*option).empty()) {
        lines += fish_option(command, *option);
      } else if (const auto choices = choices_of(*option); !choices.empty()) {
        lines += fmt::format("{} -fa '{}'\n", at, joined(choices));
      }
    }
  }
  return fmt::format(R"(function __syncline_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        if contains -- "$at $word" {}
            set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
{})",
                     paths, lines);
}

}  // namespace

std::string completion_script(const CLI::App& program, const std::string& shell) {
  std::vector<Command> commands;
  walk(program, "", &commands);
  if (shell == "fish") return fish_script(commands);
  const std::string script = bash_script(commands);
  return shell == "zsh"
             ? "#compdef syncline\nautoload -U +X bashcompinit && bashcompinit\n" + script
             : script;
}

}  // namespace syncline
