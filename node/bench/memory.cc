// What an idle session costs its authority.
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "node/bench/fleet.h"
#include "node/bench/listener.h"
#include "node/bench/suites.h"
#include "node/bench/wait.h"

namespace syncline::bench {
namespace {

constexpr int kSessions = 200;

uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

Status memory(const Emit& emit, const Tell&) {
  SYNCLINE_ASSIGN(auto fleet, Fleet::start());
  std::vector<ListenerOptions> options;
  for (int i = 0; i < kSessions; ++i) {
    SYNCLINE_ASSIGN(Enrolled enrolled, fleet->enrol(true));
    options.push_back({fleet->authority().endpoint(), fleet->server_key(), enrolled.keys});
  }
  const uint64_t head = fleet->authority().status().head.seq.value;
  int ready[2], stop[2];
  if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(stop, O_CLOEXEC) != 0)
    return fail(ErrorCode::kIo, "no pipe");
  malloc_trim(0);
  const uint64_t before = resident_bytes();
  // The child uses nothing that another thread of this process may hold: its own sockets, its own
  // memory.
  const pid_t child = fork();
  if (child < 0) return fail(ErrorCode::kIo, "no process");
  if (child == 0) {
    close(ready[0]), close(stop[1]);
    {
      std::vector<std::unique_ptr<Listener>> listeners;
      for (ListenerOptions& each : options) {
        listeners.push_back(std::make_unique<Listener>(std::move(each)));
        if (!listeners.back()->start()) _exit(1);
      }
      const Status all = wait_for("the sessions", [&] {
        return std::all_of(listeners.begin(), listeners.end(),
                           [&](const auto& l) { return l->seq() == head; });
      });
      const char answer = all ? 1 : 0;
      if (write(ready[1], &answer, 1) != 1) _exit(1);
      char nothing;
      (void)!read(stop[0], &nothing, 1);
    }
    _exit(0);
  }
  close(ready[1]), close(stop[0]);
  char answer = 0;
  const bool connected = read(ready[0], &answer, 1) == 1 && answer == 1;
  malloc_trim(0);
  const uint64_t after = resident_bytes();
  close(stop[1]), close(ready[0]);
  waitpid(child, nullptr, 0);
  if (!connected) return fail(ErrorCode::kTimedOut, "not all sessions came up");
  emit({.name = "memory_per_session",
        .value = static_cast<double>(after - std::min(after, before)) / kSessions / 1024,
        .unit = "KiB",
        .less_is_better = true,
        .note = fmt::format(
            "resident memory of the authority's process, {} idle sessions less none", kSessions)});
  return {};
}

}  // namespace syncline::bench
