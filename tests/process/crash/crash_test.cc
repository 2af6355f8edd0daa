// A process of the real engine dies in every operation of its disk, or meets its failure:
// README.md.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "tests/process/crash/crash_child.h"
#include "tests/process/crash/crash_fleet.h"
#include "tests/process/crash/crash_ledger.h"
#include "tests/process/crash/power_loss.h"
#include "tests/storage/temp_directory.h"

namespace syncline::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kChildMs = 60'000;  // it ends long before
constexpr uint64_t kEvery = 17;   // of the operations one in so many, unless all are asked for
constexpr unsigned kSideBySide = 2;

struct Ended {
  Promises promises;
  bool killed = false;  // by its disk
  std::string crashed;  // by a signal that nobody sent
};

uint64_t seed() {
  static const uint64_t seed = [] {
    const char* given = std::getenv("SYNCLINE_CRASH_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : uint64_t(getpid());
  }();
  return seed;
}
bool all() { return std::getenv("SYNCLINE_CRASH_ALL") != nullptr; }

// Runs this program again as the child, and reads what it says.
Ended run_child(const std::string& fleet, const DiskPlan& plan) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {.crashed = "no pipe"};
  const std::string fault = std::to_string(int(plan.fault)), k = std::to_string(plan.k);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    execl("/proc/self/exe", "crash_child", fleet.c_str(), plan.under.c_str(), fault.c_str(),
          k.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::string lines;
  char buffer[4096];
  bool late = false;
  for (;;) {
    pollfd ready{ends[0], POLLIN, 0};
    if (poll(&ready, 1, kChildMs) == 0) {
      late = true;
      kill(pid, SIGKILL);
    }
    const ssize_t bytes = read(ends[0], buffer, sizeof buffer);
    if (bytes <= 0) break;
    lines.append(buffer, size_t(bytes));
  }
  close(ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  Ended out{parse_promises(lines)};
  out.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !late;
  if (late) out.crashed = "it hangs";
  // An assertion of RocksDB stops the process, too: storage/README.md.
  const bool asserted = WTERMSIG(status) == SIGABRT && out.promises.asserted;
  if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL && !asserted)
    out.crashed = fmt::format("signal {}", WTERMSIG(status));
  return out;
}

// Made once, copied for each run.
const std::string& template_fleet() {
  static const TempDirectory directory;
  static const bool made = (make_fleet(directory.path() + "/fleet"), true);
  static const std::string path = directory.path() + (made ? "/fleet" : "");
  return path;
}

struct Lane {
  const char* name;
  std::string (*under)(const std::string& fleet);
  DiskFault fault;
};
void PrintTo(const Lane& lane, std::ostream* out) { *out << lane.name; }

// What became of the runs.
struct Sums {
  std::mutex mutex;
  std::map<std::string, int> endings;
  void add(const std::string& ending) {
    const std::lock_guard lock(mutex);
    ++endings[ending];
  }
};

class Crash : public ::testing::TestWithParam<Lane> {
 protected:
  // One run whose k-th operation strikes; how it ended. `reached`: it came that far.
  std::string run(uint64_t k, uint64_t* operations) {
    const TempDirectory directory;
    const std::string fleet = directory.path() + "/fleet";
    fs::copy(template_fleet(), fleet, fs::copy_options::recursive);
    const Lane& lane = GetParam();
    const Ended ended = run_child(fleet, {lane.under(fleet), lane.fault, k});
    const std::string what = fmt::format("{}, operation {}, seed {}", lane.name, k, seed());
    EXPECT_EQ(ended.crashed, "") << what;
    EXPECT_TRUE(ended.killed || ended.promises.asserted || ended.promises.operations ||
                !ended.promises.error.empty())
        << what << ": it ended without a word";
    const bool power = lane.fault == DiskFault::power;
    // All of the machine, or only this disk.
    if (power) lose_power(fleet + "/journal", k % 2 == 0 ? fleet : lane.under(fleet), seed() + k);
    const std::string wrong = judge(fleet, ended.promises, power);
    EXPECT_EQ(wrong, "") << what << ", it ended with: " << ended.promises.error;
    if (ended.promises.operations && operations) *operations = *ended.promises.operations;
    if (ended.killed) return "killed";
    if (ended.promises.asserted) return "assertion of RocksDB";
    if (!ended.promises.error.empty())
      return ended.promises.error.substr(0, ended.promises.error.find(' '));
    return "went on";
  }
};

TEST_P(Crash, LosesNothingThatWasPromised) {
  uint64_t operations = 0;
  EXPECT_EQ(run(UINT64_MAX, &operations), "went on");
  ASSERT_GT(operations, 0u);
  const uint64_t step = all() ? 1 : kEvery;
  std::atomic<uint64_t> next = 1 + seed() % step;
  std::atomic<int> runs = 0;
  Sums sums;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kSideBySide; ++i)
    threads.emplace_back([&] {
      for (uint64_t k; (k = next.fetch_add(step)) <= operations && (all() || !HasFailure()); ++runs)
        sums.add(run(k, nullptr));
    });
  for (std::thread& thread : threads) thread.join();
  std::string endings;
  for (const auto& [ending, count] : sums.endings) endings += fmt::format(", {} {}", count, ending);
  std::printf("%s: %d of %llu operations, seed %llu%s\n", GetParam().name, runs.load(),
              static_cast<unsigned long long>(operations), static_cast<unsigned long long>(seed()),
              endings.c_str());
}

INSTANTIATE_TEST_SUITE_P(Every, Crash,
                         ::testing::Values(Lane{"node_once", objects_of, DiskFault::once},
                                           Lane{"node_for_good", objects_of, DiskFault::for_good},
                                           Lane{"node_power", objects_of, DiskFault::power},
                                           Lane{"state_once", state_of, DiskFault::once},
                                           Lane{"state_for_good", state_of, DiskFault::for_good},
                                           Lane{"state_power", state_of, DiskFault::power},
                                           Lane{"log_once", log_of, DiskFault::once},
                                           Lane{"log_for_good", log_of, DiskFault::for_good},
                                           Lane{"log_power", log_of, DiskFault::power}),
                         [](const ::testing::TestParamInfo<Lane>& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace syncline::testing

int main(int count, char** words) {
  using namespace syncline::testing;
  if (count == 5 && std::string(words[0]) == "crash_child")
    run_crash_child(
        words[1], {words[2], DiskFault(std::atoi(words[3])), std::strtoull(words[4], nullptr, 10)});
  ::testing::InitGoogleTest(&count, words);
  return RUN_ALL_TESTS();
}
