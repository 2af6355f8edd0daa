// Bringing a node up: a first download, and the return after many updates.
#include <fmt/format.h>

#include "node/bench/fleet.h"
#include "node/bench/limits.h"
#include "node/bench/suites.h"
#include "node/bench/wait.h"

namespace syncline::bench {
namespace {

// From open to everything being here and visible.
Result<double> download_seconds(Fleet* fleet, const Enrolled& enrolled, uint64_t objects,
                                uint64_t head) {
  const auto start = Clock::now();
  SYNCLINE_ASSIGN(Node node, Node::open(enrolled.directory));
  SYNCLINE_TRY(wait_for("the download", [&] { return node.status().cursor.value >= head; }));
  const double seconds = seconds_since(start);
  if (node.status().objects != objects)
    return fail(ErrorCode::kInternal,
                fmt::format("{} objects of {}", node.status().objects, objects));
  return seconds;
}

uint64_t head_of(Fleet* fleet) { return fleet->authority().status().head.seq.value; }

// Every update sets one field of the next object; a transaction holds a thousand of them.
Status update(Fleet* fleet, uint64_t updates, uint64_t objects, const Tell& tell) {
  const TypeNumber type = fleet->authority().deployed()->schema().type("Item")->number;
  for (uint64_t n = 0; n < updates;) {
    if (n % 250'000 == 0) tell(fmt::format("catch_up: {} updates made", n));
    Result<Decision> decision = fleet->authority().write([&](Draft& draft) -> Status {
      for (int i = 0; i < 1000; ++i, ++n)
        SYNCLINE_TRY(draft.set(type, item_id(n % objects), {"value"}, static_cast<double>(n)));
      return {};
    });
    if (!decision) return std::unexpected(decision.error());
  }
  return {};
}

}  // namespace

Status bootstrap(const Emit& emit, const Tell& tell) {
  constexpr uint64_t kObjects = 200'000;
  SYNCLINE_ASSIGN(auto fleet, Fleet::start());
  SYNCLINE_TRY(fleet->fill(kObjects));
  SYNCLINE_ASSIGN(Enrolled enrolled, fleet->enrol(true));
  tell("bootstrap: the authority holds everything");
  SYNCLINE_ASSIGN(const double seconds,
                  download_seconds(fleet.get(), enrolled, kObjects, head_of(fleet.get())));
  SYNCLINE_ASSIGN(const double limit, rocksdb_copy_seconds(kObjects, 180));
  emit(
      {.name = "bootstrap",
       .value = seconds,
       .unit = "s",
       .less_is_better = true,
       .limit = limit,
       .limit_of = "RocksDB, scan of one store and ingestion into another, no network",
       .record = 1.08,
       .record_of = "Realm core 14.14",
       .note = fmt::format("{} objects; from opening the store to their being visible", kObjects)});
  return {};
}

Status catch_up(const Emit& emit, const Tell& tell) {
  constexpr uint64_t kObjects = 10'000;
  constexpr uint64_t kUpdates = 1'000'000;
  SYNCLINE_ASSIGN(auto fleet, Fleet::start());
  SYNCLINE_TRY(fleet->fill(kObjects));
  SYNCLINE_ASSIGN(Enrolled returning, fleet->enrol(true));
  SYNCLINE_ASSIGN(Enrolled fresh, fleet->enrol(true));
  uint64_t head = head_of(fleet.get());
  SYNCLINE_ASSIGN(const double bootstrap_before,
                  download_seconds(fleet.get(), returning, kObjects, head));
  SYNCLINE_TRY(update(fleet.get(), kUpdates, kObjects, tell));
  head = head_of(fleet.get());
  SYNCLINE_ASSIGN(const double seconds, download_seconds(fleet.get(), returning, kObjects, head));
  SYNCLINE_ASSIGN(const double bootstrap_after,
                  download_seconds(fleet.get(), fresh, kObjects, head));
  emit({.name = "catch_up",
        .value = seconds,
        .unit = "s",
        .less_is_better = true,
        .limit = bootstrap_after,
        .limit_of = fmt::format("a bootstrap of the same {} objects ({:.3f} s before the updates)",
                                kObjects, bootstrap_before),
        .note =
            fmt::format("{} updates to {} objects while the node was away", kUpdates, kObjects)});
  return {};
}

}  // namespace syncline::bench
