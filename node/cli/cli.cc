#include "node/cli/cli.h"

#include <iostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "node/cli/commands.h"
#include "node/cli/completion.h"
#include "node/cli/import_command.h"
#include "node/cli/query_command.h"
#include "node/cli/rules_command.h"
#include "node/cli/rules_explain.h"
#include "node/cli/schema_commands.h"
#include "node/cli/store_access.h"
#include "node/cli/usage_error.h"
#include "proto/utf8.h"

namespace syncline {
namespace {

// What a parsed command line asks for.
using Run = std::function<Result<int>()>;

class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(1);
    app_.set_help_all_flag("--help-all", "Help of all commands");
    app_.set_version_flag("--version", "syncline 0.1.0, protocol 1, store format 1");
    add_running();
    add_fleet();
    add_data();
    add_sync();
    add_rules();
    CLI::App* schema = add_schema_commands(
        &app_,
        [this](CLI::App* parent, const std::string& name, const std::string& help) {
          return command(parent, name, help);
        },
        &json_, &schema_, &run_);
    request(schema, "quarantine", "Documents that do not satisfy the schema in force",
            {{"command", "schema"}, {"action", "quarantine"}});
    add_tools();
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) return app_.exit(error);  // help, version
      std::cerr << usage_error(app_, error);
      return 2;
    }
    Result<int> done = run_ ? run_() : Result<int>(0);
    if (done) return *done;
    std::cerr << "syncline: " << done.error().message << "\n";
    return exit_code_of(done.error().code);
  }

 private:
  CLI::App* command(CLI::App* parent, const std::string& name, const std::string& help) {
    CLI::App* added = parent->add_subcommand(name, help);
    added
        ->add_option_function<std::string>(
            "-o", [this](const std::string& form) { json_ = form == "json"; },
            "Output form: text or json")
        ->check(CLI::IsMember({"text", "json"}));
    return added;
  }
  void store_option(CLI::App* to) {
    to->add_option("--store", store_, "The store's directory (or SYNCLINE_STORE)")
        ->envname("SYNCLINE_STORE")
        ->required();
  }
  // A command that is one request to the store.
  CLI::App* request(CLI::App* parent, const std::string& name, const std::string& help,
                    Request fixed = Request::object()) {
    CLI::App* added = command(parent, name, help);
    store_option(added);
    if (!fixed.contains("command")) fixed["command"] = name;
    added->callback([this, fixed] {
      run_ = [this, fixed]() -> Result<int> {
        Request whole = fixed;
        whole.update(request_);
        whole["json"] = json_;
        if (whole.contains("file")) {
          SYNCLINE_ASSIGN(whole["text"], read_input(whole["file"].get<std::string>()));
        }
        return ask_store(store_, whole, terminal());
      };
    });
    return added;
  }
  // What a daemon is asked travels as JSON: other bytes would arrive as something else.
  static const std::string& utf8(const std::string& name, const std::string& value) {
    if (!is_utf8(value))
      throw CLI::ValidationError(name, "this is not UTF-8 text, and everything here is");
    return value;
  }
  CLI::Option* text(CLI::App* to, const std::string& name, const std::string& key,
                    const std::string& help) {
    return to->add_option_function<std::string>(
        name, [this, name, key](const std::string& value) { request_[key] = utf8(name, value); },
        help);
  }
  void flag(CLI::App* to, const std::string& name, const std::string& key,
            const std::string& help) {
    to->add_flag_function(name, [this, key](int64_t) { request_[key] = true; }, help);
  }
  // --arg, as often as there are arguments.
  void query_arguments(CLI::App* to) {
    to->add_option_function<std::string>(
          "--arg",
          [this](const std::string& value) {
            request_["arguments"].push_back(utf8("--arg", value));
          },
          "$0, $1, ...: Extended JSON; may repeat")
        ->trigger_on_parse();
  }

  void log_level(CLI::App* to) {
    to->add_option("--log-level", daemon_.log_level, "Instead of the store's configuration")
        ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}));
  }
  void wait_option(CLI::App* to) {
    text(to, "--wait", "wait", "What to wait for (durable)")
        ->check(CLI::IsMember({"queued", "durable", "decided"}));
  }
  // At most one of them.
  static void only_one(CLI::App* of, const std::string& a, const std::string& b) {
    of->get_option(a)->excludes(of->get_option(b));
  }

  void add_running();
  void add_fleet();
  void add_data();
  void add_query();
  void add_sync();
  void add_tools();
  void add_rules();
  void add_explain(CLI::App* rules);

  CLI::App app_{"Syncline: sync for fleets of edge devices, on your own hardware"};
  Run run_;
  Request request_ = Request::object();
  std::string store_;
  bool json_ = false;
  InitOptions init_;
  DaemonOptions daemon_;
  ImportOptions import_;
  QueryOptions query_;
  std::string directory_;
  bool canonical_ = false;
  bool relaxed_ = false;
  bool sort_keys_ = false;
  RulesTestOptions rules_test_;
  ExplainOptions explain_;
  SchemaOptions schema_;
  SimulateOptions simulate_;
  std::string seeds_;
  std::vector<std::string> benchmarks_;
  bool peers_ = false;
  std::string shell_;
};

