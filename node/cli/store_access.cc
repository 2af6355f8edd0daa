#include "node/cli/store_access.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "node/cli/cli.h"
#include "node/cli/control.h"

namespace syncline {

void log_event(const AuthorityEvent& event) {
  const std::string who = event.node.value == 0 ? "" : " " + to_string(event.node);
  static const std::set<std::string> quiet = {"session_opened", "session_closed", "trimmed"};
  static const std::set<std::string> usual = {"schema_adopted", "schema_version_in_force",
                                              "schema_extended", "app_changed", "app_written"};
  if (quiet.contains(event.name)) {
    spdlog::debug("{}{} {}", event.name, who, event.text);
  } else if (usual.contains(event.name)) {
    spdlog::info("{}{} {}", event.name, who, event.text);
  } else {
    spdlog::warn("{}{} {}", event.name, who, event.text);
  }
}

Result<OpenStore> open_store(const std::string& path, bool connect) {
  SYNCLINE_ASSIGN(StoreDirectory directory, open_store_directory(path));
  OpenStore store;
  if (directory.config.role == StoreRole::node) {
    NodeOptions options;
    options.connect = connect;
    SYNCLINE_ASSIGN(Node node, Node::open(path, options));
    store.node = std::make_unique<Node>(std::move(node));
    store.handler = make_node_handler(store.node.get());
  } else {
    AuthorityDaemonOptions options;
    options.on_event = log_event;
    options.functions = rule_functions();
    SYNCLINE_ASSIGN(store.authority,
                    AuthorityDaemon::open(std::move(directory), std::move(options)));
    store.handler = make_authority_handler(store.authority.get());
  }
  return store;
}

Result<int> ask_store(const std::string& path, const Request& request, const Output& output) {
  if (auto connection = connect_control(path + "/control.sock"))
    return ask_daemon(*connection, request, output);
  static const std::set<std::string> needs_daemon = {"pause", "resume"};
  const std::string command = text_in(request, "command");
  if (needs_daemon.contains(command))
    return fail(
        ErrorCode::kUnreachable,
        fmt::format("no daemon runs on {0}: `syncline node run --store {0}` or `syncline authority "
                    "--store {0}` starts one",
                    path));
  // What waits for the authority connects to it; the others only look and write.
  const bool connect = command == "wait" || command == "watch" || flag_in(request, "wait") ||
                       text_in(request, "wait") == "decided";
  SYNCLINE_ASSIGN(OpenStore store, open_store(path, connect));
  return store.handler->handle(request, output);
}

}  // namespace syncline
