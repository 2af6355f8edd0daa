#include "node/authority/authority.h"

#include <fmt/format.h>

#include "node/authority/authority_impl.h"
#include "node/authority/state_keys.h"
#include "proto/limits.h"
#include "proto/uses.h"

namespace syncline {
namespace {

// How long a node's cursor may lag behind while nothing concerns it. Costs one small frame a
// session.
constexpr int64_t kCursorsMs = 1'000;

}  // namespace

Result<std::unique_ptr<Authority>> Authority::open(AuthorityOptions options, const Store* state) {
  auto impl = std::make_unique<Impl>(std::move(options), state);
  impl->site = site_of(impl->options.server_key);
  impl->log = impl->options.log_head;
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, state->get(state_keys::applied()));
  if (!bytes)
    return fail(ErrorCode::kStoreDamaged,
                "the store has no state of an authority: `syncline init --authority` makes one");
  SYNCLINE_ASSIGN(impl->committed, decode_applied(*bytes));
  if (impl->committed.index != impl->log.index)
    return fail(
        ErrorCode::kStoreDamaged,
        fmt::format("the state stands at log record {}, the log ends at {}: recover() was not run",
                    impl->committed.index.value, impl->log.index.value));
  impl->decided = impl->committed;
  impl->routed = impl->committed.cursor();
  SYNCLINE_ASSIGN(std::optional<Bytes> safe, state->get(state_keys::safe()));
  if (safe) {
    SYNCLINE_ASSIGN(impl->safe, decode_safe_mark(*safe));
  }
  SYNCLINE_ASSIGN(impl->directory, Directory::load(*state, impl->options.functions));
  impl->deciding = impl->directory;
  const std::shared_ptr<const Deployed>& deployed = impl->directory.deployed();
  SYNCLINE_ASSIGN(impl->indexes,
                  StateIndexes::load(*state, deployed ? deployed->shared_schema() : nullptr));
  impl->feeder.set_head(impl->committed.cursor(), impl->committed.horizon);
  impl->feeder.set_safe(impl->safe.seq);
  impl->refresh_identities();
  return std::unique_ptr<Authority>(new Authority(std::move(impl)));
}