void CommandLine::add_running() {
  CLI::App* init = command(&app_, "init", "Make a store: an authority's or a node's");
  store_option(init);
  init->add_flag("--node", init_.node, "A node's store");
  init->add_option(
          "--authority", init_.authority_address,
          "With --node: the authority's address, tcp://HOST:PORT; alone: an authority's store")
      ->expected(0, 1);
  init->add_option("--server-key", init_.server_key, "With --node: the authority's key");
  init->add_option("--app", init_.app, "With --authority: the app's directory");
  init->add_option("--listen", init_.listen, "With --authority: where to listen, tcp://HOST:PORT");
  init->callback([this, init] {
    // With --node it has an address: the authority's.
    init_.authority =
        init->count("--authority") > 0 && (!init_.node || init_.authority_address.empty());
    run_ = [this] {
      init_.store = store_;
      init_.json = json_;
      return init_store(init_);
    };
  });

  CLI::App* authority = command(&app_, "authority", "Run an authority until SIGTERM");
  store_option(authority);
  bool dev = false;
  authority->add_flag("--dev", dev, "Begin in development mode, as `dev-mode on`");
  authority
      ->add_option("--ready-fd", daemon_.ready_fd,
                   "Write one line to this descriptor once it listens")
      ->check(CLI::NonNegativeNumber);
  log_level(authority);
  authority->callback([this, authority] {
    run_ = [this, dev = authority->count("--dev") > 0]() -> Result<int> {
      daemon_.store = store_;
      daemon_.development = dev;
      return run_authority(daemon_);
    };
  });

  CLI::App* node = app_.add_subcommand("node", "Run a node; and the authority's list of nodes");
  node->require_subcommand(1);
  CLI::App* run = command(node, "run", "Run a node's daemon until SIGTERM");
  store_option(run);
  run->add_option("--ready-fd", daemon_.ready_fd, "Write one line to this descriptor once it runs")
      ->check(CLI::NonNegativeNumber);
  run->add_option("--schema", daemon_.schema,
                  "The types that the application declares, to compare with the authority's: a "
                  "file {\"types\": [...]}, a schema.json or an app's directory");
  run->add_option("--schema-version", daemon_.schema_version,
                  "The schema version that the application is written for (else that of --schema, "
                  "else whichever is deployed)")
      ->check(CLI::Range(0, 1'000'000));
  log_level(run);
  run->callback([this] {
    run_ = [this] {
      daemon_.store = store_;
      return run_node(daemon_);
    };
  });
  CLI::App* add = request(node, "add", "Enrol a node", {{"command", "node"}, {"action", "add"}});
  text(add, "name", "name", "What to call it")->required();
  text(add, "--user", "user", "Whose node it is")->required();
  text(add, "--node-key", "node_key", "As `syncline init --node` printed it")->required();
  text(add, "--identity-key", "identity_key", "As `syncline init --node` printed it")->required();
  CLI::App* remove =
      request(node, "remove", "Remove a node; takes effect on a live session at once",
              {{"command", "node"}, {"action", "remove"}});
  text(remove, "name", "name", "Its name or id")->required();
  CLI::App* set = request(node, "set", "Give a node to another user, or another name",
                          {{"command", "node"}, {"action", "set"}});
  text(set, "name", "name", "Its name or id")->required();
  text(set, "--user", "user", "Whose node it is from now on");
  text(set, "--name", "new_name", "What to call it from now on");
  request(node, "list", "The fleet's nodes", {{"command", "node"}, {"action", "list"}});
}

