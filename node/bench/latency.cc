// From a write on one node to its sight on another.
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "node/bench/fleet.h"
#include "node/bench/limits.h"
#include "node/bench/suites.h"
#include "node/bench/wait.h"

namespace syncline::bench {
namespace {

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

}  // namespace

Status latency(const Emit& emit, const Tell&) {
  constexpr int kWrites = 2000;
  SYNCLINE_ASSIGN(auto fleet, Fleet::start());
  SYNCLINE_ASSIGN(Enrolled a, fleet->enrol(true));
  SYNCLINE_ASSIGN(Enrolled b, fleet->enrol(true));
  SYNCLINE_ASSIGN(Node writer, Node::open(a.directory));
  SYNCLINE_ASSIGN(Node reader, Node::open(b.directory));
  SYNCLINE_TRY(
      wait_for("the schema", [&] { return !writer.types().empty() && !reader.types().empty(); }));
  std::mutex mutex;
  std::condition_variable told;
  int64_t seen = -1;
  Observation observation = reader.observe("Item", [&](const ObjectChangeSet& set) {
    std::lock_guard lock(mutex);
    for (const auto& change : set.changes)
      if (change.after) seen = std::max(seen, std::get<int64_t>(change.after->find("seq")->data()));
    told.notify_all();
  });
  std::vector<double> times;
  for (int n = 0; n < kWrites; ++n) {
    const auto start = Clock::now();
    Result<Receipt> receipt =
        writer.write(Durability::commit, [&](Transaction& t) { return t.create("Item", item(n)); });
    if (!receipt) return std::unexpected(receipt.error());
    std::unique_lock lock(mutex);
    if (!told.wait_for(lock, kPatience, [&] { return seen >= n; }))
      return fail(ErrorCode::kTimedOut, fmt::format("write {} was not seen", n));
    times.push_back(seconds_since(start));
  }
  // At best: synced at the writer and at the authority, and half of two round trips.
  SYNCLINE_ASSIGN(const double sync, rocksdb_sync_seconds(500));
  SYNCLINE_ASSIGN(const double trip, zmq_round_trip_seconds(2000));
  const double limit = 2 * sync + trip;
  for (const auto& [name, share, record] :
       {std::tuple{"latency_p50", 0.5, 3.3}, std::tuple{"latency_p99", 0.99, 4.5}})
    emit({.name = name,
          .value = percentile(times, share) * 1e3,
          .unit = "ms",
          .less_is_better = true,
          .limit = limit * 1e3,
          .limit_of = "two RocksDB syncs and a ZeroMQ round trip with CURVE, medians",
          .record = record,
          .record_of = "Realm core 14.14 with TCP_NODELAY",
          .note = fmt::format("{} writes, one after another, each synced at the writer, at the "
                              "authority, and shown to an observer at the reader",
                              kWrites)});
  return {};
}

}  // namespace syncline::bench
