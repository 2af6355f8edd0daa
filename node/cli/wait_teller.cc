#include "node/cli/wait_teller.h"

#include <chrono>

#include <fmt/format.h>

#include "node/runtime/thread_name.h"

namespace syncline {
namespace {

// Whoever watches begins to wonder.
constexpr auto kTellAfter = std::chrono::seconds(3);

}  // namespace

WaitTeller::WaitTeller(std::function<std::optional<Error>()> trouble,
                       std::function<void(const std::string&)> note)
    : trouble_(std::move(trouble)), note_(std::move(note)), thread_([this] { run(); }) {}

WaitTeller::~WaitTeller() {
  {
    std::lock_guard lock(mutex_);
    over_ = true;
    ended_.notify_one();
  }
  thread_.join();
}

void WaitTeller::run() {
  name_thread("teller");
  std::optional<std::string> told;
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, kTellAfter, [this] { return over_; })) {
    const std::optional<Error> trouble = trouble_();
    if (!trouble || told == trouble->message) continue;
    told = trouble->message;
    note_(fmt::format("waits: {}", *told));
  }
}

}  // namespace syncline