void CommandLine::add_fleet() {
  CLI::App* user = app_.add_subcommand("user", "The authority's users");
  user->require_subcommand(1);
  for (const char* action : {"add", "set"}) {
    CLI::App* change = request(user, action, std::string(action) + " a user",
                               {{"command", "user"}, {"action", action}});
    text(change, "id", "id", "The user's id")->required();
    text(change, "--data", "data", "%%user.data, a JSON object");
    text(change, "--custom-data", "custom_data", "%%user.custom_data, a JSON object");
  }
  CLI::App* remove =
      request(user, "remove", "Remove a user", {{"command", "user"}, {"action", "remove"}});
  text(remove, "id", "id", "The user's id")->required();
  CLI::App* rename = request(user, "rename", "Give a user another id; their nodes stay theirs",
                             {{"command", "user"}, {"action", "rename"}});
  text(rename, "id", "id", "The user's id")->required();
  text(rename, "new_id", "new_id", "The id from now on")->required();
  request(user, "list", "All users", {{"command", "user"}, {"action", "list"}});
  CLI::App* development = app_.add_subcommand("dev-mode", "May nodes' code add to the schema?");
  development->require_subcommand(1);
  for (const char* mode : {"on", "off"})
    request(development, mode, std::string("Turn it ") + mode,
            {{"command", "dev-mode"}, {"action", mode}});
  CLI::App* app = app_.add_subcommand("app", "The app's configuration");
  app->require_subcommand(1);
  CLI::App* check =
      command(app, "check",
              "Account for every key of every file; exit 1 if an authority would not start on it");
  check->add_option("dir", directory_, "The directory to search for apps")->required();
  check->callback([this] { run_ = [this] { return check_app(directory_, json_); }; });
  CLI::App* deploy = command(app, "deploy", "Replace the deployed app");
  store_option(deploy);
  deploy->add_option("dir", directory_, "The app's directory")->required();
  deploy->callback([this] {
    run_ = [this]() -> Result<int> {
      SYNCLINE_ASSIGN(AppFiles files, read_one_app(directory_));
      return ask_store(
          store_, {{"command", "app"}, {"action", "deploy"}, {"files", files}, {"json", json_}},
          terminal());
    };
  });
  request(app, "show", "What is deployed", {{"command", "app"}, {"action", "show"}});
  CLI::App* retire =
      request(app, "retire", "End an older schema version: its nodes are let in no more",
              {{"command", "app"}, {"action", "retire"}});
  retire
      ->add_option_function<uint32_t>(
          "version", [this](uint32_t version) { request_["version"] = version; }, "The oldest")
      ->required()
      ->check(CLI::NonNegativeNumber);
  CLI::App* log = app_.add_subcommand("log", "The authority's log");
  log->require_subcommand(1);
  for (const char* action : {"tail", "verify", "show"}) {
    CLI::App* one =
        request(log, action,
                std::string(action) == "verify" ? "Check the chain and every entry" : "Entries",
                {{"command", "log"}, {"action", action}});
    text(one, "--object", "object", "Only of this TYPE/ID");
    text(one, "--user", "user", "Only of this user");
    one->add_option_function<uint64_t>(
           "--from", [this](uint64_t seq) { request_["from"] = seq; }, "From this entry on")
        ->check(CLI::NonNegativeNumber);
  }
  CLI::App* backup =
      request(&app_, "backup", "A consistent copy of an authority's store, while it runs");
  text(backup, "dir", "directory", "An empty or absent directory")->required();
  CLI::App* restored = command(
      &app_, "restore", "Make a store anew from a backup; nodes offer again what came after");
  store_option(restored);
  restored->add_option("dir", directory_, "The backup's directory")->required();
  restored->callback([this] { run_ = [this] { return restore(directory_, store_, json_); }; });
}

