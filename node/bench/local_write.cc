// What a write costs its writer, before anybody else hears of it.
#include <fmt/format.h>

#include "node/bench/fleet.h"
#include "node/bench/limits.h"
#include "node/bench/suites.h"
#include "node/bench/wait.h"

namespace syncline::bench {
namespace {

// A node that has the schema and is offline.
Result<Node> offline_node(Fleet* fleet) {
  SYNCLINE_ASSIGN(Enrolled enrolled, fleet->enrol(true));
  SYNCLINE_ASSIGN(Node node, Node::open(enrolled.directory));
  SYNCLINE_TRY(wait_for("the schema", [&] { return !node.types().empty(); }));
  SYNCLINE_TRY(node.pause());
  return node;
}

Result<double> writes_per_second(Node* node, Durability durability, uint64_t from, uint64_t count,
                                 uint64_t objects_each) {
  const auto start = Clock::now();
  uint64_t next = from;
  for (uint64_t n = 0; n < count; ++n) {
    Result<Receipt> receipt = node->write(durability, [&](Transaction& t) -> Status {
      for (uint64_t i = 0; i < objects_each; ++i) SYNCLINE_TRY(t.create("Item", item(next++)));
      return {};
    });
    if (!receipt) return std::unexpected(receipt.error());
  }
  return static_cast<double>(count * objects_each) / seconds_since(start);
}

}  // namespace

Status local_write(const Emit& emit, const Tell&) {
  SYNCLINE_ASSIGN(auto fleet, Fleet::start());
  SYNCLINE_ASSIGN(Node node, offline_node(fleet.get()));
  struct Case {
    const char* name;
    Durability durability;
    uint64_t count, each;
    bool sync;
    double record;
    const char* record_of;
  };
  const Case cases[] = {
      {"local_write_commit", Durability::commit, 1000, 1, true, 624, "Realm core 14.14"},
      {"local_write_group", Durability::group, 20'000, 1, false, 0, ""},
      {"local_write_group_100", Durability::group, 500, 100, false, 74'100, "Realm core 14.14"},
  };
  uint64_t from = 0;
  for (const Case& c : cases) {
    SYNCLINE_ASSIGN(const double value,
                    writes_per_second(&node, c.durability, from, c.count, c.each));
    from += c.count * c.each;
    SYNCLINE_ASSIGN(const double limit, rocksdb_puts(c.count * c.each, 180, c.each, c.sync));
    emit(
        {.name = c.name,
         .value = value,
         .unit = "objects/s",
         .limit = limit,
         .limit_of = fmt::format("RocksDB, {} records a batch{}", c.each, c.sync ? ", synced" : ""),
         .record = c.record,
         .record_of = c.record_of,
         .note = fmt::format("{} transactions of {} new objects", c.count, c.each)});
  }
  return {};
}

}  // namespace syncline::bench
