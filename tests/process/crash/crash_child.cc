#include "tests/process/crash/crash_child.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "tests/process/crash/crash_fleet.h"

namespace syncline::testing {
namespace {

constexpr std::chrono::seconds kChildPatience{20};
constexpr std::chrono::milliseconds kLook{5};
constexpr int kBurst = 4;  // writes, then their receipts

void say(const std::string& line) {
  std::string text = line;
  std::replace(text.begin(), text.end(), '\n', ' ');
  text += "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) != ssize_t(text.size())) _exit(1);
}

// As a kill: nothing is closed.
[[noreturn]] void end_with(std::string_view who, const Error& error) {
  say(fmt::format("error {} {}: {}", name_of(error.code), who, error.message));
  _exit(0);
}

class Child {
 public:
  explicit Child(CrashFleet* fleet) : fleet_(*fleet) {}

  void write_all() {
    for (int i = 0; i < kCrashWrites; ++i) {
      Result<Receipt> receipt = fleet_.write(i);
      if (!receipt) end_with("a write", receipt.error());
      say(fmt::format("wrote {} {}", i, to_string(receipt->name())));
      receipts_.push_back(std::move(*receipt));
      if (receipts_.size() % kBurst == 0) hear(receipts_.size() - kBurst);
    }
  }

 private:
  void hear(size_t from) {
    for (size_t i = from; i < receipts_.size(); ++i) {
      (void)wait(i, ReceiptState::durable);
      say(fmt::format("durable {}", i));
    }
    for (size_t i = from; i < receipts_.size(); ++i) {
      const ReceiptStatus status = wait(i, ReceiptState::committed);
      say(fmt::format("decided {} {} {}", i, name_of(status.state), status.seq.value));
    }
  }

  // What keeps a node from syncing because of its store ends this process, as it would a daemon's
  // user; the authority has a thread that looks after it.
  ReceiptStatus wait(size_t i, ReceiptState state) {
    const auto until = std::chrono::steady_clock::now() + kChildPatience;
    for (;;) {
      Result<ReceiptStatus> status = receipts_[i].wait(state, kLook);
      if (status) return *status;
      if (status.error().code != ErrorCode::kTimedOut) end_with("a receipt", status.error());
      const NodeStatus node = fleet_.node().status();
      if (node.state == SyncState::stopped && node.trouble) end_with("the node", *node.trouble);
      if (std::chrono::steady_clock::now() > until) {
        say(fmt::format("hangs: write {} is not {}; the node is {}", i, name_of(state),
                        name_of(node.state)));
        _exit(1);
      }
    }
  }

  CrashFleet& fleet_;
  std::vector<Receipt> receipts_;
};

}  // namespace

void run_crash_child(const std::string& directory, const DiskPlan& plan) {
  CrashDisk disk(plan, directory + "/journal");
  auto fleet = CrashFleet::open(directory, disk.env());
  if (!fleet) end_with("opening", fleet.error());
  std::thread([&fleet] {
    const Status ended = (*fleet)->authority().wait();
    if (!ended) end_with("the authority", ended.error());
  }).detach();
  Child(fleet->get()).write_all();
  if (Status closed = (*fleet)->node().close(); !closed) end_with("closing", closed.error());
  (*fleet)->authority().stop();
  say(fmt::format("operations {}", disk.operations()));
  _exit(0);
}

}  // namespace syncline::testing