void CommandLine::add_data() {
  CLI::App* put = request(&app_, "put", "Write an object whole");
  text(put, "type", "type", "Its type")->required();
  text(put, "json", "value", "The object as Extended JSON, with its _id")->required();
  wait_option(put);
  CLI::App* get = request(&app_, "get", "Read an object");
  text(get, "object", "object", "TYPE/ID")->required();
  flag(get, "--canonical", "canonical", "Canonical Extended JSON");
  flag(get, "--links", "links", "What it links to instead, and whether that is here");
  CLI::App* rm = request(&app_, "rm", "Delete an object");
  text(rm, "object", "object", "TYPE/ID")->required();
  wait_option(rm);
  CLI::App* ls = request(&app_, "ls", "Types and their counts, or the ids of a type");
  text(ls, "type", "type", "A type");
  CLI::App* apply = request(&app_, "apply", "Apply a file of operations as one transaction");
  text(apply, "file", "file", "The file, or - for stdin")->required();
  wait_option(apply);
  flag(apply, "--all-or-nothing", "all_or_nothing", "Nothing stands unless all does");
  add_query();
  CLI::App* watch = request(&app_, "watch", "Changes as they come, until interrupted");
  text(watch, "type", "type", "The type")->required();
  text(watch, "query", "query", "Only what it finds, and where in its list");
  query_arguments(watch);
  CLI::App* out = request(&app_, "export", "Objects as Extended JSON lines");
  text(out, "type", "type", "A type; all if left out");
  flag(out, "--canonical", "canonical", "Canonical Extended JSON (the default)");
  flag(out, "--relaxed", "relaxed", "Relaxed Extended JSON");
  flag(out, "--confirmed", "confirmed",
       "What the authority has confirmed, in the state hash's form");
  only_one(out, "--canonical", "--relaxed");
  only_one(out, "--confirmed", "--relaxed");
  CLI::App* import =
      command(&app_, "import", "Write documents, one a line, as mongoexport writes them");
  store_option(import);
  import->add_option("type", import_.type, "Their type")->required();
  import->add_option("file", import_.file, "The file, or - for stdin")->required();
  import->add_flag("--strict", import_.strict, "Stop at the first line that is wrong");
  import->add_option("--rejects", import_.rejects,
                     "Where to write the lines that are wrong; why, to FILE.reasons");
  import->callback([this] {
    run_ = [this] {
      import_.store = store_;
      import_.json = json_;
      return import_file(import_);
    };
  });
  CLI::App* ejson = command(&app_, "ejson", "Extended JSON lines in, Extended JSON lines out");
  ejson->add_flag("--canonical", canonical_, "Canonical form");
  ejson->add_flag("--relaxed", relaxed_, "Relaxed form");
  ejson->add_flag("--sort-keys", sort_keys_, "Documents' keys in the order of their bytes");
  ejson->callback([this] {
    run_ = [this]() -> Result<int> {
      if (canonical_ == relaxed_) return fail(ErrorCode::kUsage, "say --canonical or --relaxed");
      return convert_extended_json(canonical_, sort_keys_);
    };
  });
}

void CommandLine::add_query() {
  CLI::App* query =
      command(&app_, "query", "Objects of a type that fulfil a query (docs/queries.md)");
  CLI::Option* parse = query->add_option("--parse", query_.text, "Only whether this is a query");
  query->add_option("--store", store_, "The store's directory (or SYNCLINE_STORE)")
      ->envname("SYNCLINE_STORE");
  CLI::Option* schema = query->add_option(
      "--schema", query_.schema, "On loose files: a schema, an app's directory or a plain one");
  // One by one, as they come: a list such as [1,2] is one argument.
  query
      ->add_option_function<std::string>(
          "--data", [this](const std::string& data) { query_.data.push_back(data); },
          "On loose files: TYPE=FILE, documents one a line; may repeat")
      ->trigger_on_parse()
      ->needs(schema);
  query->add_option("type", query_.type, "The type")->excludes(parse);
  CLI::Option* text = query->add_option_function<std::string>(
      "query", [this](const std::string& value) { query_.text = utf8("query", value); },
      "The query; all objects if left out");
  text->excludes(parse);
  query
      ->add_option_function<std::string>(
          "--arg",
          [this](const std::string& value) { query_.arguments.push_back(utf8("--arg", value)); },
          "$0, $1, ...: Extended JSON; may repeat")
      ->trigger_on_parse();
  query->add_flag("--count", query_.count, "Only how many");
  query->add_flag("--keys", query_.keys, "Only their _ids");
  query->add_flag("--explain", query_.explain, "How it was run instead of what it found");
  only_one(query, "--count", "--keys");
  query->callback([this, parse, text] {
    run_ = [this, parse, text]() -> Result<int> {
      query_.json = json_;
      if (parse->count() > 0) return parse_query(query_.text, json_, terminal());
      if (text->count() > 0) SYNCLINE_TRY(check_query_given({{"query", query_.text}}));
      if (query_.type.empty())
        return fail(ErrorCode::kUsage, "query: which type? `syncline query TYPE 'RQL'`");
      if (!query_.schema.empty()) return query_files(query_, terminal());
      if (store_.empty())
        return fail(ErrorCode::kUsage, "query: --store is required, or --schema for loose files");
      if (query_.text.empty()) query_.text = "TRUEPREDICATE";
      return ask_store(store_,
                       {{"command", "query"},
                        {"type", query_.type},
                        {"query", query_.text},
                        {"arguments", query_.arguments},
                        {"count", query_.count},
                        {"keys", query_.keys},
                        {"explain", query_.explain},
                        {"json", json_}},
                       terminal());
    };
  });
}

