// AuthorityDriver: makes an Authority's outputs real, in one fixed order. node/driver/README.md.
//
// One thread. After an error (a store that cannot be written, a log that is another's) it does
// nothing more: the process ends or the machine is rebuilt, and recovery tells what stands.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "node/authority/authority.h"

namespace syncline {

// What an authority's outputs are made real with.
struct AuthorityWorld {
  // Start it; the answer comes back as CommitAnswered.
  std::function<void(std::shared_ptr<const LogAppend>)> append;
  std::function<void(Send)> send;
  std::function<void(const Timer&)> arm;
  std::function<void(uint64_t ticket, Decision)> decided_local;
  std::function<void(const AuthorityEvent&)> event;
  std::function<void()> directory_changed;      // allowed_nodes() and identities() are new
  std::function<void(LogIndex applied)> flush;  // flush the state, then say Flushed{applied}
  std::function<void(LogIndex)> trim;
};

class AuthorityDriver {
 public:
  AuthorityDriver(std::unique_ptr<Authority> machine, Store* state, AuthorityWorld world)
      : machine_(std::move(machine)), state_(state), world_(std::move(world)) {}

  enum class Next : uint8_t {
    wait,     // for the next input
    again,    // step(now, {}) soon: there is more to feed
    drained,  // Drain was asked for, and everything is decided and told
    full,     // no room for the state: nothing of this step was told yet. step(now, {}) tries again
  };
  // kFenced: another authority holds the log. kIo: the state cannot be written. kIo, kStoreDamaged:
  // it cannot be read.
  Result<Next> step(Instant now, std::vector<AuthorityInput> inputs);

  Authority& machine() { return *machine_; }

 private:
  Status make_real(AuthorityOutput* out);

  std::unique_ptr<Authority> machine_;
  Store* state_;
  AuthorityWorld world_;
  std::optional<AuthorityOutput> held_;  // of a step that found the disk full
  std::vector<AuthorityInput> waiting_;  // for it
  std::optional<Error> ended_;
};

}  // namespace syncline
