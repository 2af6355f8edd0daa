#include "node/runtime/authority_daemon.h"

#include <atomic>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "node/authority/recovery.h"
#include "node/driver/authority_draft.h"
#include "node/driver/authority_driver.h"
#include "node/runtime/app_directory.h"
#include "node/runtime/clock.h"
#include "node/runtime/file_copy.h"
#include "node/runtime/full_disk.h"
#include "node/runtime/inbox.h"
#include "node/runtime/job_thread.h"
#include "node/runtime/machine_calls.h"
#include "node/runtime/timers.h"
#include "node/runtime/zmq_server.h"
#include "proto/limits.h"
#include "proto/uses.h"
#include "storage/rocks_commit_log.h"
#include "storage/rocks_store.h"

namespace syncline {
namespace {

// Decoded frames waiting for the machine. Above it the transport stops reading, and peers feel it
// as back-pressure.
constexpr size_t kInboxBytesMax = 64u << 20;
constexpr size_t kInputsPerStep = 1024;
constexpr int kDeployTries = 5;
constexpr auto kDrainMax = std::chrono::seconds(5);
constexpr auto kLookForRoomEvery = std::chrono::milliseconds(200);

// Work to be done on the machine's thread, between steps.
using Call = std::function<void()>;
using Work = std::variant<AuthorityInput, Call>;

Bytes server_key_bytes(const LinkKey& key) {
  return Bytes(reinterpret_cast<const char*>(key.value.data()), key.value.size());
}

// A database that is not there was: the store was made with it.
template <class T>
Result<T> not_lost(const StoreDirectory& directory, const std::string& path, Result<T> opened) {
  if (!opened && opened.error().code == ErrorCode::kNotFound)
    return std::unexpected(lost_part(directory, path));
  return opened;
}

}  // namespace

struct AuthorityDaemon::Impl {
  StoreDirectory directory;
  AuthorityDaemonOptions options;
  Bytes server_key;
  Bytes site;
  std::unique_ptr<Store> state;
  std::unique_ptr<CommitLog> log;
  const RocksCommitLog* log_on_disk = nullptr;  // `log`, if it is one: what backup() copies
  std::unique_ptr<ServerTransport> transport;
  std::unique_ptr<AuthorityDriver> driver;
  Inbox<Work> inbox{kInboxBytesMax};
  Timers timers;                                       // machine thread
  std::map<uint64_t, std::promise<Decision>> waiting;  // machine thread: local writes by ticket
  uint64_t next_ticket = 1;
  std::mutex identities_mutex;
  std::shared_ptr<const std::map<NodeId, PublicKey>> identities;
  std::optional<Error> fatal;             // machine thread: why it must end
  std::map<NodeId, std::string> allowed;  // machine thread: as the transport knows them
  std::atomic<bool> stopping{false};
  std::promise<Status> ended;
  std::shared_future<Status> ended_future{ended.get_future()};
  FullDisk full;
  MachineCalls calls{[this](Call call) { inbox.put(std::move(call)); }, ended_future, &full};
  std::unique_ptr<JobThread> log_thread;
  std::thread machine_thread;

  AuthorityWorld world();
  void run();
  void end(Status status);
  void tell_full(std::string_view what);
  Error no_room_for_state() const;
  void keep_app_files();
  void allow_nodes();
  bool on_frame(ConnectionId connection, NodeId courier, Bytes& frame);
  Result<Decision> write_on_machine(const std::function<Status(Draft&)>& body);