void CommandLine::add_sync() {
  CLI::App* status =
      request(&app_, "status", "Role, peers, cursor, pending, journal, objects, state hash");
  flag(status, "--watch", "watch", "Again every second");
  CLI::App* subscribe = request(&app_, "subscribe", "Subscribe this node to a type");
  text(subscribe, "--name", "name", "What to call the subscription");
  text(subscribe, "type", "type", "The type")->required();
  text(subscribe, "query", "query", "Which of its objects; all if left out");
  query_arguments(subscribe);
  flag(subscribe, "--wait", "wait", "Until what it covers is here");
  CLI::App* unsubscribe = request(&app_, "unsubscribe", "End a subscription");
  text(unsubscribe, "name", "name", "Its name or id")->required();
  flag(unsubscribe, "--wait", "wait", "Until what it alone covered is gone");
  request(&app_, "subscriptions", "This node's subscriptions");
  CLI::App* wait = request(&app_, "wait", "Wait for upload, download or decided");
  text(wait, "for", "for", "upload, download or decided")
      ->required()
      ->check(CLI::IsMember({"upload", "download", "decided"}));
  wait->add_option_function<double>(
      "--timeout", [this](double seconds) { request_["timeout_s"] = seconds; }, "Seconds (60)");
  request(&app_, "pause", "Stop syncing (a node), or send all sessions away (an authority)");
  request(&app_, "resume", "Go on");
  CLI::App* rejections = app_.add_subcommand("rejections", "Refused writes, with their content");
  rejections->require_subcommand(1);
  for (const char* action : {"list", "show", "retry", "discard"}) {
    CLI::App* one = request(rejections, action, std::string(action) + " rejections",
                            {{"command", "rejections"}, {"action", action}});
    CLI::Option* name = text(one, "name", "name", "The changeset's name");
    if (std::string(action) != "list") name->required();
  }
}

void CommandLine::add_rules() {
  CLI::App* rules = app_.add_subcommand("rules", "What the rules say");
  rules->require_subcommand(1);
  CLI::App* test = command(rules, "test", "Run cases: users, documents, and who may do what");
  test->add_option("path", rules_test_.path, "A case, or a directory of cases")->required();
  test->add_option("--app", rules_test_.app, "The app's directory, for what a case does not bring");
  test->add_option("--allow", rules_test_.allow, "A file of names of deliberate differences");
  test->callback([this] {
    run_ = [this] {
      rules_test_.json = json_;
      return test_rules(rules_test_, terminal());
    };
  });
  CLI::App* check = command(rules, "check", "What of the rules is wrong, or hardly meant");
  check->add_option("dir", directory_, "The directory to search for apps")->required();
  check->callback([this] { run_ = [this] { return check_rules(directory_, json_); }; });
  add_explain(rules);
}

