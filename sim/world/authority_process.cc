#include "sim/world/authority_process.h"

#include "node/authority/deploying.h"
#include "node/authority/recovery.h"
#include "node/driver/authority_draft.h"
#include "proto/uses.h"

namespace syncline::sim {
namespace {

constexpr int64_t kStepUsMin = 20;
constexpr int64_t kStepUsMax = 500;

}  // namespace

AuthorityProcess::AuthorityProcess(Clock* clock, Network* network, Random random)
    : clock_(clock), network_(network), random_(random), server_key_(32, 'K') {}

Status AuthorityProcess::initialise(const AppFiles& app) {
  SYNCLINE_TRY(initialise_state(&store(), Incarnation(random_.next() | 1)));
  SYNCLINE_TRY(start());
  return deploy(app);
}

Status AuthorityProcess::start() {
  ++life_;
  ++restarts;
  device_clock_.boot = random_.next();
  device_clock_.booted_at_ms = clock_->now_ms();
  SYNCLINE_ASSIGN(FenceEpoch fence, log_.acquire());
  SYNCLINE_ASSIGN(RecoveryReport recovered, recover(&store(), log_));
  // What no answer told of may stand in the log.
  if (on_committed) on_committed();
  if (on_up) on_up();
  AuthorityOptions options;
  options.id = id_;
  options.server_key = server_key_;
  options.fence = fence;
  options.log_head = recovered.head;
  if (retention_bytes) options.retention_bytes = *retention_bytes;
  if (retention_ms) options.retention_ms = *retention_ms;
  if (retention_every_ms) options.retention_every_ms = *retention_every_ms;
  if (safe_after_ms) options.safe_after_ms = *safe_after_ms;
  if (entries_per_layer_max) options.entries_per_layer_max = *entries_per_layer_max;
  if (create_wait_ms) options.create_wait_ms = *create_wait_ms;
  SYNCLINE_ASSIGN(auto machine, Authority::open(options, &store()));
  driver_ = std::make_unique<AuthorityDriver>(std::move(machine), &store(), world());
  armed_.clear();
  inbox_.clear();
  step_posted_ = false;
  layers_in_flight_ = 0;
  die_at_ = Moment::never;
  dying_ = false;
  step({authority_input::Opened{random_.bytes()}});
  network_->set_server(
      {[this](ConnectionId connection, NodeId courier, Bytes frame) {
         pass([this, connection, courier, frame = std::move(frame)] {
           auto known = driver_->machine().identities();
           auto lookup = [&](NodeId node) -> std::optional<PublicKey> {
             auto it = known->find(node);
             return it == known->end() ? std::nullopt : std::optional(it->second);
           };
           inbox_.push_back(authority_input::Frame{
               connection, courier,
               intake(frame, courier, driver_->machine().site(), server_key_, lookup)});
           post_step();
         });
       },
       [this](ConnectionId connection) {
         pass([this, connection] {
           inbox_.push_back(authority_input::Closed{connection});
           post_step();
         });
       }});
  network_->set_server_up(true);
  return {};
}

void AuthorityProcess::pass(std::function<void()> event) {
  standstill_.pass([this, life = life_, event = std::move(event)] {
    if (life == life_ && running()) event();
  });
}

void AuthorityProcess::post_step() {
  if (step_posted_) return;
  step_posted_ = true;
  clock_->post_in_us(random_.between(kStepUsMin, kStepUsMax), [this, life = life_] {
    if (life != life_) return;
    pass([this] {
      step_posted_ = false;
      step(std::move(inbox_));
    });
  });
}

void AuthorityProcess::step(std::vector<AuthorityInput> inputs) {
  inbox_.clear();
  ++steps;
  inputs_taken += inputs.size();
  Result<AuthorityDriver::Next> next =
      driver_->step(device_clock_.read(clock_->now_ms()), std::move(inputs));
  if (!next) return end(std::unexpected(next.error()));
  const size_t before = std::exchange(layers_in_flight_, machine().layers_in_flight());
  if (before > 0 && layers_in_flight_ > before) layers_ahead += layers_in_flight_ - before;
  if (dying_) {
    kill();
    if (on_died) on_died();
    return;
  }
  if (*next == AuthorityDriver::Next::again || *next == AuthorityDriver::Next::full) post_step();
}

void AuthorityProcess::end(Status why) {
  failure = std::move(why);
  kill();
  if (on_ended) on_ended();
}

void AuthorityProcess::answer(AppendAnswer answer) {
  // As the daemon: after a failed sync nobody knows what the disk holds.
  if (const Status why = log_.why_unknown();
      answer == AppendAnswer::unknown && !why && why.error().code == ErrorCode::kIo)
    return end(why);
  inbox_.push_back(authority_input::CommitAnswered{answer});
  post_step();
}

AuthorityWorld AuthorityProcess::world() {
  AuthorityWorld world;
  world.append = [this](std::shared_ptr<const LogAppend> append) {
    ++appends;
    if (slow_log_us > 0) ++slow_appends;
    // What the disk does and when its answer arrives are two moments: a kill may come between them.
    clock_->post_in_us(
        random_.between(append_us_min, append_us_max) + slow_log_us,
        [this, life = life_, append = std::move(append)] {
          if (life != life_) return;
          const AppendAnswer answered = log_.append(*append);
          const bool there =
              answered == AppendAnswer::committed || answered == AppendAnswer::exists;
          if (answered == AppendAnswer::unknown) ++unknown_appends;
          if (on_committed && there) on_committed();
          if (die_at_ == Moment::append && there) {
            kill();
            if (on_died) on_died();
            return;
          }
          clock_->post_in_us(log_.last_delay_ms() * 1000 + random_.between(kStepUsMin, kStepUsMax),
                             [this, life, answered] {
                               if (life == life_) pass([this, answered] { answer(answered); });
                             });
        });
  };
  world.send = [this](Send send) {
    dying_ = dying_ || die_at_ == Moment::send;
    if (dying_) return;
    if (on_send) on_send(send.to, send.frame);
    network_->send_to_device(send.to, std::move(send.frame));
  };
  world.arm = [this](const Timer& timer) {
    armed_[timer.name] = timer.at_monotonic_ms;
    const int64_t in_us = device_clock_.until_us(timer.at_monotonic_ms, clock_->now_ms());
    clock_->post_in_us(in_us, [this, life = life_, timer] {
      if (life != life_) return;
      pass([this, timer] {
        if (armed_[timer.name] != timer.at_monotonic_ms) return;
        inbox_.push_back(authority_input::TimerFired{timer.name});
        post_step();
      });
    });
  };
  world.decided_local = [](uint64_t, Decision) {};
  world.event = [this](const AuthorityEvent& event) {
    if (on_event) on_event(event);
  };
  world.directory_changed = [] {};
  world.flush = [this](LogIndex applied) {
    if (!store().flush()) return;
    ++flushes;
    inbox_.push_back(authority_input::Flushed{applied});
    post_step();
  };
  world.trim = [this](LogIndex to) {
    if (log_.trim(to)) ++trims;
  };
  return world;
}

void AuthorityProcess::stand_still(int64_t for_us) {
  if (!running()) return;
  still_until_us_ = std::max(still() ? still_until_us_ : 0, clock_->now_us() + for_us);
  clock_->post_in_us(for_us, [this, life = life_] {
    if (life == life_ && clock_->now_us() >= still_until_us_) move_on();
  });
  if (still()) return;
  standstill_.begin();
  network_->set_server_still(true);
}

void AuthorityProcess::move_on() {
  if (!still()) return;
  network_->set_server_still(false);
  standstill_.end();
}

void AuthorityProcess::kill() {
  if (!running()) return;
  ++life_;
  if (still()) network_->set_server_still(false);
  standstill_.clear();
  network_->set_server_up(false, Loss::closed);
  driver_.reset();
  log_.kill();
  const uint64_t unsafe = state_.unsafe().derived;
  const uint64_t survive = unsafe == 0 ? 0 : random_.below(unsafe + 1);
  twin_ ? twin_->kill(survive) : state_.kill(survive);
}

void AuthorityProcess::lose_power() {
  if (!running()) return;
  ++life_;
  if (still()) network_->set_server_still(false);
  standstill_.clear();
  network_->set_server_up(false, Loss::silent);
  driver_.reset();
  log_.lose_power(log_.unsafe_runs() == 0 ? 0 : random_.below(log_.unsafe_runs() + 1));
  const uint64_t unsafe = state_.unsafe().derived;
  const MemoryStore::Unsafe survive{0, unsafe == 0 ? 0 : random_.below(unsafe + 1)};
  twin_ ? twin_->lose_power(survive) : state_.lose_power(survive);
}

AuthorityProcess::Backup AuthorityProcess::backup() {
  // What no answer told of may stand in the log, and in the backup.
  if (on_committed && log_.head()) on_committed();
  Backup backup{{}, log_.copy()};
  const LogSeq seq = machine().committed().seq;
  for (auto at = state_.bare().scan("", ""); at->valid(); at->next())
    backup.state.emplace_back(at->key(), at->value());
  inbox_.push_back(authority_input::BackedUp{seq});
  post_step();
  return backup;
}

Status AuthorityProcess::copy_back(const Backup& backup) {
  kill();
  Batch batch;
  batch.erase_range({}, {});
  for (const auto& [key, value] : backup.state) batch.put(key, value);
  SYNCLINE_TRY(store().write(batch, BatchKind::derived, false));
  log_.become(backup.log);
  return store().flush();
}

Status AuthorityProcess::restore(const Backup& backup) {
  SYNCLINE_TRY(copy_back(backup));
  SYNCLINE_ASSIGN(RecoveryReport recovered, recover(&store(), log_));
  SYNCLINE_ASSIGN(Fork fork, begin_incarnation(&store(), Incarnation(random_.next() | 1)));
  if (on_restored) on_restored(fork);
  return {};
}

Status AuthorityProcess::write(const std::function<Status(Draft&)>& body) {
  Result<std::optional<ChangesetName>> written = commit(body, std::nullopt);
  if (!written) return std::unexpected(written.error());
  return {};
}

Result<std::optional<ChangesetName>> AuthorityProcess::commit(
    const std::function<Status(Draft&)>& body, std::optional<int64_t> wall_ms) {
  if (!running()) return fail(ErrorCode::kClosed, "the authority is down");
  Draft draft = authority_draft(machine(), store());
  SYNCLINE_TRY(body(draft));
  if (draft.empty()) return std::nullopt;
  const ChangesetName name = draft.name();
  const Instant now = device_clock_.read(clock_->now_ms());
  inbox_.push_back(authority_input::Local{
      0, name, take_changeset(std::move(draft), at_clock(now, wall_ms).clock())});
  step(std::move(inbox_));
  // Its own hand is decided at once, and committed as the virtual log goes on.
  while (running() && machine().has_undecided()) {
    if (!clock_->run_next(clock_->now_ms() + 10'000))
      return fail(ErrorCode::kTimedOut, "the log does not answer");
  }
  return name;
}

Status AuthorityProcess::add_user(const std::string& id, const Document& custom_data,
                                  const Document& data) {
  return write([&](Draft& draft) {
    Document user{{"_id", id}, {"custom_data", custom_data}};
    if (!data.fields.empty()) user.set("data", data);
    return draft.put(system_type::kUser, user);
  });
}

Status AuthorityProcess::add_node(NodeId node, const std::string& user, const PublicKey& identity) {
  return write([&](Draft& draft) {
    return draft.put(
        system_type::kNode,
        Document{{"_id", to_string(node)},
                 {"name", "n" + to_string(node)},
                 {"user", user},
                 {"node_key", "-"},
                 {"identity_key",
                  to_hex({reinterpret_cast<const char*>(identity.data()), identity.size()})}});
  });
}

Status AuthorityProcess::remove_node(NodeId node) {
  return write([&](Draft& draft) {
    return draft.set(system_type::kNode, to_string(node), {"removed"}, true);
  });
}

Status AuthorityProcess::deploy(const AppFiles& app) {
  SYNCLINE_ASSIGN(const Deployment deployment,
                  plan_deployment(app, machine().deployed().get(), RolesWithoutFilters::deny,
                                  nullptr, machine().restores()));
  return write([&](Draft& draft) { return draft.put(system_type::kApp, deployment.record); });
}

}  // namespace syncline::sim
