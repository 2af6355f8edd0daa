#include "node/driver/authority_driver.h"

#include <utility>

namespace syncline {

Status AuthorityDriver::make_real(AuthorityOutput* out) {
  if (out->fenced) return fail(ErrorCode::kFenced, "another authority holds the log");
  if (out->unreadable) return std::unexpected(*out->unreadable);
  // The log works while the state is written. Nobody is told of it before it has answered.
  if (out->append) world_.append(std::exchange(out->append, nullptr));
  // Commit, ...
  if (!out->state.empty()) SYNCLINE_TRY(state_->write(out->state, BatchKind::derived, false));
  // ... then send, ...
  for (Send& send : out->sends) world_.send(std::move(send));
  // ... then arm timers, ...
  for (const Timer& timer : out->timers) world_.arm(timer);
  // ... then notify; whoever is told that a node was added finds it let in.
  if (out->directory_changed) world_.directory_changed();
  for (auto& [ticket, decision] : out->local) world_.decided_local(ticket, std::move(decision));
  for (const AuthorityEvent& event : out->events) world_.event(event);
  if (out->want_flush) world_.flush(machine_->applied_index());
  if (out->trim_log) world_.trim(*out->trim_log);
  return {};
}

Result<AuthorityDriver::Next> AuthorityDriver::step(Instant now,
                                                    std::vector<AuthorityInput> inputs) {
  if (ended_) return std::unexpected(*ended_);
  if (held_) {
    for (AuthorityInput& input : inputs) waiting_.push_back(std::move(input));
  } else {
    waiting_ = std::move(inputs);
  }
  for (;;) {
    if (!held_) held_ = machine_->step(now, std::exchange(waiting_, {}));
    if (Status real = make_real(&*held_); !real) {
      // Nothing was told before the state's write: it is tried again as it is.
      if (real.error().code == ErrorCode::kStoreFull) return Next::full;
      ended_ = real.error();
      return std::unexpected(*ended_);
    }
    const bool applied = held_->applied;
    const bool drained = held_->drained;
    const bool more = held_->more;
    held_.reset();
    if (applied) {
      waiting_.emplace(waiting_.begin(), authority_input::LayerApplied{});
    } else if (waiting_.empty()) {
      return drained ? Next::drained : more ? Next::again : Next::wait;
    }
  }
}

}  // namespace syncline
