#include "tests/process/crash/crash_ledger.h"

#include <fmt/format.h>

#include <set>
#include <sstream>

#include "node/replica/replica.h"
#include "sim/world/history.h"
#include "storage/rocks_commit_log.h"
#include "tests/process/crash/crash_fleet.h"

namespace syncline::testing {
namespace {

constexpr std::chrono::seconds kRest{30};

// On the open fleet: comes to rest, and the node shows each write once.
Status look_at_objects(const std::string& directory, const Promises& promises, bool power) {
  SYNCLINE_ASSIGN(auto fleet, CrashFleet::open(directory, nullptr));
  SYNCLINE_TRY(fleet->node().wait_for_decided(kRest));
  SYNCLINE_TRY(fleet->node().wait_for_download(kRest));
  SYNCLINE_ASSIGN(const std::vector<int> writes, fleet->read_writes());
  SYNCLINE_ASSIGN(const int64_t counter, fleet->read_counter());
  if (counter != static_cast<int64_t>(writes.size()))
    return fail(ErrorCode::kBadData,
                fmt::format("{} writes are there and the counter is {}", writes.size(), counter));
  const std::set<int> there(writes.begin(), writes.end());
  for (const auto& [i, write] : promises.writes)
    if ((write.durable || !power) && !there.contains(i))
      return fail(ErrorCode::kBadData, fmt::format("write {} was promised and is gone", i));
  return {};
}

// On the closed databases: receipts and log say the same of each, and what was told stands.
Status look_at_log(const std::string& directory, const Promises& promises) {
  SYNCLINE_ASSIGN(auto objects, RocksStore::open(objects_of(directory), {}));
  SYNCLINE_ASSIGN(auto log,
                  RocksCommitLog::open(log_of(directory), {.profile = RocksProfile::log}));
  sim::History history;  // finds what is decided twice, and a broken chain
  if (auto complaint = history.follow(*log)) return fail(ErrorCode::kBadData, *complaint);
  for (const auto& [i, write] : promises.writes) {
    SYNCLINE_ASSIGN(const auto receipt, read_receipt(*objects, write.name));
    const Entry* entry = history.entry_of(write.name);
    if (write.durable && (!receipt || entry == nullptr))
      return fail(ErrorCode::kBadData, fmt::format("nothing has become of write {}", i));
    if (write.seq == 0) continue;
    if (name_of(receipt->state) != write.state || entry->seq.value != write.seq ||
        receipt->seq != entry->seq)
      return fail(ErrorCode::kBadData,
                  fmt::format("write {} was told as {} at {}, and is {} at {}", i, write.state,
                              write.seq, name_of(receipt->state), entry->seq.value));
  }
  return {};
}

}  // namespace

Promises parse_promises(const std::string& text) {
  Promises out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string verb, rest;
    int i = 0;
    words >> verb;
    if (verb == "wrote") {
      words >> i >> rest;
      if (auto name = parse_changeset_name(rest)) out.writes[i].name = *name;
      out.writes[i].durable = durability_of(i) == Durability::commit;
    } else if (verb == "durable") {
      words >> i;
      out.writes[i].durable = true;
    } else if (verb == "decided") {
      words >> i;
      words >> out.writes[i].state >> out.writes[i].seq;
    } else if (verb == "error") {
      out.error = line.substr(6);
    } else if (verb == "operations") {
      words >> out.operations.emplace();
    } else if (line.find("Assertion") != line.npos && line.find("rocksdb::") != line.npos) {
      out.asserted = true;
    } else {
      out.wrong = line;
    }
  }
  return out;
}

std::string judge(const std::string& fleet, const Promises& promises, bool power) {
  if (!promises.wrong.empty()) return "it said: " + promises.wrong;
  if (Status objects = look_at_objects(fleet, promises, power); !objects)
    return objects.error().message;
  if (Status log = look_at_log(fleet, promises); !log) return log.error().message;
  return {};
}

}  // namespace syncline::testing
