// From a full pending queue to the last decision, at one node.
#include <fmt/format.h>

#include "node/bench/fleet.h"
#include "node/bench/limits.h"
#include "node/bench/pending.h"
#include "node/bench/suites.h"
#include "node/bench/wait.h"

namespace syncline::bench {

Result<Node> node_with_pending(Fleet* fleet, const Enrolled& enrolled, uint64_t from,
                               uint64_t count, uint64_t objects_each) {
  SYNCLINE_ASSIGN(Node node, Node::open(enrolled.directory));
  SYNCLINE_TRY(wait_for("the schema", [&] { return !node.types().empty(); }));
  SYNCLINE_TRY(node.wait_for_decided(kPatience));
  SYNCLINE_TRY(node.pause());
  uint64_t next = from;
  for (uint64_t n = 0; n < count; n += objects_each) {
    const bool last = n + objects_each >= count;
    Result<Receipt> receipt =
        node.write(last ? Durability::commit : Durability::relaxed, [&](Transaction& t) -> Status {
          for (uint64_t i = 0; i < objects_each; ++i) SYNCLINE_TRY(t.create("Item", item(next++)));
          return {};
        });
    if (!receipt) return std::unexpected(receipt.error());
  }
  return node;
}

Status ingest(const Emit& emit, const Tell& tell) {
  constexpr uint64_t kCount = 200'000;
  SYNCLINE_ASSIGN(auto fleet, Fleet::start());
  SYNCLINE_ASSIGN(Enrolled enrolled, fleet->enrol(true));
  SYNCLINE_ASSIGN(Node node, node_with_pending(fleet.get(), enrolled, 0, kCount, 1));
  tell("ingest: everything is pending and durable");
  const auto start = Clock::now();
  SYNCLINE_TRY(node.resume());
  SYNCLINE_TRY(node.wait_for_decided(kPatience));
  const double seconds = seconds_since(start);
  SYNCLINE_ASSIGN(std::vector<Rejection> rejections, node.rejections());
  const NodeStatus status = node.status();
  if (status.objects != kCount || !rejections.empty())
    return fail(ErrorCode::kInternal, fmt::format("{} objects of {} and {} rejections",
                                                  status.objects, kCount, rejections.size()));
  SYNCLINE_ASSIGN(const double limit, rocksdb_puts(kCount, 180, 1000, true));
  emit({.name = "ingest",
        .value = kCount / seconds,
        .unit = "changesets/s",
        .limit = limit,
        .limit_of = "RocksDB, 1000 records a batch, synced",
        .record = 66'500,
        .record_of = "Realm core 14.14, whose server checks nothing",
        .note = "200,000 one-object changesets of one node, durable before; until the last is "
                "decided and integrated there"});
  return {};
}

}  // namespace syncline::bench