Authority::Authority(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Authority::~Authority() = default;

AuthorityOutput Authority::step(Instant now, std::vector<AuthorityInput> inputs) {
  impl_->now = now;
  impl_->out = {};
  for (AuthorityInput& input : inputs) impl_->dispatch(input);
  impl_->look_at_retention();
  if (impl_->swept) {
    // What was let go is still readable until the output is written: decided is in the next step.
    impl_->swept = false;
    impl_->out.more = !impl_->queue.empty();
  } else {
    impl_->decide();
  }
  impl_->start_append();
  impl_->feed();
  impl_->build_indexes();
  if (impl_->draining && impl_->queue.empty() && impl_->nothing_in_flight() && !impl_->out.more)
    impl_->out.drained = true;
  return std::move(impl_->out);
}

void Authority::Impl::dispatch(AuthorityInput& input) {
  namespace in = authority_input;
  if (auto* opened = std::get_if<in::Opened>(&input)) on_opened(*opened);
  if (auto* frame = std::get_if<in::Frame>(&input)) on_frame(*frame);
  if (auto* closed = std::get_if<in::Closed>(&input)) end_session(closed->connection.value);
  if (auto* answered = std::get_if<in::CommitAnswered>(&input))
    on_commit_answered(answered->answer);
  if (std::get_if<in::LayerApplied>(&input)) on_layer_applied();
  if (auto* local = std::get_if<in::Local>(&input)) on_local(*local);
  if (auto* timer = std::get_if<in::TimerFired>(&input)) on_timer(timer->name);
  if (auto* flushed = std::get_if<in::Flushed>(&input)) on_flushed(flushed->applied);
  if (auto* backed_up = std::get_if<in::BackedUp>(&input)) raise_safe(backed_up->seq);
  if (std::get_if<in::Resume>(&input)) paused = false;
  if (std::get_if<in::Drain>(&input)) draining = true;
  if (std::get_if<in::Pause>(&input)) {
    paused = true;
    while (!sessions.empty())
      say_goodbye(sessions.begin()->second.connection,
                  {ErrorCode::kClosed, "the authority is paused"}, true);
  }
}

void Authority::Impl::on_opened(const authority_input::Opened& input) {
  seed =
      hash("authority", {reinterpret_cast<const char*>(input.random.data()), input.random.size()});
  own_epoch = Epoch(draw());
  out.timers.push_back({"retention", now.monotonic_ms + options.retention_every_ms});
  out.timers.push_back({"sweep", now.monotonic_ms + limits::kTransferStallMs / 4});
  out.timers.push_back({"cursors", now.monotonic_ms + kCursorsMs});
}

void Authority::Impl::on_timer(const std::string& name) {
  if (name == "retention") {
    look_at_age();
    retention_due = true;
    out.timers.push_back({"retention", now.monotonic_ms + options.retention_every_ms});
  } else if (name == "retention_more") {
    retention_due = true;
  } else if (name == "append") {
    if (appending) out.append = in_flight.front().append;
  } else if (name == "throttled") {
    wake_throttled();
  } else if (name == "cursors") {
    wake_all_behind();
    out.timers.push_back({"cursors", now.monotonic_ms + kCursorsMs});
  } else if (name == "sweep") {
    // A transfer holds a snapshot of the state: one that does not move is let go, and begun again
    // by its node.
    std::vector<ConnectionId> stalled;
    for (const auto& [connection, session] : sessions)
      if (session.transfer != nullptr &&
          now.monotonic_ms - session.moved_monotonic_ms > limits::kTransferStallMs)
        stalled.push_back(session.connection);
    for (ConnectionId connection : stalled) {
      event("stalled", sessions[connection.value].node,
            "took nothing of its transfer for 30 s; its snapshot was let go");
      send(connection, HelloAgain{sessions[connection.value].nonce});
      end_session(connection.value);
    }
    out.timers.push_back({"sweep", now.monotonic_ms + limits::kTransferStallMs / 4});
  }
}

// Numbers that nobody outside can foresee, the same in every run from one seed.
uint64_t Authority::Impl::draw() {
  Bytes input(seed.view());
  put_u64_big_endian(&input, ++drawn);
  return get_u64_big_endian(hash("draw", input).view());
}

void Authority::Impl::event(std::string name, NodeId node, std::string text) {
  out.events.push_back({std::move(name), node, std::move(text)});
}

void Authority::Impl::send(ConnectionId to, const Message& message) {
  out.sends.push_back({to, encode_message(message)});
}

std::vector<std::pair<std::string, NodeId>> Authority::allowed_nodes() const {
  std::vector<std::pair<std::string, NodeId>> allowed;
  for (const KnownNode* node : impl_->directory.nodes())
    if (!node->removed) allowed.emplace_back(node->node_key, node->id);
  return allowed;
}

std::shared_ptr<const std::map<NodeId, PublicKey>> Authority::identities() const {
  return impl_->identities;
}
std::shared_ptr<const Deployed> Authority::deployed() const { return impl_->directory.deployed(); }
const Directory& Authority::directory() const { return impl_->directory; }
bool Authority::has_undecided() const {
  return !impl_->queue.empty() || !impl_->nothing_in_flight();
}
size_t Authority::layers_in_flight() const {
  return impl_->in_flight.size() + (impl_->applying ? 1 : 0);
}
LogIndex Authority::applied_index() const { return impl_->committed.index; }
Cursor Authority::committed() const { return impl_->committed.cursor(); }
const Bytes& Authority::site() const { return impl_->site; }
size_t Authority::restores() const { return impl_->committed.forks.size(); }

ChangesetName Authority::next_own_name() const {
  return {impl_->options.id, impl_->own_epoch, impl_->own_number + 1};
}

AuthorityStatus Authority::status() const {
  AuthorityStatus status{impl_->committed.cursor(),
                         impl_->committed.horizon,
                         impl_->sessions.size(),
                         impl_->queue.size(),
                         impl_->paused,
                         impl_->directory.development(),
                         impl_->safe.seq,
                         {},
                         impl_->safe.told_beyond,
                         {}};
  if (!impl_->committed.forks.empty()) status.restored = impl_->committed.forks.back();
  for (const KnownNode* node : impl_->directory.nodes()) {
    AuthorityStatus::Peer peer{node->id,      node->name,    node->user, false,
                               node->removed, node->version, {},         {}};
    auto connection = impl_->connection_of.find(node->id);
    if (connection != impl_->connection_of.end()) {
      const Session& session = impl_->sessions.at(connection->second);
      peer.connected = true;
      peer.integrated = session.integrated.seq;
      peer.token = session.token;
    } else if (auto bytes = impl_->store->get(state_keys::node_hint(node->id)); bytes && *bytes) {
      if (Result<NodeHint> hint = decode_node_hint(**bytes)) peer.integrated = hint->seq;
    }
    status.peers.push_back(std::move(peer));
  }
  return status;
}

}  // namespace syncline
