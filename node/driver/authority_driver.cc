#include "node/driver/authority_driver.h"

namespace syncline {

Result<AuthorityOutput> AuthorityDriver::step_once(Instant now,
                                                   std::vector<AuthorityInput> inputs) {
  AuthorityOutput out = machine_->step(now, std::move(inputs));
  if (out.fenced)
    return fail(ErrorCode::kFenced, "another authority holds the log, or the state cannot be read");
  // Commit, ...
  if (!out.state.empty()) SYNCLINE_TRY(state_->write(out.state, BatchKind::derived, false));
  if (out.append) world_.append(std::move(*out.append));
  // ... then send, ...
  for (Send& send : out.sends) world_.send(std::move(send));
  // ... then arm timers, ...
  for (const Timer& timer : out.timers) world_.arm(timer);
  // ... then notify.
  for (auto& [ticket, decision] : out.local) world_.decided_local(ticket, std::move(decision));
  for (const AuthorityEvent& event : out.events) world_.event(event);
  if (out.directory_changed) world_.directory_changed();
  if (out.want_flush) world_.flush(machine_->applied_index());
  if (out.trim_log) world_.trim(*out.trim_log);
  return out;
}

Result<AuthorityDriver::Next> AuthorityDriver::step(Instant now,
                                                    std::vector<AuthorityInput> inputs) {
  if (ended_) return std::unexpected(*ended_);
  for (;;) {
    Result<AuthorityOutput> out = step_once(now, std::move(inputs));
    if (!out) {
      ended_ = out.error();
      return std::unexpected(out.error());
    }
    inputs.clear();
    if (out->applied) {
      inputs.push_back(authority_input::LayerApplied{});
      continue;
    }
    if (out->drained) return Next::drained;
    return out->more ? Next::again : Next::wait;
  }
}

}  // namespace syncline