void CommandLine::add_explain(CLI::App* rules) {
  CLI::App* explain = command(rules, "explain", "What the rules give a user of an object, and why");
  explain->add_option("--store", store_, "An authority's store (or SYNCLINE_STORE)")
      ->envname("SYNCLINE_STORE");
  CLI::Option* app =
      explain->add_option("--app", explain_.app, "On loose files: the app's directory");
  // One by one, as they come: a value may begin with a bracket.
  const auto each = [&](const char* name, std::vector<std::string>* to, const char* help) {
    return explain
        ->add_option_function<std::string>(
            name, [to, name](const std::string& one) { to->push_back(utf8(name, one)); }, help)
        ->trigger_on_parse();
  };
  each("--data", &explain_.data, "On loose files: TYPE=FILE, documents one a line; may repeat")
      ->needs(app);
  explain->add_option("--user", explain_.user, "The user's id")->required();
  explain->add_option("--user-data", explain_.user_data, "On loose files: %%user.data, JSON")
      ->needs(app);
  explain
      ->add_option("--custom-data", explain_.custom_data,
                   "On loose files: %%user.custom_data, JSON; else what the app's custom user data "
                   "collection has")
      ->needs(app);
  explain->add_option("--object", explain_.object, "TYPE/ID")->required();
  each("--write", &explain_.writes, "FIELD=JSON: would this write be allowed? may repeat");
  explain->callback([this] {
    run_ = [this]() -> Result<int> {
      explain_.json = json_;
      if (!explain_.app.empty()) return explain_files(explain_, terminal());
      if (store_.empty())
        return fail(ErrorCode::kUsage,
                    "rules explain: --store is required, or --app for loose files");
      return ask_store(store_,
                       {{"command", "rules"},
                        {"user", utf8("--user", explain_.user)},
                        {"object", utf8("--object", explain_.object)},
                        {"writes", explain_.writes},
                        {"json", json_}},
                       terminal());
    };
  });
}

void CommandLine::add_tools() {
  CLI::App* sim = app_.add_subcommand("sim", "The simulator");
  sim->require_subcommand(1);
  CLI::App* run =
      command(sim, "run", "Run a scenario, or the built-in fleet under faults, in virtual time");
  run->add_option("file", simulate_.file,
                  "A scenario, or a plan of faults (NAME.plan); without it the built-in fleet");
  run->add_option("--seed", simulate_.first, "One seed")->check(CLI::NonNegativeNumber);
  run->add_option("--seeds", seeds_, "A..B, both included");
  run->add_flag("--twice", simulate_.twice, "Run each seed twice and compare");
  run->add_flag("--explain", simulate_.explain, "Tell in words what happens");
  run->add_flag("--keep-going", simulate_.keep_going, "Do not stop at a seed that fails");
  run->add_option("--engine-every", simulate_.engine_every,
                  "Every so many-th seed runs RocksDB beside its disks; 0: none")
      ->check(CLI::NonNegativeNumber);
  run->add_option("--tally", simulate_.tally, "Keep the sums in this file, and go on from it");
  run->add_option("--slice", simulate_.slice, "How many seeds to run this time")
      ->check(CLI::NonNegativeNumber);
  run->add_option("--report", simulate_.report,
                  "Write report.html and report.json of a scenario's run to this directory");
  run->callback([this] {
    run_ = [this]() -> Result<int> {
      SYNCLINE_TRY(read_seeds(seeds_, &simulate_));
      simulate_.json = json_;
      return simulate(simulate_);
    };
  });
  CLI::App* shrink = command(sim, "shrink", "Make a failing plan or scenario small");
  shrink->add_option("file", simulate_.file,
                     "A plan of faults or a scenario; without it the seed draws a plan");
  shrink->add_option("--seed", simulate_.first, "The seed")->check(CLI::NonNegativeNumber);
  shrink->add_option("--out", simulate_.out, "Where the small plan goes");
  shrink->callback([this] { run_ = [this] { return shrink_failure(simulate_); }; });

  CLI::App* bench = command(&app_, "bench", "Measure what a fleet on this machine does");
  bench->add_option("name", benchmarks_, "Which benchmarks; all if none is named");
  bench->add_flag("--peers", peers_, "Show the best known peer's figure beside each");
  bench->callback([this] { run_ = [this] { return run_benchmarks(benchmarks_, peers_); }; });

  CLI::App* complete =
      command(&app_, "completion", "A script by which a shell completes commands and options");
  complete->add_option("shell", shell_, "Which shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  complete->callback([this] {
    run_ = [this]() -> Result<int> {
      const std::string script = completion_script(app_, shell_);
      terminal().line(json_ ? nlohmann::json{{"script", script}}.dump() : script);
      return 0;
    };
  });

  CLI::App* doctor_command = command(&app_, "doctor", "Check a store");
  store_option(doctor_command);
  doctor_command->callback([this] { run_ = [this] { return doctor(store_, json_); }; });
}

}  // namespace

int run_command_line(int argc, char** argv, std::shared_ptr<const RuleFunctions> functions) {
  log_to_stderr();
  give_rule_functions(std::move(functions));
  std::ios::sync_with_stdio(false);
  return CommandLine().run(argc, argv);
}

}  // namespace syncline