  // Runs `call` on the machine's thread and answers what it answered; as MachineCalls::run().
  template <class T>
  Result<T> on_machine(std::function<Result<T>()> call) {
    if (stopping) return fail(ErrorCode::kClosed, "the authority is shutting down");
    return calls.run(std::move(call));
  }
  template <class T>
  Result<T> look(std::function<Result<T>()> call) {
    if (stopping) return fail(ErrorCode::kClosed, "the authority is shutting down");
    return calls.look(std::move(call));
  }
};

Status AuthorityDaemon::initialise(const StoreDirectory& directory, const AppFiles& app,
                                   std::shared_ptr<const RuleFunctions> functions) {
  // Compiled first: a wrong app leaves nothing behind.
  SYNCLINE_ASSIGN(auto deployed,
                  compile_app(app, nullptr, directory.config.roles_without_filters, functions));
  {
    SYNCLINE_ASSIGN(auto state,
                    RocksStore::open(directory.state_path(), {.create_if_missing = true}));
    SYNCLINE_ASSIGN(
        auto log, RocksCommitLog::open(directory.log_path(),
                                       {.profile = RocksProfile::log, .create_if_missing = true}));
    const auto random = random_bytes();
    SYNCLINE_TRY(initialise_state(
        state.get(), Incarnation(get_u64_big_endian(
                         {reinterpret_cast<const char*>(random.data()), random.size()}))));
  }
  AuthorityDaemonOptions options;
  options.functions = std::move(functions);
  SYNCLINE_ASSIGN(auto daemon, open(directory, std::move(options)));
  const auto deployed_now = daemon->deploy(app);
  daemon->stop();
  return deployed_now ? Status() : std::unexpected(deployed_now.error());
}

Result<std::unique_ptr<AuthorityDaemon>> AuthorityDaemon::open(StoreDirectory directory,
                                                               AuthorityDaemonOptions options) {
  auto impl = std::make_unique<Impl>();
  impl->server_key = server_key_bytes(directory.keys.link.public_key);
  impl->site = site_of(impl->server_key);
  if (options.state != nullptr) {
    impl->state = std::move(options.state);
    impl->log = std::move(options.log);
  } else {
    SYNCLINE_ASSIGN(impl->state, not_lost(directory, directory.state_path(),
                                          RocksStore::open(directory.state_path(), {})));
    SYNCLINE_ASSIGN(auto log, not_lost(directory, directory.log_path(),
                                       RocksCommitLog::open(directory.log_path(),
                                                            {.profile = RocksProfile::log})));
    impl->log_on_disk = log.get();
    impl->log = std::move(log);
  }
  SYNCLINE_ASSIGN(FenceEpoch fence, impl->log->acquire());
  SYNCLINE_ASSIGN(RecoveryReport recovered, recover(impl->state.get(), *impl->log));

  AuthorityOptions machine;
  machine.functions = options.functions;
  machine.id = directory.keys.id;
  machine.server_key = impl->server_key;
  machine.fence = fence;
  machine.log_head = recovered.head;
  machine.retention_ms = directory.config.retention_hours * 3'600'000;
  machine.retention_bytes = static_cast<uint64_t>(directory.config.retention_megabytes) << 20;
  machine.safe_after_ms = directory.config.safe_after_hours * 3'600'000;
  SYNCLINE_ASSIGN(auto authority, Authority::open(machine, impl->state.get()));

  impl->directory = std::move(directory);
  impl->options = std::move(options);
  impl->transport =
      impl->options.transport ? std::move(impl->options.transport) : std::make_unique<ZmqServer>();
  impl->identities = authority->identities();
  impl->driver =
      std::make_unique<AuthorityDriver>(std::move(authority), impl->state.get(), impl->world());
  impl->log_thread = std::make_unique<JobThread>("log");
  impl->allow_nodes();
  impl->machine_thread = std::thread([raw = impl.get()] { raw->run(); });
  auto daemon = std::unique_ptr<AuthorityDaemon>(new AuthorityDaemon(std::move(impl)));
  SYNCLINE_TRY(daemon->follow_configuration());
  return daemon;
}

// What decisions depend on is in the log: a setting that was changed in the file is written there.
Status AuthorityDaemon::follow_configuration() {
  const StoreConfig& wanted = impl_->directory.config;
  struct Settings {
    RolesWithoutFilters roles;
    QueryableFields fields;
    WritesOutside outside;
  };
  SYNCLINE_ASSIGN(const Settings now, impl_->on_machine<Settings>([this]() -> Result<Settings> {
    const Directory& directory = impl_->driver->machine().directory();
    return Settings{directory.roles_without_filters(), directory.queryable_fields(),
                    directory.writes_outside()};
  }));
  if (now.roles != wanted.roles_without_filters)
    SYNCLINE_TRY(write_setting(
        "roles_without_filters",
        wanted.roles_without_filters == RolesWithoutFilters::literal ? "literal" : "deny"));
  if (now.fields != wanted.queryable_fields)
    SYNCLINE_TRY(
        write_setting("queryable_fields",
                      wanted.queryable_fields == QueryableFields::declared ? "declared" : "any"));
  if (now.outside != wanted.writes_outside_subscriptions)
    SYNCLINE_TRY(write_setting(
        "writes_outside_subscriptions",
        wanted.writes_outside_subscriptions == WritesOutside::accept ? "accept" : "refuse"));
  return {};
}

Status AuthorityDaemon::write_setting(const std::string& name, const std::string& value) {
  SYNCLINE_ASSIGN(const Decision decision, write([&](Draft& draft) {
                    return draft.put(system_type::kSetting,
                                     Document{{"_id", name}, {"value", value}});
                  }));
  if (decision.state == DecisionState::refused)
    return fail(ErrorCode::kRefused, fmt::format("the setting {} was refused", name));
  return {};
}

AuthorityDaemon::AuthorityDaemon(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AuthorityDaemon::~AuthorityDaemon() { stop(); }

AuthorityWorld AuthorityDaemon::Impl::world() {
  AuthorityWorld world;
  world.append = [this](std::shared_ptr<const LogAppend> append) {
    log_thread->post([this, append = std::move(append)] {
      const AppendAnswer answer = log->append(*append);
      // A disk that is full may have room again, and the machine tries again. After a failed sync
      // nobody knows what the disk holds: the process ends, and recovery reads what is there.
      const Status why = answer == AppendAnswer::unknown ? log->why_unknown() : Status();
      if (!why && why.error().code == ErrorCode::kIo)
        inbox.put(Call([this, error = why.error()] { fatal = error; }));
      std::optional<Error> no_room;
      if (!why && why.error().code == ErrorCode::kStoreFull) no_room = why.error();
      if (full.found(FullDisk::Database::log, no_room))
        inbox.put(Call([this, error = *no_room] { tell_full(error.message); }));
      inbox.put(AuthorityInput(authority_input::CommitAnswered{answer}));
    });
  };
  world.send = [this](Send send) {
    // Credit bounds what a session is owed; a connection that does not take even that is too slow
    // to keep.
    if (!transport->send(send.to, std::move(send.frame))) transport->close(send.to);
  };
  world.arm = [this](const Timer& timer) { timers.arm(timer); };
  world.decided_local = [this](uint64_t ticket, Decision decision) {
    auto it = waiting.find(ticket);
    if (it == waiting.end()) return;
    it->second.set_value(std::move(decision));
    waiting.erase(it);
  };
  world.event = [this](const AuthorityEvent& event) {
    if (options.on_event) options.on_event(event);
    if (event.name == kAppChangedEvent) keep_app_files();
  };
  world.directory_changed = [this] { allow_nodes(); };
  world.flush = [this](LogIndex applied) {
    log_thread->post([this, applied] {
      if (state->flush()) inbox.put(AuthorityInput(authority_input::Flushed{applied}));
    });
  };
  world.trim = [this](LogIndex to) {
    log_thread->post([this, to] {
      // A log that cannot be trimmed is only longer than it need be; the next look tries again.
      if (Status trimmed = log->trim(to); !trimmed && options.on_event)
        options.on_event({"trim_failed", NodeId(), trimmed.error().message});
    });
  };
  return world;
}

void AuthorityDaemon::Impl::allow_nodes() {
  std::map<NodeId, std::string> wanted;
  for (const auto& [key, node] : driver->machine().allowed_nodes()) wanted[node] = key;
  std::set<std::string> given_up;
  for (const auto& [node, key] : allowed) {
    auto it = wanted.find(node);
    if (it != wanted.end() && it->second == key) continue;
    transport->remove(node);
    given_up.insert(key);
  }
  for (const auto& [node, key] : wanted) {
    auto it = allowed.find(node);
    // A log of before keys were unique may have two nodes with one: the other has it again.
    if (it != allowed.end() && it->second == key && !given_up.contains(key)) continue;
    if (Result<LinkKey> link = parse_link_key(key)) transport->allow(*link, node);
  }
  allowed = std::move(wanted);
  std::lock_guard lock(identities_mutex);
  identities = driver->machine().identities();
}

bool AuthorityDaemon::Impl::on_frame(ConnectionId connection, NodeId courier, Bytes& frame) {
  std::shared_ptr<const std::map<NodeId, PublicKey>> known;
  {
    std::lock_guard lock(identities_mutex);
    known = identities;
  }
  const auto lookup = [&](NodeId node) -> std::optional<PublicKey> {
    auto it = known->find(node);
    return it == known->end() ? std::nullopt : std::optional(it->second);
  };
  Result<Arrived> arrived = intake(frame, courier, site, server_key, lookup);
  size_t bytes = frame.size();
  if (arrived)
    if (const auto* upload = std::get_if<OfferedUpload>(&*arrived))
      bytes = std::max(bytes, upload->plain_bytes);
  Work work = AuthorityInput(authority_input::Frame{connection, courier, std::move(arrived)});
  return inbox.try_put(work, bytes);
}

void AuthorityDaemon::Impl::end(Status status) {
  for (auto& [ticket, promise] : waiting) {
    Decision decision;
    decision.state = DecisionState::refused;
    Outcome outcome;
    outcome.verdict = Verdict::refused;
    outcome.text = "the authority ended before this was decided";
    decision.outcomes.push_back(std::move(outcome));
    promise.set_value(std::move(decision));
  }
  waiting.clear();
  ended.set_value(std::move(status));
}

// Of the app as development has made it. A disk that does not take them keeps nobody from working:
// they are in the log.
void AuthorityDaemon::Impl::keep_app_files() {
  const std::shared_ptr<const Deployed> deployed = driver->machine().deployed();
  if (deployed == nullptr) return;
  const std::string folder = directory.path + "/app";
  const Status kept = write_app_files(folder, *deployed->files);
  if (options.on_event)
    options.on_event(
        {kept ? "app_written" : "app_not_written", NodeId(),
         kept ? fmt::format("the app's files are in {}", folder) : kept.error().message});
}

// Told once, until there was room again.
void AuthorityDaemon::Impl::tell_full(std::string_view what) {
  if (options.on_event)
    options.on_event({"store_full", NodeId(),
                      fmt::format("{}. What nodes offer waits in their queues and here; nothing "
                                  "is lost",
                                  what)});
}

Error AuthorityDaemon::Impl::no_room_for_state() const {
  return Error(ErrorCode::kStoreFull,
               fmt::format("no space is left for the store {}; free some: the store goes on by "
                           "itself",
                           directory.state_path()));
}

void AuthorityDaemon::Impl::run() {
  name_thread("authority");
  std::vector<AuthorityInput> inputs{authority_input::Opened{random_bytes()}};
  bool again = false;
  for (;;) {
    if (fatal) return end(std::unexpected(*fatal));
    Result<AuthorityDriver::Next> next = driver->step(instant_now(), std::move(inputs));
    inputs.clear();
    if (!next) return end(std::unexpected(next.error()));
    const bool no_room = *next == AuthorityDriver::Next::full;
    if (full.found(FullDisk::Database::state,
                   no_room ? std::optional(no_room_for_state()) : std::nullopt))
      tell_full(no_room_for_state().message);
    if (stopping && full.trouble())
      return end(fail(ErrorCode::kStoreFull,
                      "stopped while the disk is full: what is committed is in the log"));
    calls.run_looks();
    if (no_room) {
      // Nothing is taken meanwhile, so the inbox stays bounded and the transport stops reading.
      std::this_thread::sleep_for(kLookForRoomEvery);
      continue;
    }
    if (*next == AuthorityDriver::Next::drained) return end({});
    again = *next == AuthorityDriver::Next::again;
    std::optional<std::chrono::steady_clock::time_point> until;
    if (again) {
      until = std::chrono::steady_clock::now();
    } else if (std::optional<int64_t> timer = timers.next()) {
      until = steady_at(*timer);
    }
    auto taken = inbox.take(kInputsPerStep, until);
    if (taken.made_room) transport->resume_reading();
    for (Work& item : taken.items) {
      if (AuthorityInput* input = std::get_if<AuthorityInput>(&item))
        inputs.push_back(std::move(*input));
      if (Call* call = std::get_if<Call>(&item)) (*call)();
    }
    for (std::string& name : timers.take_due(instant_now().monotonic_ms))
      inputs.push_back(authority_input::TimerFired{std::move(name)});
  }
}

Status AuthorityDaemon::listen() {
  ServerOptions options;
  options.endpoint =
      impl_->options.listen.empty() ? impl_->directory.config.listen : impl_->options.listen;
  options.keys = impl_->directory.keys.link;
  ServerEvents events;
  Impl* impl = impl_.get();
  events.on_frame = [impl](ConnectionId connection, NodeId node, Bytes& frame) {
    return impl->on_frame(connection, node, frame);
  };
  events.on_closed = [impl](ConnectionId connection) {
    impl->inbox.put(AuthorityInput(authority_input::Closed{connection}));
  };
  events.on_room = [](ConnectionId) {};
  events.on_banned = [impl](NodeId node, const Error& error) {
    if (impl->options.on_event) impl->options.on_event({"banned", node, error.message});
  };
  events.on_failed = [impl](const Error& error) {
    impl->inbox.put(Call([impl, error] {
      if (impl->options.on_event)
        impl->options.on_event({"transport_failed", NodeId(), error.message});
    }));
    impl->inbox.put(AuthorityInput(authority_input::Drain{}));
  };
  return impl_->transport->start(std::move(options), std::move(events));
}

// An IPv4 address as people write it, where the socket names it as mapped into IPv6.
std::string AuthorityDaemon::endpoint() const {
  std::string endpoint = impl_->transport->endpoint();
  const std::string mapped = "tcp://[::ffff:";
  const size_t end = endpoint.find(']');
  if (endpoint.starts_with(mapped) && end != std::string::npos && endpoint.find('.') < end)
    endpoint =
        "tcp://" + endpoint.substr(mapped.size(), end - mapped.size()) + endpoint.substr(end + 1);
  return endpoint;
}

void AuthorityDaemon::stop() {
  if (impl_ == nullptr || impl_->stopping.exchange(true)) return;
  impl_->inbox.put(AuthorityInput(authority_input::Drain{}));
  impl_->ended_future.wait_for(kDrainMax);
  impl_->transport->stop(std::chrono::milliseconds(200));
  if (impl_->machine_thread.joinable()) impl_->machine_thread.join();
  impl_->log_thread->stop();
  // So that the next start need not replay.
  (void)impl_->state->flush();
}

Status AuthorityDaemon::wait() { return impl_->ended_future.get(); }

Result<Decision> AuthorityDaemon::write(const std::function<Status(Draft&)>& body) {
  return write([&](Draft& draft, std::vector<Guard>*) { return body(draft); });
}

Result<Decision> AuthorityDaemon::write(
    const std::function<Status(Draft&, std::vector<Guard>*)>& body) {
  // The future outlives the call: the decision comes with a later step.
  using Waiting = std::shared_ptr<std::future<Decision>>;
  Impl* impl = impl_.get();
  SYNCLINE_ASSIGN(Waiting waiting, impl->on_machine<Waiting>([impl, &body]() -> Result<Waiting> {
    Authority& machine = impl->driver->machine();
    Draft draft = authority_draft(machine, *impl->state);
    std::vector<Guard> guards;
    SYNCLINE_TRY(body(draft, &guards));
    const uint64_t ticket = impl->next_ticket++;
    const ChangesetName name = draft.name();
    authority_input::Local local{ticket, name,
                                 take_changeset(std::move(draft), instant_now().clock())};
    local.changeset.guards = std::move(guards);
    auto promise = impl->waiting.try_emplace(ticket).first;
    auto future = std::make_shared<std::future<Decision>>(promise->second.get_future());
    impl->inbox.put(AuthorityInput(std::move(local)));
    return future;
  }));
  if (Status answered = impl->calls.await(*waiting, [] {}); !answered) {
    Error why = answered.error();
    if (why.code == ErrorCode::kStoreFull)
      why.message += ". What was to be written waits for that, and may still be decided";
    return std::unexpected(std::move(why));
  }
  return waiting->get();
}

Result<Deployment> AuthorityDaemon::deploy(const AppFiles& files) {
  Impl* impl = impl_.get();
  for (int tries = 1;; ++tries) {
    Deployment deployment;
    SYNCLINE_ASSIGN(
        const Decision decision, write([&](Draft& draft, std::vector<Guard>* guards) -> Status {
          const Authority& machine = impl->driver->machine();
          SYNCLINE_ASSIGN(deployment, plan_deployment(files, machine.deployed().get(),
                                                      machine.directory().roles_without_filters(),
                                                      impl->options.functions, machine.restores()));
          *guards = deployment.planned_on;
          return draft.put(system_type::kApp, deployment.record);
        }));
    if (decision.state != DecisionState::refused) return deployment;
    const Outcome* first = decision.outcomes.empty() ? nullptr : &decision.outcomes[0];
    // Another deployment came between: planned again, on what that has made.
    if (first != nullptr && first->reason == Reason::precondition && tries < kDeployTries) continue;
    return fail(ErrorCode::kRefused, first == nullptr ? "the app was refused" : first->text);
  }
}

Status AuthorityDaemon::end_version(uint32_t version) {
  Impl* impl = impl_.get();
  SYNCLINE_ASSIGN(const Decision decision,
                  write([&](Draft& draft, std::vector<Guard>* guards) -> Status {
                    const auto deployed = impl->driver->machine().deployed();
                    if (deployed == nullptr)
                      return fail(ErrorCode::kNotFound, "no app is deployed");
                    if (const auto why = object_to_ending(*deployed, version))
                      return fail(ErrorCode::kRefused, *why);
                    *guards = guards_on(deployed.get());
                    return draft.remove(system_type::kApp, Value(id_of_older_app(version)));
                  }));
  if (decision.state == DecisionState::refused)
    return fail(ErrorCode::kRefused, "another deployment came between: try again");
  return {};
}

Status AuthorityDaemon::set_development(bool on) {
  return write_setting(std::string(kDevelopmentSetting), on ? "on" : "off");
}

Status AuthorityDaemon::pause() {
  impl_->inbox.put(AuthorityInput(authority_input::Pause{}));
  return {};
}

Status AuthorityDaemon::resume() {
  impl_->inbox.put(AuthorityInput(authority_input::Resume{}));
  return {};
}

AuthorityStatus AuthorityDaemon::status() const {
  auto status = impl_->look<AuthorityStatus>(
      [this]() -> Result<AuthorityStatus> { return impl_->driver->machine().status(); });
  return status ? *status : AuthorityStatus();
}

std::optional<Error> AuthorityDaemon::trouble() const { return impl_->full.trouble(); }

std::shared_ptr<const Deployed> AuthorityDaemon::deployed() const {
  using Ptr = std::shared_ptr<const Deployed>;
  auto deployed =
      impl_->look<Ptr>([this]() -> Result<Ptr> { return impl_->driver->machine().deployed(); });
  return deployed ? *deployed : nullptr;
}

std::vector<std::string> AuthorityDaemon::users() const {
  using List = std::vector<std::string>;
  auto list = impl_->look<List>(
      [this]() -> Result<List> { return impl_->driver->machine().directory().users(); });
  return list ? *list : List();
}

Status AuthorityDaemon::backup(const std::string& directory) const {
  namespace fs = std::filesystem;
  if (impl_->log_on_disk == nullptr)
    return fail(ErrorCode::kNotSupported, "this authority's log is in memory: it has no backup");
  std::error_code error;
  if (fs::exists(directory, error) && !fs::is_empty(directory, error))
    return fail(ErrorCode::kExists,
                directory + " is not empty: a backup goes into a directory of its own");
  fs::create_directories(directory, error);
  // What is committed now is in the log that is copied.
  SYNCLINE_ASSIGN(LogSeq seq, impl_->on_machine<LogSeq>([this]() -> Result<LogSeq> {
    return impl_->driver->machine().committed().seq;
  }));
  // The state first: the log may then hold more than the state has applied, which recovery replays;
  // never less.
  SYNCLINE_TRY(impl_->state->backup(directory + "/state"));
  SYNCLINE_TRY(impl_->log_on_disk->backup(directory + "/log"));
  for (const char* file : {"node.keys", "syncline.toml"})
    SYNCLINE_TRY(copy_file_durably(impl_->directory.path + "/" + file, directory + "/" + file));
  impl_->inbox.put(AuthorityInput(authority_input::BackedUp{seq}));
  return {};
}

const Store& AuthorityDaemon::state() const { return *impl_->state; }
const CommitLog& AuthorityDaemon::log() const { return *impl_->log; }
const StoreDirectory& AuthorityDaemon::directory() const { return impl_->directory; }
ServerCounters AuthorityDaemon::counters() const { return impl_->transport->counters(); }

}  // namespace syncline
