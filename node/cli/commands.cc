#include "node/cli/commands.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "node/cli/cli.h"
#include "node/cli/document_lines.h"
#include "node/cli/store_access.h"
#include "node/model/app_in_part.h"
#include "node/runtime/address.h"
#include "proto/extended_json.h"

namespace syncline {

void log_to_stderr() {
  auto log = spdlog::stderr_color_mt("syncline");
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  spdlog::set_default_logger(log);
}

Output terminal() {
  Output output;
  output.line = [](const std::string& text) {
    std::cout << text << "\n" << std::flush;
    return static_cast<bool>(std::cout);
  };
  output.note = [](const std::string& text) { std::cerr << text << "\n"; };
  return output;
}

Result<std::string> read_input(const std::string& file) {
  std::ostringstream text;
  if (file == "-") {
    text << std::cin.rdbuf();
    return text.str();
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorCode::kBadData, fmt::format("{} cannot be read", file));
  text << in.rdbuf();
  return text.str();
}

Result<AppFiles> read_one_app(const std::string& directory) {
  SYNCLINE_ASSIGN(std::vector<std::string> roots, find_app_roots(directory));
  if (roots.empty())
    return fail(
        ErrorCode::kBadApp,
        fmt::format("{} holds no app: `syncline app check` tells what it looks for", directory));
  if (roots.size() > 1)
    return fail(ErrorCode::kUsage, fmt::format("{} holds {} apps: name the directory of one, such "
                                               "as {}",
                                               directory, roots.size(),
                                               roots[0] == "." ? directory + "/" + roots[1]
                                                               : directory + "/" + roots[0]));
  return read_app_directory(roots[0] == "." ? directory : directory + "/" + roots[0]);
}

namespace {

Status check_init(const InitOptions& options) {
  const auto wrong = [](const char* what) { return fail(ErrorCode::kUsage, what); };
  if (options.authority && options.node)
    return wrong(
        "say --authority or --node: a store is an authority's or a node's (with --node, "
        "--authority takes the address: tcp://HOST:PORT)");
  if (options.authority == options.node) return wrong("say --authority or --node");
  if (options.authority) {
    if (!options.authority_address.empty())
      return wrong("--authority takes an address only together with --node");
    if (!options.server_key.empty()) return wrong("--server-key belongs to --node");
    if (options.app.empty())
      return wrong("--app APP is missing: the directory of the app's configuration");
  } else {
    if (!options.app.empty())
      return wrong("--app belongs to --authority: nodes get the app by sync");
    if (!options.listen.empty()) return wrong("--listen belongs to --authority");
    if (options.authority_address.empty() || options.server_key.empty())
      return wrong(
          "--authority tcp://HOST:PORT and --server-key K are needed: `syncline init --authority` "
          "printed the key");
  }
  if (!options.authority) return check_authority_address(options.authority_address);
  return options.listen.empty() ? Status() : check_listen_address(options.listen);
}

}  // namespace

Result<int> init_store(const InitOptions& options) {
  SYNCLINE_TRY(check_init(options));
  StoreConfig config;
  if (options.authority) {
    config.role = StoreRole::authority;
    if (!options.listen.empty()) config.listen = options.listen;
    SYNCLINE_ASSIGN(AppFiles app, read_one_app(options.app));
    // Compiled before anything is made, so that a wrong app leaves no half of a store.
    SYNCLINE_ASSIGN(auto compiled,
                    compile_app(app, nullptr, RolesWithoutFilters::deny, rule_functions()));
    SYNCLINE_ASSIGN(StoreDirectory directory, create_store_directory(options.store, config));
    SYNCLINE_TRY(AuthorityDaemon::initialise(directory, app, rule_functions()));
    const std::string key = to_string(directory.keys.link.public_key);
    terminal().line(
        options.json
            ? nlohmann::json{{"server_key", key}, {"node_id", to_string(directory.keys.id)}}.dump()
            : fmt::format("server_key {}\nnode_id    {}", key, to_string(directory.keys.id)));
    return 0;
  }
  config.role = StoreRole::node;
  config.authority = options.authority_address;
  SYNCLINE_ASSIGN(config.server_key, parse_link_key(options.server_key));
  SYNCLINE_ASSIGN(StoreDirectory directory, create_store_directory(options.store, config));
  const std::string link = to_string(directory.keys.link.public_key);
  const std::string identity = identity_key_text(directory.keys.identity_public);
  terminal().line(options.json ? nlohmann::json{{"node_key", link},
                                                {"identity_key", identity},
                                                {"node_id", to_string(directory.keys.id)}}
                                     .dump()
                               : fmt::format("node_key     {}\nidentity_key {}\nnode_id      {}",
                                             link, identity, to_string(directory.keys.id)));
  return 0;
}

namespace {

void report_start_failure(const Error& error, AppReport* report) {
  if (report->files.empty()) report->files.push_back({".", "app", "error", {}});
  auto at = std::find_if(report->files.begin(), report->files.end(),
                         [](const AppFileReport& file) { return file.kind == "app"; });
  if (at == report->files.end()) at = report->files.begin();
  at->status = "error";
  at->messages.push_back({AppMessage::Severity::error, "would_not_start", "", error.message,
                          "correct it: an authority compiles the app before it starts"});
  ++report->errors;
}

// Leaves what is about rules, and errors.
void keep_rules(AppReport* report) {
  report->warnings = 0;
  std::erase_if(report->files, [](const AppFileReport& file) {
    const bool rules = file.kind == "rules" || file.kind == "default_rules" ||
                       (file.kind == "values" && !file.messages.empty());
    return !rules && file.status != "error";
  });
  for (const AppFileReport& file : report->files)
    for (const AppMessage& message : file.messages)
      report->warnings += message.severity == AppMessage::Severity::warning;
}

Result<int> check(const std::string& directory, bool json, bool rules_alone) {
  const Result<std::vector<std::string>> found = find_app_roots(directory);
  const std::vector<std::string> roots = found.value_or(std::vector<std::string>());
  if (json && roots.empty()) terminal().line(to_json(std::vector<AppReport>()).dump());
  if (!found) return std::unexpected(found.error());
  if (roots.empty())
    return fail(
        ErrorCode::kBadApp,
        fmt::format("{} holds no app (no data_sources, services or sync directory)", directory));
  std::vector<AppReport> reports;
  bool starts = true;
  for (const std::string& root : roots) {
    SYNCLINE_ASSIGN(AppFiles files,
                    read_app_directory(root == "." ? directory : directory + "/" + root));
    AppReport report = report_of_app(files);
    report.root = root;
    starts = starts && report.errors == 0;
    if (rules_alone) keep_rules(&report);
    reports.push_back(std::move(report));
  }
  std::string text =
      json ? to_json(reports).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
           : print_report(reports);
  if (text.ends_with('\n')) text.pop_back();
  terminal().line(text);
  return starts ? 0 : 1;
}

// Adds to a report with errors what the check of conditions found on what could be read: no error
// twice, and warnings only of files that are otherwise right.
void add_findings(const AppReport& checked, AppReport* report) {
  for (const AppFileReport& file : checked.files) {
    auto known = std::ranges::find(report->files, file.path, &AppFileReport::path);
    if (known == report->files.end()) continue;
    const AppFileReport before = *known;
    for (size_t i = before.messages.size(); i < file.messages.size(); ++i) {
      const AppMessage& message = file.messages[i];
      const bool error = message.severity == AppMessage::Severity::error;
      if (!error && (before.status == "error" || message.code == "no_roles")) continue;
      if (std::ranges::any_of(before.messages, [&](const AppMessage& told) {
            return told.severity == AppMessage::Severity::error && told.pointer == message.pointer;
          }))
        continue;
      known->messages.push_back(message);
      if (error) known->status = "error";
      ++(error ? report->errors : report->warnings);
    }
  }
}

}  // namespace

AppReport report_of_app(const AppFiles& files) {
  AppReport report;
  const std::shared_ptr<const App> app = load_app_in_part(files, &report);
  AppReport checked = report;
  Policy::check(*app, RolesWithoutFilters::deny, &checked, rule_functions());
  if (report.errors == 0)
    report = std::move(checked);
  else
    add_findings(checked, &report);
  // As an authority does it at its start: what would stop it there is an error here.
  if (report.errors == 0)
    if (auto compiled = compile_app(files, nullptr, RolesWithoutFilters::deny, rule_functions());
        !compiled)
      report_start_failure(compiled.error(), &report);
  return report;
}

Result<int> check_app(const std::string& directory, bool json) {
  return check(directory, json, /*rules_alone=*/false);
}

Result<int> check_rules(const std::string& directory, bool json) {
  return check(directory, json, /*rules_alone=*/true);
}

Result<int> convert_extended_json(bool canonical, bool sort_keys) {
  const JsonForm form = canonical ? JsonForm::canonical : JsonForm::relaxed;
  SYNCLINE_ASSIGN(DocumentLines lines, DocumentLines::open("-"));
  DocumentLine line;
  for (;;) {
    SYNCLINE_ASSIGN(const bool more, lines.next(&line));
    if (!more) break;
    if (line.too_long)
      return fail(ErrorCode::kTooLarge, fmt::format("line {}: longer than {} MiB", line.number,
                                                    DocumentLines::kLineBytesMax >> 20));
    if (line.blank()) continue;
    Result<Value> value = parse_extended_json(line.text);
    if (!value) {
      // The text of a line has one line of its own.
      constexpr std::string_view kOnlyLine = "line 1, ";
      std::string_view why = value.error().message;
      const bool placed = why.starts_with(kOnlyLine);
      if (placed) why.remove_prefix(kOnlyLine.size());
      return fail(ErrorCode::kBadData,
                  fmt::format("line {}{} {}", line.number, placed ? "," : ":", why));
    }
    std::cout << print_extended_json(*value, form, sort_keys) << "\n";
  }
  return 0;
}

Result<int> doctor(const std::string& store, bool json) {
  SYNCLINE_ASSIGN(StoreDirectory directory, open_store_directory(store));
  nlohmann::json checks = nlohmann::json::array();
  bool well = true;
  const auto check = [&](const char* name, const Status& status) {
    well = well && status.has_value();
    checks.push_back({{"check", name},
                      {"ok", status.has_value()},
                      {"text", status ? "" : status.error().message}});
  };
  check("configuration and keys", {});
  Output quiet;
  quiet.line = [](const std::string&) { return true; };
  quiet.note = [](const std::string&) {};
  const auto ask = [&](Request request) -> Status {
    Result<int> answer = ask_store(store, request, quiet);
    if (!answer) return std::unexpected(answer.error());
    return {};
  };
  check("store opens", ask({{"command", "status"}}));
  if (directory.config.role == StoreRole::authority)
    check("log is whole", ask({{"command", "log"}, {"action", "verify"}}));
  for (const auto& one : checks)
    if (!json)
      terminal().line(fmt::format(
          "{}  {}{}", one["ok"].get<bool>() ? "ok   " : "WRONG", one["check"].get<std::string>(),
          one["ok"].get<bool>() ? "" : ": " + one["text"].get<std::string>()));
  if (json) terminal().line(nlohmann::json{{"checks", checks}, {"ok", well}}.dump());
  return well ? 0 : 1;
}

}  // namespace syncline
