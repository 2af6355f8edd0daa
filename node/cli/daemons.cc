// The two programs that stay: an authority, and a node's daemon.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "node/cli/cli.h"
#include "node/cli/commands.h"
#include "node/cli/control.h"
#include "node/cli/loose_schema.h"
#include "node/cli/store_access.h"

namespace syncline {
namespace {

void set_log_level(const DaemonOptions& options, const StoreConfig& config) {
  const std::string& level = options.log_level.empty() ? config.log_level : options.log_level;
  spdlog::default_logger()->set_level(spdlog::level::from_str(level));
}

// SIGINT and SIGTERM wait to be taken by the main thread; call before any thread is started.
sigset_t hold_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Before anything is opened: a number that is not open now may be somebody else's later.
Status check_ready_fd(int fd) {
  if (fd == -1 || ::fcntl(fd, F_GETFD) != -1) return {};
  return fail(
      ErrorCode::kUsage,
      fmt::format("--ready-fd {}: this descriptor is not open; open it as in `{}> FILE`", fd, fd));
}

void say_ready(int fd, const std::string& what) {
  if (fd < 0) return;
  const std::string line = what + "\n";
  (void)!::write(fd, line.data(), line.size());
  ::close(fd);
}

}  // namespace

Result<int> run_authority(const DaemonOptions& options) {
  SYNCLINE_TRY(check_ready_fd(options.ready_fd));
  const sigset_t signals = hold_signals();
  SYNCLINE_ASSIGN(StoreDirectory directory, open_store_directory(options.store));
  if (directory.config.role != StoreRole::authority)
    return fail(ErrorCode::kUsage,
                fmt::format("{} is a node's store: `syncline node run --store {}`", options.store,
                            options.store));
  set_log_level(options, directory.config);
  const std::string socket = directory.socket_path();
  AuthorityDaemonOptions daemon_options;
  daemon_options.on_event = log_event;
  daemon_options.functions = rule_functions();
  SYNCLINE_ASSIGN(auto daemon,
                  AuthorityDaemon::open(std::move(directory), std::move(daemon_options)));
  if (options.development) SYNCLINE_TRY(daemon->set_development(true));
  const std::unique_ptr<Handler> handler = make_authority_handler(daemon.get());
  SYNCLINE_TRY(daemon->listen());
  SYNCLINE_ASSIGN(auto control, ControlServer::start(socket, handler.get()));
  spdlog::info("authority {} listens on {}", to_string(daemon->directory().keys.id),
               daemon->endpoint());
  say_ready(options.ready_fd, daemon->endpoint());
  // A failure of the log or the state ends the process: what is committed is, and a restart goes on
  // from there.
  std::thread watching([&daemon] {
    if (Status ended = daemon->wait(); !ended) {
      spdlog::error("{}", ended.error().message);
      ::kill(::getpid(), SIGTERM);
    }
  });
  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("stopping");
  control.reset();
  daemon->stop();
  Status ended = daemon->wait();
  watching.join();
  if (!ended) return std::unexpected(ended.error());
  return 0;
}

Result<int> run_node(const DaemonOptions& options) {
  SYNCLINE_TRY(check_ready_fd(options.ready_fd));
  const sigset_t signals = hold_signals();
  SYNCLINE_ASSIGN(StoreDirectory directory, open_store_directory(options.store));
  if (directory.config.role != StoreRole::node)
    return fail(ErrorCode::kUsage,
                fmt::format("{} is an authority's store: `syncline authority --store {}`",
                            options.store, options.store));
  NodeOptions node_options;
  if (!options.schema.empty()) {
    SYNCLINE_ASSIGN(DeclaredFile declared, read_declared_file(options.schema));
    node_options.models = std::move(declared.types);
    node_options.schema_version = declared.version;
  }
  if (options.schema_version) node_options.schema_version = options.schema_version;
  set_log_level(options, directory.config);
  SYNCLINE_ASSIGN(Node node, Node::open(options.store, std::move(node_options)));
  const std::unique_ptr<Handler> handler = make_node_handler(&node);
  SYNCLINE_ASSIGN(auto control, ControlServer::start(directory.socket_path(), handler.get()));
  // Told of progress too: only what is new is a line.
  std::optional<std::pair<SyncState, std::optional<Error>>> last;
  std::vector<SchemaDifference> differences;
  const Observation troubles = node.observe_status([&](const NodeStatus& status) {
    if (status.schema_differences != differences) {
      differences = status.schema_differences;
      for (const SchemaDifference& one : differences) spdlog::warn("schema: {}", to_text(one));
    }
    if (last && *last == std::pair(status.state, status.trouble)) return;
    last.emplace(status.state, status.trouble);
    if (status.trouble) {
      spdlog::warn("{}: {}", name_of(status.state), status.trouble->message);
    } else {
      spdlog::debug("{}", name_of(status.state));
    }
  });
  const Observation rejected = node.observe_rejections([](const Rejection& rejection) {
    for (const Rejection::Operation& operation : rejection.operations)
      spdlog::warn("rejected {} of {} {}: {}", operation.kind, operation.type,
                   to_string(rejection.name), operation.outcome.text);
  });
  spdlog::info("node {} syncs with {}", to_string(directory.keys.id), directory.config.authority);
  say_ready(options.ready_fd, to_string(directory.keys.id));
  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("stopping");
  return 0;
}

}  // namespace syncline
