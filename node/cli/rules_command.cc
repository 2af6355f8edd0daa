#include "node/cli/rules_command.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "node/cli/cli.h"
#include "node/cli/commands.h"
#include "node/rules_test/case_runner.h"

namespace syncline {
namespace {

namespace fs = std::filesystem;
using rules_test::Difference;
using rules_test::RulesCase;

Result<std::vector<std::string>> case_files(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(path, error))
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  std::ranges::sort(files);
  if (files.empty())
    return fail(ErrorCode::kBadData, fmt::format("{} holds no case: they are *.json", path));
  return files;
}

// One name a line; # begins a comment.
Result<std::set<std::string>> names_in(const std::string& file) {
  std::set<std::string> names;
  if (file.empty()) return names;
  SYNCLINE_ASSIGN(const std::string text, read_input(file));
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    line = line.substr(0, line.find('#'));
    const size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos) continue;
    names.insert(line.substr(first, line.find_last_not_of(" \t\r") - first + 1));
  }
  return names;
}

class Testing {
 public:
  Testing(const RulesTestOptions& options, AppFiles base, std::set<std::string> allowed,
          const Output& output)
      : options_(options), base_(std::move(base)), allowed_(std::move(allowed)), output_(output) {}

  void test(const std::string& file) {
    const Result<std::string> text = read_input(file);
    if (!text) return tell_error(file, text.error());
    Result<RulesCase> one = rules_test::read_case(file, *text, base_);
    if (!one) return tell_error(file, one.error());
    one->config.functions = rule_functions();
    const Result<std::vector<Difference>> differences = rules_test::run_case(*one);
    if (!differences) return tell_error(one->name, differences.error());
    tell(*one, *differences);
  }

  Result<int> end() {
    const size_t all = held_ + allowed_count_ + differing_ + errors_;
    if (!options_.json)
      output_.line(fmt::format("{} {}: {} ok, {} differ as allowed, {} differ, {} cannot be run",
                               all, all == 1 ? "case" : "cases", held_, allowed_count_, differing_,
                               errors_));
    if (errors_ > 0) return fail(ErrorCode::kBadData, fmt::format("{}", first_error_));
    return differing_ > 0 ? 1 : 0;
  }

 private:
  bool allows(const RulesCase& one, const Difference& difference) const {
    return allowed_.contains(one.name) || allowed_.contains(one.file_name) ||
           (!difference.name.empty() && allowed_.contains(difference.name));
  }

  void tell(const RulesCase& one, const std::vector<Difference>& differences) {
    const bool ok = differences.empty();
    const bool allowed = !ok && std::ranges::all_of(differences, [&](const Difference& difference) {
      return allows(one, difference);
    });
    ++(ok ? held_ : allowed ? allowed_count_ : differing_);
    if (ok && (allowed_.contains(one.name) || allowed_.contains(one.file_name)))
      output_.note(
          fmt::format("{} is in {}, and there is no difference", one.name, options_.allow));
    if (options_.json) {
      nlohmann::json json{{"case", one.name},
                          {"ok", ok},
                          {"allowed", allowed},
                          {"differences", nlohmann::json::array()}};
      for (const Difference& difference : differences) {
        nlohmann::json told{
            {"at", difference.at}, {"expected", difference.expected}, {"got", difference.got}};
        if (!difference.name.empty()) told["name"] = difference.name;
        json["differences"].push_back(std::move(told));
      }
      output_.line(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
      return;
    }
    if (ok) output_.line("ok       " + one.name);
    for (const Difference& difference : differences)
      output_.line(fmt::format("{}  {}: {}: expected {}, got {}{}",
                               allows(one, difference) ? "allowed" : "differs", one.name,
                               difference.at, difference.expected, difference.got,
                               difference.name.empty() ? "" : " (" + difference.name + ")"));
  }

  void tell_error(const std::string& name, const Error& error) {
    ++errors_;
    const std::string text =
        error.message.starts_with(name) ? error.message : name + ": " + error.message;
    if (first_error_.empty()) first_error_ = text;
    if (options_.json) {
      output_.line(nlohmann::json{{"case", name},
                                  {"ok", false},
                                  {"allowed", false},
                                  {"differences", nlohmann::json::array()},
                                  {"error", error.message}}
                       .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
      output_.line("error    " + text);
    }
  }

  const RulesTestOptions& options_;
  AppFiles base_;
  std::set<std::string> allowed_;
  const Output& output_;
  size_t held_ = 0;
  size_t allowed_count_ = 0;
  size_t differing_ = 0;
  size_t errors_ = 0;
  std::string first_error_;
};

}  // namespace

Result<int> test_rules(const RulesTestOptions& options, const Output& output) {
  AppFiles base;
  if (!options.app.empty()) {
    SYNCLINE_ASSIGN(base, read_one_app(options.app));
  }
  SYNCLINE_ASSIGN(std::set<std::string> allowed, names_in(options.allow));
  SYNCLINE_ASSIGN(const std::vector<std::string> files, case_files(options.path));
  Testing testing(options, std::move(base), std::move(allowed), output);
  for (const std::string& file : files) testing.test(file);
  return testing.end();
}

}  // namespace syncline
